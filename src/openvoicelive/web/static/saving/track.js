/** The sound of one side of a conversation, at the times when it was spoken or heard; pure. */

import { RATE_HZ } from "../sound/sound-format.js";

/** So little after the last sample is not a pause but a clock that was read late. */
const TOLERANCE_SAMPLES = RATE_HZ / 20;

/** Memory is taken a second at a time, and none for a second of silence. */
export const BLOCK_SAMPLES = RATE_HZ;

export class Track {
  /** Seconds with sound in them. @type {Map<number, Int16Array>} */
  #blocks = new Map();
  #end = 0;

  /** The length up to the last sample. */
  get samples() {
    return this.#end;
  }

  /** How much memory the sound takes. */
  get bytes() {
    return this.#blocks.size * BLOCK_SAMPLES * Int16Array.BYTES_PER_ELEMENT;
  }

  /**
   * Keeps a copy of sound. What follows the last sound closely is joined to it without a seam, and so is what is told
   * to begin before its end: one side never sounds twice at once, so the clock was read late for the sound before.
   *
   * @param {number} atMs of the first sample, since the conversation began
   * @param {Int16Array} samples
   */
  write(atMs, samples) {
    const told = Math.max(0, Math.round((atMs * RATE_HZ) / 1000));
    let at = told - this.#end <= TOLERANCE_SAMPLES ? this.#end : told;
    let rest = samples;
    while (rest.length > 0) {
      const offset = at % BLOCK_SAMPLES;
      const piece = rest.subarray(0, BLOCK_SAMPLES - offset);
      this.#block(Math.floor(at / BLOCK_SAMPLES)).set(piece, offset);
      rest = rest.subarray(piece.length);
      at += piece.length;
    }
    this.#end = Math.max(this.#end, at);
  }

  /**
   * One second of it, or nothing where all of it is silence.
   *
   * @param {number} index
   * @returns {Int16Array | undefined}
   */
  block(index) {
    return this.#blocks.get(index);
  }

  /** @param {number} index */
  #block(index) {
    const known = this.#blocks.get(index);
    if (known) return known;
    const block = new Int16Array(BLOCK_SAMPLES);
    this.#blocks.set(index, block);
    return block;
  }
}
