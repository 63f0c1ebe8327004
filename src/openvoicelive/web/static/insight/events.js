/** The protocol's events as the app tells them, the newest of them; pure. */

/**
 * @typedef {"sent" | "received"} Direction
 *
 * @typedef {object} Entry
 * @property {number} id rises with each entry
 * @property {Direction} direction
 * @property {number} atMs since the session began
 * @property {string} type
 * @property {number} count how many events this entry stands for
 * @property {number} audioBytes in all of them
 * @property {object} event the first of them
 *
 * @typedef {{ direction: Direction | "", words: string }} Filter
 */

export const MAX_ENTRIES = 500;

/** Events that carry sound come 50 a second; those of one second are one entry. */
const MERGED_MS = 1000;

export class EventStore {
  /** @type {Entry[]} */
  #entries = [];
  #nextId = 0;

  /** Oldest first. */
  get entries() {
    return this.#entries;
  }

  clear() {
    this.#entries = [];
  }

  /** @param {import("../talk/connection.js").ProtocolEvent} message */
  add({ direction, at_ms, event }) {
    const audioBytes = audioBytesIn(event);
    const type = String(event.type);
    const merged = audioBytes > 0 && this.#mergeable(direction, at_ms, type, event.item_id);
    if (merged) {
      merged.count += 1;
      merged.audioBytes += audioBytes;
      return;
    }
    this.#entries.push({ id: this.#nextId++, direction, atMs: at_ms, type, count: 1, audioBytes, event });
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift();
  }

  /**
   * @param {Direction} direction
   * @param {number} atMs
   * @param {string} type
   * @param {unknown} itemId
   */
  #mergeable(direction, atMs, type, itemId) {
    for (let index = this.#entries.length - 1; index >= 0; index--) {
      const entry = this.#entries[index];
      const ageMs = atMs - entry.atMs;
      if (ageMs >= MERGED_MS || ageMs < 0) return undefined;
      if (entry.type !== type || entry.direction !== direction || entry.audioBytes === 0) continue;
      return /** @type {{ item_id?: unknown }} */ (entry.event).item_id === itemId ? entry : undefined;
    }
    return undefined;
  }
}

/**
 * Whether an entry is of this direction and has all these words somewhere.
 *
 * @param {Entry} entry
 * @param {Filter} filter
 */
export function matches(entry, { direction, words }) {
  if (direction && entry.direction !== direction) return false;
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return true;
  const whole = JSON.stringify(entry.event).toLowerCase();
  return wanted.every((word) => whole.includes(word));
}

/**
 * One entry as JSON that a person can read.
 *
 * @param {Entry} entry
 */
export function asJson({ direction, atMs, count, audioBytes, event }) {
  const sound = audioBytes > 0 ? { events: count, audio_bytes: audioBytes } : {};
  return JSON.stringify({ direction, at_ms: atMs, ...sound, event }, null, 2);
}

/**
 * The app sends the size of sound in its place.
 *
 * @param {object} event
 */
function audioBytesIn(event) {
  for (const value of Object.values(event)) {
    if (typeof value?.audio_bytes === "number") return value.audio_bytes;
  }
  return 0;
}
