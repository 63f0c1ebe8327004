/** How fast each turn was answered and how its answer was interrupted; pure: times come in, in ms. */

/**
 * @typedef {"speech" | "typed" | "button"} Cause
 *
 * @typedef {object} Interruption
 * @property {Cause} because
 * @property {number | null} orderMs from the beginning of the user's speech to the order to be silent
 * @property {number} pageMs from the order's arrival in this page to silence
 * @property {number} heardMs how much of the answer was heard
 *
 * @typedef {object} Turn
 * @property {number} number
 * @property {string} itemId the answer's
 * @property {(number | null)[]} marks `STAGES` in ms from the end of the user's speech
 * @property {Interruption | null} interruption
 */

/** What a turn waits for, in the order in which it usually comes. */
export const STAGES = /** @type {const} */ (["silence", "transcript", "first_text", "first_sound"]);

/** The page stops itself where the user does it here; what the app orders after that is the same stop. */
const SAME_ORDER_MS = 1000;

/** The oldest are forgotten. */
const MAX_TURNS = 200;

export class Turns {
  /** @type {Turn[]} */
  #turns = [];
  /** Counted here, for the app counts the turns of one connection. */
  #count = 0;
  /** An answer may be interrupted before its turn's figures come. @type {Map<string, Interruption>} */
  #early = new Map();
  /** @type {{ because: Cause, orderMs: number | null, atMs: number } | null} */
  #order = null;

  /** Oldest first. */
  get all() {
    return this.#turns;
  }

  clear() {
    this.#turns = [];
    this.#count = 0;
    this.#early.clear();
    this.#order = null;
  }

  /** @param {import("../talk/connection.js").Metrics} figures */
  answered(figures) {
    const itemId = typeof figures.item_id === "string" ? figures.item_id : "";
    const interruption = this.#early.get(itemId) ?? null;
    this.#early.delete(itemId);
    const marks = STAGES.map((stage) => numberOrNull(figures[`${stage}_ms`]));
    this.#turns.push({ number: ++this.#count, itemId, marks, interruption });
    if (this.#turns.length > MAX_TURNS) this.#turns.shift();
  }

  /**
   * Something tells the page to be silent.
   *
   * @param {Cause} because
   * @param {number | null} orderMs
   * @param {number} nowMs
   */
  stopOrdered(because, orderMs, nowMs) {
    const last = this.#order;
    if (last && last.because === because && nowMs - last.atMs < SAME_ORDER_MS) return;
    this.#order = { because, orderMs, atMs: nowMs };
  }

  /**
   * The page is silent, before the answer's end.
   *
   * @param {string} itemId
   * @param {number} heardMs
   * @param {number} nowMs
   */
  cutOff(itemId, heardMs, nowMs) {
    if (!this.#order) return;
    const { because, orderMs, atMs } = this.#order;
    const interruption = { because, orderMs, pageMs: nowMs - atMs, heardMs };
    const turn = this.#turns.find((known) => known.itemId === itemId);
    if (turn) turn.interruption ??= interruption;
    else this.#early.set(itemId, interruption);
  }
}

/** @param {unknown} figure */
function numberOrNull(figure) {
  return typeof figure === "number" ? figure : null;
}

/**
 * The smallest figure that so many percent of all do not exceed (the nearest rank).
 *
 * @param {number[]} figures
 * @param {number} percent
 */
export function percentile(figures, percent) {
  const sorted = [...figures].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? null;
}

/**
 * The end of a scale that holds this figure: 1, 2 or 5 times a power of ten.
 *
 * @param {number} figure
 */
export function scaleEnd(figure) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, figure)));
  return power * ([1, 2, 5].find((step) => figure <= step * power) ?? 10);
}
