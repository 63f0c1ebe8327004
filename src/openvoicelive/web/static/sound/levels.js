/** How loud a sound is, in dB below the loudest that its samples can hold (dBov of ITU-T G.100.1). */

/** What is quieter is shown as silence: a quiet room in an ordinary microphone. */
export const FLOOR_DBFS = -60;

/** 43 ms at 24 kHz: longer than a period of the lowest voice, shorter than a syllable. */
const WINDOW_SAMPLES = 1024;

/** @param {ArrayLike<number>} samples from -1 to 1 */
export function rootMeanSquare(samples) {
  let sum = 0;
  for (let index = 0; index < samples.length; index++) sum += samples[index] * samples[index];
  return samples.length ? Math.sqrt(sum / samples.length) : 0;
}

/** @param {number} amplitude 1 is the loudest; 0 is `-Infinity` */
export function decibels(amplitude) {
  return 20 * Math.log10(amplitude);
}

/**
 * Where a level is between silence (0) and the loudest (1), for the eye.
 *
 * @param {number} dbfs
 */
export function meterPart(dbfs) {
  return Math.max(0, Math.min(1, 1 - dbfs / FLOOR_DBFS));
}

/** Reads the level of what a node gives out; costs nothing while nobody asks. */
export class LevelTap {
  #analyser;
  #window = new Float32Array(WINDOW_SAMPLES);

  /** @param {AudioNode} node */
  constructor(node) {
    this.#analyser = new AnalyserNode(node.context, { fftSize: WINDOW_SAMPLES });
    node.connect(this.#analyser);
  }

  /** The level of the last 43 ms in dBFS; `-Infinity` for silence. */
  read() {
    this.#analyser.getFloatTimeDomainData(this.#window);
    return decibels(rootMeanSquare(this.#window));
  }
}
