/** How well sound travels while a session runs; pure: times come in, in ms. */

import { percentile } from "./turns.js";

/** The middle of so many round trips is shown: one late answer says little. */
const ROUND_TRIPS = 5;

/** Frames come at their own pace within this much. */
const FRAME_TOLERANCE = 0.5;

export class LiveFigures {
  jitterMs = /** @type {number | null} */ (null);
  gaps = 0;
  droppedFrames = 0;
  #frameMs;
  /** @type {number[]} */
  #roundTrips = [];
  #lastFrameMs = -Infinity;

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
    const missing = (atMs - this.#lastFrameMs) / this.#frameMs - 1;
    if (missing > FRAME_TOLERANCE && Number.isFinite(missing)) this.droppedFrames += Math.round(missing);
    this.#lastFrameMs = atMs;
  }

  /** The microphone pauses by the user's wish: what does not come is not missing. */
  paused() {
    this.#lastFrameMs = -Infinity;
  }
}
