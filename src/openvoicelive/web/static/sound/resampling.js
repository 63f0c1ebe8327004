/** Changes the sample rate of a stream without aliasing; pure arithmetic, usable in a worklet. */

/** Zero crossings of the sinc on each side of its centre, at the lower of both rates. */
const ZERO_CROSSINGS = 32;

/** Kaiser's beta for about 80 dB of stop-band attenuation (Kaiser 1974: 0.1102 (A - 8.7)). */
const KAISER_BETA = 7.86;

/** Where the pass band ends, as a part of the lower Nyquist frequency; the rest is the filter's slope. */
const PASS_BAND = 0.92;

/**
 * A streaming polyphase filter for any ratio of two whole rates.
 *
 * With L / M the ratio in lowest terms, output sample n is at input position n M / L, so only L different
 * sets of weights are needed; they are computed once (Crochiere and Rabiner, 1983, chapter 3).
 */
export class Resampler {
  /** @type {Float32Array[]} */
  #phases;
  #steps;
  #phase = 0;
  #taps;
  #history;
  /** Where the next input sample goes in `history`, which holds every sample twice, `taps` apart. */
  #next = 0;

  /**
   * @param {number} inputHz
   * @param {number} outputHz
   */
  constructor(inputHz, outputHz) {
    const divisor = greatestCommonDivisor(inputHz, outputHz);
    const phaseCount = outputHz / divisor;
    this.#steps = inputHz / divisor;
    const cutoff = (Math.min(inputHz, outputHz) / inputHz) * PASS_BAND;
    this.#taps = 2 * Math.ceil(ZERO_CROSSINGS / cutoff);
    this.#phases = Array.from({ length: phaseCount }, (_, phase) =>
      lowPass(this.#taps, phase / phaseCount, cutoff),
    );
    this.#history = new Float32Array(2 * this.#taps);
  }

  /**
   * Takes input samples, gives each output sample that they complete to `emit`.
   *
   * @param {Float32Array} samples
   * @param {(sample: number) => void} emit
   */
  process(samples, emit) {
    for (const sample of samples) {
      this.#remember(sample);
      while (this.#phase < this.#phases.length) {
        emit(this.#weigh(this.#phases[this.#phase]));
        this.#phase += this.#steps;
      }
      this.#phase -= this.#phases.length;
    }
  }

  /** @param {number} sample */
  #remember(sample) {
    this.#history[this.#next] = sample;
    this.#history[this.#next + this.#taps] = sample;
    this.#next = (this.#next + 1) % this.#taps;
  }

  /** @param {Float32Array} weights */
  #weigh(weights) {
    let sum = 0;
    for (let tap = 0; tap < this.#taps; tap++) {
      sum += weights[tap] * this.#history[this.#next + tap];
    }
    return sum;
  }
}

/**
 * The weights, oldest sample first, that give the signal `fraction` of a sample after the filter's centre.
 *
 * @param {number} taps
 * @param {number} fraction from 0 to 1
 * @param {number} cutoff as a part of the input's Nyquist frequency
 */
function lowPass(taps, fraction, cutoff) {
  const weights = new Float32Array(taps);
  const half = taps / 2;
  let sum = 0;
  for (let tap = 0; tap < taps; tap++) {
    const distance = tap - (half - 1) - fraction;
    weights[tap] = sinc(distance * cutoff) * kaiser(distance / half);
    sum += weights[tap];
  }
  return weights.map((weight) => weight / sum);
}

/** @param {number} x */
function sinc(x) {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** @param {number} x from -1 to 1 */
function kaiser(x) {
  return bessel(KAISER_BETA * Math.sqrt(Math.max(0, 1 - x * x))) / bessel(KAISER_BETA);
}

/**
 * The modified Bessel function of the first kind, order zero, by its power series.
 *
 * @param {number} x
 */
function bessel(x) {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

/**
 * @param {number} a
 * @param {number} b
 * @returns {number}
 */
function greatestCommonDivisor(a, b) {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
