/** What the self-test computes from what it heard; pure arithmetic on powers of 20 ms frames (1 is the loudest). */

import { FRAME_MS } from "../sound/sound-format.js";

/** ITU-T P.56: what is less than 15.9 dB below the level of the speech is speech, the rest are pauses. */
const MARGIN_DB = 15.9;

/** From here on a sample counts as clipped; a limiter stops just before the end of the scale. */
const CLIPPED = 0.99 * 0x7fff;

/** Sound may take so long through speaker, air and microphone: 0.8 s, as with Bluetooth on both sides. */
const MOST_DELAY_FRAMES = 40;

/**
 * Envelopes that are less alike are so by chance. Measured with 20 clips of speech, 3 s of each: with other speech 99 of
 * 100 stay below 0.63 at their best delay, with their echo of a room (0.5 s, noise 6 dB above it) 95 above 0.73.
 */
const SAME_SOUND = 0.65;

/**
 * @typedef {object} Voice
 * @property {number} speechDbfs the level of the speech, without its pauses
 * @property {number} noiseDbfs the level of the quietest tenth
 * @property {number} speechMs how much speech there was
 * @property {number} clippedPart of the speech's samples, from 0 to 1
 */

/** The sound of a microphone, frame by frame. */
export class Listener {
  /** @type {number[]} */
  powers = [];
  #clipped = 0;
  #samples = 0;

  /** @param {Int16Array} frame */
  add(frame) {
    this.powers.push(powerOf(frame));
    for (const sample of frame) if (Math.abs(sample) >= CLIPPED) this.#clipped++;
    this.#samples = frame.length;
  }

  /** @returns {Voice} */
  voice() {
    const speechDbfs = speechLevel(this.powers);
    const noiseDbfs = toDbfs(quantile(this.powers, 0.1));
    const speech = this.powers.filter((power) => power > 0 && toDbfs(power) >= speechDbfs - MARGIN_DB).length;
    const clippedPart = this.#clipped / Math.max(1, speech * this.#samples);
    return { speechDbfs, noiseDbfs, speechMs: speech * FRAME_MS, clippedPart };
  }
}

/** @param {Int16Array} frame */
export function powerOf(frame) {
  let sum = 0;
  for (const sample of frame) sum += sample * sample;
  return sum / (frame.length * 0x8000 ** 2);
}

/**
 * The level of the speech in a sound, in dBFS: of all frames at first, then again and again of those within the
 * margin of the level found, until none falls out.
 *
 * @param {number[]} powers
 */
export function speechLevel(powers) {
  let level = toDbfs(mean(powers));
  for (let before = -Infinity; level > before; ) {
    before = level;
    level = toDbfs(mean(powers.filter((power) => toDbfs(power) >= before - MARGIN_DB)));
  }
  return level;
}

/**
 * How late sound came: the longest wait of a listener who plays it from its first arrival on. A pre-roll as long
 * as that would hide it.
 *
 * @param {{ atMs: number, soundMs: number }[]} arrivals
 */
export function lateness(arrivals) {
  let latest = 0;
  let soundMs = 0;
  for (const arrival of arrivals) {
    latest = Math.max(latest, arrival.atMs - arrivals[0].atMs - soundMs);
    soundMs += arrival.soundMs;
  }
  return latest;
}

/**
 * How loud what was played came back in a microphone, in dBFS; `-Infinity` if nothing like it is in there.
 *
 * Frame by frame the powers of echo and noise add up, so the echo's gain is the slope of the line through the
 * microphone's powers over those of what was played, at the delay at which their envelopes are most alike.
 *
 * @param {number[]} played
 * @param {number[]} heard from the beginning of playback on, for some time longer
 */
export function echoLevel(played, heard) {
  const envelope = played.map(Math.sqrt);
  let best = { likeness: 0, delay: 0 };
  const delays = Math.min(MOST_DELAY_FRAMES, heard.length - played.length);
  for (let delay = 0; delay <= delays; delay++) {
    const { likeness } = fitLine(envelope, heard.slice(delay, delay + played.length).map(Math.sqrt));
    if (likeness > best.likeness) best = { likeness, delay };
  }
  if (best.likeness < SAME_SOUND) return -Infinity;
  const { slope } = fitLine(played, heard.slice(best.delay, best.delay + played.length));
  return speechLevel(played) + toDbfs(slope);
}

/**
 * @param {number[]} values
 * @param {number} part 0.5 is the median
 */
export function quantile(values, part) {
  const ordered = [...values].sort((one, other) => one - other);
  return ordered[Math.floor(part * (ordered.length - 1))] ?? 0;
}

/** @param {number} power */
function toDbfs(power) {
  return 10 * Math.log10(power);
}

/** @param {number[]} values */
function mean(values) {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : 0;
}

/**
 * Least squares: the slope, and Pearson's correlation.
 *
 * @param {number[]} x
 * @param {number[]} y
 */
function fitLine(x, y) {
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xx, yy, xy] = [0, 0, 0];
  for (let index = 0; index < x.length; index++) {
    const [dx, dy] = [x[index] - meanX, y[index] - meanY];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return { likeness: xx && yy ? xy / Math.sqrt(xx * yy) : 0, slope: xx ? Math.max(0, xy / xx) : 0 };
}
