/** The audio thread's side of `playback_tap.js`: every sample as float, with the clock's time of each chunk. */

const CHUNK_SAMPLES = 1024;

class PlaybackTap extends AudioWorkletProcessor {
  #chunk = new Float32Array(CHUNK_SAMPLES);
  #filled = 0;
  #frame = 0;
  #unixMs = 0;

  constructor() {
    super();
    this.port.onmessage = () => {
      this.#handOver();
      this.port.postMessage("flushed");
    };
  }

  process([[samples]]) {
    if (this.#filled === 0) {
      this.#frame = currentFrame;
      this.#unixMs = Date.now();
    }
    if (samples) this.#chunk.set(samples, this.#filled);
    this.#filled += 128;
    if (this.#filled === CHUNK_SAMPLES) this.#handOver();
    return true;
  }

  #handOver() {
    if (this.#filled === 0) return;
    const samples = this.#chunk.slice(0, this.#filled);
    this.port.postMessage({ frame: this.#frame, unixMs: this.#unixMs, samples });
    this.#chunk.fill(0);
    this.#filled = 0;
  }
}

registerProcessor("playback-tap", PlaybackTap);
