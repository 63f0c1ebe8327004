/** The audio thread's side of the speaker: plays what is in its buffer, tells what was heard. */

import { HeardSound } from "./heard-sound.js";
import { PlaybackBuffer } from "./playback-buffer.js";
import { Preroll } from "./preroll.js";
import { RATE_HZ } from "./sound-format.js";

/** An answer may arrive much faster than it is spoken; five minutes of it (14 MB) are kept. */
const CAPACITY_SAMPLES = 300 * RATE_HZ;

/** 100 ms of pre-roll hide the jitter of an ordinary network; people notice a third of a second. */
const LEAST_PREROLL_SAMPLES = RATE_HZ / 10;
const MOST_PREROLL_SAMPLES = (RATE_HZ * 3) / 10;

/** So often the position is told while there is sound: 21 ms at 24 kHz. */
const POSITION_QUANTA = 4;

/**
 * @typedef {{ type: "begin", itemId: string } | { type: "sound", sound: ArrayBuffer } | { type: "stop" }
 *   | { type: "expect", prerollSamples: number } | { type: "record", on: boolean }} Order
 */

/**
 * @typedef {{ type: "played", itemId: string, playedSamples: number, droppedSamples: number }
 *   | { type: "playing", itemId: string, playedSamples: number }
 *   | { type: "heard", itemId: string, samples: Int16Array, frame: number }
 *   | { type: "preroll", prerollSamples: number }
 *   | { type: "gap" | "overflow", itemId: string }} Report
 */

class SpeakerProcessor extends AudioWorkletProcessor {
  #preroll = new Preroll(LEAST_PREROLL_SAMPLES, MOST_PREROLL_SAMPLES);
  #prerollTold = LEAST_PREROLL_SAMPLES;
  #buffer = new PlaybackBuffer(CAPACITY_SAMPLES, this.#preroll, {
    played: (itemId, playedSamples, droppedSamples) =>
      this.#report({ type: "played", itemId, playedSamples, droppedSamples }),
    gap: (itemId) => this.#report({ type: "gap", itemId }),
    overflow: (itemId) => this.#report({ type: "overflow", itemId }),
  });
  #quanta = 0;
  /** @type {HeardSound | null} */
  #heard = null;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => this.#handle(data);
  }

  /** @param {Order} order */
  #handle(order) {
    if (order.type === "begin") this.#buffer.begin(order.itemId);
    else if (order.type === "sound") this.#buffer.write(new Int16Array(order.sound));
    else if (order.type === "stop") this.#buffer.stop();
    else if (order.type === "expect") this.#preroll.expect(order.prerollSamples);
    else this.#record(order.on);
    this.#tellPreroll();
  }

  /** @param {boolean} on */
  #record(on) {
    this.#heard?.flush();
    this.#heard = on
      ? new HeardSound((itemId, samples, frame) => this.#report({ type: "heard", itemId, samples, frame }))
      : null;
  }

  #tellPreroll() {
    const prerollSamples = this.#preroll.samples;
    if (prerollSamples === this.#prerollTold) return;
    this.#prerollTold = prerollSamples;
    this.#report({ type: "preroll", prerollSamples });
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
    const before = this.#buffer.position();
    this.#buffer.read(output);
    const position = this.#buffer.position() ?? before;
    if (!position) this.#heard?.end(output, currentFrame);
    else {
      this.#heard?.add(position.itemId, output, currentFrame);
      if (this.#quanta++ % POSITION_QUANTA === 0) this.#report({ type: "playing", ...position });
    }
    return true;
  }
}

registerProcessor("speaker", SpeakerProcessor);
