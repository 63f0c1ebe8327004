/** How long the way to the app and back takes, how much that varies, and whether it is still there. */

/** So often it is measured; a little faster at first, so that the first answer's pre-roll knows. */
const INTERVAL_MS = 1000;
const FIRST_INTERVAL_MS = 120;
const FIRST_COUNT = 8;

/** So many measurements count; the slowest tenth of them does not. */
const REMEMBERED = 30;
const SLOWEST_PART = 0.1;

/** Nothing takes so long on a line that is alive. */
const SILENCE_MS = 6000;

/**
 * @typedef {object} RoundTripEvents
 * @property {(id: number) => void} ping to be sent
 * @property {(ms: number, jitterMs: number) => void} measured `jitterMs`: how much more than the fastest most take
 * @property {() => void} silent no answer for a long time
 */

export class RoundTrips {
  #events;
  #id = 0;
  /** @type {Map<number, number>} */
  #sentAtMs = new Map();
  /** @type {number[]} */
  #recentMs = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {RoundTripEvents} events */
  constructor(events) {
    this.#events = events;
  }

  /** Begins on a new line. */
  start() {
    this.stop();
    this.#recentMs = [];
    this.#next(FIRST_COUNT);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#sentAtMs.clear();
  }

  /** @param {number} id */
  pong(id) {
    const sentAtMs = this.#sentAtMs.get(id);
    if (sentAtMs === undefined) return;
    this.#sentAtMs.delete(id);
    const ms = performance.now() - sentAtMs;
    this.#recentMs = [...this.#recentMs.slice(1 - REMEMBERED), ms];
    this.#events.measured(ms, this.#jitterMs());
  }

  /** @param {number} fast how many more are to follow soon */
  #next(fast) {
    const id = ++this.#id;
    const now = performance.now();
    const oldest = this.#sentAtMs.values().next().value;
    if (oldest !== undefined && now - oldest > SILENCE_MS) return this.#events.silent();
    if (this.#sentAtMs.size < REMEMBERED) this.#sentAtMs.set(id, now);
    this.#events.ping(id);
    this.#timer = setTimeout(() => this.#next(fast - 1), fast > 0 ? FIRST_INTERVAL_MS : INTERVAL_MS);
  }

  #jitterMs() {
    const sorted = [...this.#recentMs].sort((a, b) => a - b);
    const slowest = sorted[Math.ceil(sorted.length * (1 - SLOWEST_PART)) - 1];
    return slowest - sorted[0];
  }
}
