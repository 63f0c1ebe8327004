/** The audio thread's side of the speaker: plays what is in its buffer, tells what was heard. */

import { PlaybackBuffer } from "./playback-buffer.js";
import { RATE_HZ } from "./sound-format.js";

/** An answer may arrive much faster than it is spoken; five minutes of it (14 MB) are kept. */
const CAPACITY_SAMPLES = 300 * RATE_HZ;

/** 100 ms of pre-roll hide the jitter of an ordinary network. */
const PREROLL_SAMPLES = RATE_HZ / 10;

/**
 * @typedef {{ type: "begin", itemId: string } | { type: "sound", sound: ArrayBuffer } | { type: "stop" }} Order
 */

/**
 * @typedef {{ type: "played", itemId: string, playedSamples: number, droppedSamples: number }
 *   | { type: "gap" | "overflow", itemId: string }} Report
 */

class SpeakerProcessor extends AudioWorkletProcessor {
  #buffer = new PlaybackBuffer(CAPACITY_SAMPLES, PREROLL_SAMPLES, {
    played: (itemId, playedSamples, droppedSamples) =>
      this.#report({ type: "played", itemId, playedSamples, droppedSamples }),
    gap: (itemId) => this.#report({ type: "gap", itemId }),
    overflow: (itemId) => this.#report({ type: "overflow", itemId }),
  });

  constructor() {
    super();
    this.port.onmessage = ({ data }) => this.#obey(data);
  }

  /** @param {Order} order */
  #obey(order) {
    if (order.type === "begin") this.#buffer.begin(order.itemId);
    else if (order.type === "sound") this.#buffer.write(new Int16Array(order.sound));
    else this.#buffer.stop();
  }

  /** @param {Report} report */
  #report(report) {
    this.port.postMessage(report);
  }

  /**
   * @param {Float32Array[][]} _inputs
   * @param {Float32Array[][]} outputs
   */
  process(_inputs, [[output]]) {
    this.#buffer.read(output);
    return true;
  }
}

registerProcessor("speaker", SpeakerProcessor);
