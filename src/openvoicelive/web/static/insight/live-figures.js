/** How well sound travels while a session runs; pure: times come in, in ms. */

import { percentile } from "./turns.js";

/** The middle of so many round trips is shown: one late answer says little. */
const ROUND_TRIPS = 5;

/** Clocks are read a little early or late; more frames than this are really missing. */
const TOLERANCE_FRAMES = 1.5;

/** How fast a frame's due time follows the clock by which frames really come. */
const DRIFT_PART = 0.05;

export class LiveFigures {
  jitterMs = /** @type {number | null} */ (null);
  gaps = 0;
  droppedFrames = 0;
  #frameMs;
  /** @type {number[]} */
  #roundTrips = [];
  /** When the next frame is due; nothing is due at first and after a pause. @type {number | null} */
  #dueMs = null;

  /** @param {number} frameMs how long a frame of the microphone is */
  constructor(frameMs) {
    this.#frameMs = frameMs;
  }

  get roundTripMs() {
    return percentile(this.#roundTrips, 50);
  }

  /** @param {number} ms */
  roundTrip(ms) {
    this.#roundTrips = [...this.#roundTrips.slice(1 - ROUND_TRIPS), ms];
  }

  /**
   * A frame of the microphone was sent; what is missing since the last one was lost on the way here.
   *
   * @param {number} atMs when it was captured
   */
  frame(atMs) {
    const lateMs = this.#dueMs === null ? 0 : atMs - this.#dueMs;
    const missing = lateMs > TOLERANCE_FRAMES * this.#frameMs;
    if (missing) this.droppedFrames += Math.round(lateMs / this.#frameMs);
    this.#dueMs = (missing ? atMs : atMs - lateMs * (1 - DRIFT_PART)) + this.#frameMs;
  }

  /** The microphone pauses by the user's wish: what does not come is not missing. */
  paused() {
    this.#dueMs = null;
  }
}
