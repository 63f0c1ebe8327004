/** The audio thread's side of the microphone: gathers 20 ms of 16-bit samples, then hands them over. */

import { Resampler } from "./resampling.js";
import { FRAME_MS, RATE_HZ } from "./sound-format.js";

const FRAME_SAMPLES = (RATE_HZ * FRAME_MS) / 1000;

/** @typedef {{ frame: ArrayBuffer, capturedMs: number }} Captured `capturedMs` in the context's time */

class MicrophoneProcessor extends AudioWorkletProcessor {
  #frame = new Int16Array(FRAME_SAMPLES);
  #filled = 0;
  #resampler = sampleRate === RATE_HZ ? null : new Resampler(sampleRate, RATE_HZ);

  /** @param {Float32Array[][]} inputs */
  process([channels]) {
    const samples = channels[0];
    if (!samples) return true; // the microphone is not connected yet
    if (this.#resampler) this.#resampler.process(samples, this.#gather);
    else samples.forEach(this.#gather);
    return true;
  }

  /** @param {number} sample from -1 to 1 */
  #gather = (sample) => {
    this.#frame[this.#filled++] = Math.max(-1, Math.min(1, sample)) * 0x7fff;
    if (this.#filled === FRAME_SAMPLES) this.#handOver();
  };

  #handOver() {
    const frame = this.#frame.buffer;
    this.port.postMessage({ frame, capturedMs: (currentFrame * 1000) / sampleRate - FRAME_MS }, [frame]);
    this.#frame = new Int16Array(FRAME_SAMPLES);
    this.#filled = 0;
  }
}

registerProcessor("microphone", MicrophoneProcessor);
