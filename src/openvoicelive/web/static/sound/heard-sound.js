/** Gathers what the speaker really played, for a recording; pure, usable in a worklet. */

/** 85 ms at 24 kHz: few messages, and little is lost if the page goes. */
const PIECE_SAMPLES = 2048;

export class HeardSound {
  #emit;
  #piece = new Int16Array(PIECE_SAMPLES);
  #filled = 0;
  #itemId = "";
  #frame = 0;

  /** @param {(itemId: string, samples: Int16Array, frame: number) => void} emit `frame`: when the first was played */
  constructor(emit) {
    this.#emit = emit;
  }

  /**
   * @param {string} itemId
   * @param {Float32Array} samples one render quantum
   * @param {number} frame when it is played, in samples of the context's time
   */
  add(itemId, samples, frame) {
    const follows = itemId === this.#itemId && frame === this.#frame + this.#filled;
    if (!follows || this.#filled + samples.length > PIECE_SAMPLES) this.flush();
    if (this.#filled === 0) {
      this.#itemId = itemId;
      this.#frame = frame;
    }
    for (const sample of samples) this.#piece[this.#filled++] = Math.round(sample * 0x8000);
  }

  /**
   * No answer is being played any more; an answer that was stopped fades away in one last quantum.
   *
   * @param {Float32Array} samples
   * @param {number} frame
   */
  end(samples, frame) {
    if (this.#filled === 0) return;
    if (frame === this.#frame + this.#filled && samples.some(Boolean)) this.add(this.#itemId, samples, frame);
    this.flush();
  }

  flush() {
    if (this.#filled > 0) this.#emit(this.#itemId, this.#piece.slice(0, this.#filled), this.#frame);
    this.#filled = 0;
  }
}
