/** What both sides said, as sound, in this page's memory and nowhere else; bounded; pure. */

import { Track } from "./track.js";

/** Half an hour is at most 173 MB: 24 000 samples of 2 bytes a second on each side. */
export const LIMIT_MINUTES = 30;
const LIMIT_MS = LIMIT_MINUTES * 60_000;

export class Recording {
  user = new Track();
  agent = new Track();
  /** @type {number | null} */
  #beganMs = null;
  #full = false;

  /** Whether no more is kept. */
  get isFull() {
    return this.#full;
  }

  get isEmpty() {
    return this.user.samples === 0 && this.agent.samples === 0;
  }

  /**
   * @param {"user" | "agent"} side
   * @param {number} atMs of the first sample, since the session began
   * @param {Int16Array} samples
   */
  keep(side, atMs, samples) {
    this.#beganMs ??= atMs;
    this.#full ||= atMs - this.#beganMs >= LIMIT_MS;
    if (!this.#full) this[side].write(atMs, samples);
  }
}
