/** Two tracks as one stereo WAV file. */

import { RATE_HZ } from "../sound/sound-format.js";
import { BLOCK_SAMPLES } from "./track.js";

const HEADER_BYTES = 44;
const CHANNELS = 2;
const SAMPLE_BYTES = 2;
const FRAME_BYTES = CHANNELS * SAMPLE_BYTES;

/**
 * The file, piece by piece: a minute of sound is 5.8 MB, so its reader may pause between the pieces.
 *
 * @param {import("./track.js").Track} left
 * @param {import("./track.js").Track} right
 * @returns {Generator<Uint8Array<ArrayBuffer>>}
 */
export function* stereoWav(left, right) {
  const samples = Math.max(left.samples, right.samples);
  yield header(samples * FRAME_BYTES);
  for (let at = 0; at < samples; at += BLOCK_SAMPLES) {
    const index = at / BLOCK_SAMPLES;
    yield interleave(left.block(index), right.block(index), Math.min(BLOCK_SAMPLES, samples - at));
  }
}

/**
 * @param {Int16Array | undefined} left
 * @param {Int16Array | undefined} right
 * @param {number} samples
 */
function interleave(left, right, samples) {
  const frames = new Int16Array(samples * CHANNELS);
  for (let index = 0; left && index < samples; index++) frames[CHANNELS * index] = left[index];
  for (let index = 0; right && index < samples; index++) frames[CHANNELS * index + 1] = right[index];
  return new Uint8Array(frames.buffer);
}

/**
 * The canonical header: RIFF, then `fmt ` for plain PCM, then `data`.
 * Multimedia Programming Interface and Data Specifications 1.0 (IBM and Microsoft, 1991), chapter 3.
 *
 * @param {number} soundBytes
 */
function header(soundBytes) {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES));
  const name = (/** @type {number} */ at, /** @type {string} */ letters) =>
    [...letters].forEach((letter, index) => view.setUint8(at + index, letter.charCodeAt(0)));
  name(0, "RIFF");
  view.setUint32(4, HEADER_BYTES - 8 + soundBytes, true);
  name(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, CHANNELS, true);
  view.setUint32(24, RATE_HZ, true);
  view.setUint32(28, RATE_HZ * FRAME_BYTES, true);
  view.setUint16(32, FRAME_BYTES, true);
  view.setUint16(34, 8 * SAMPLE_BYTES, true);
  name(36, "data");
  view.setUint32(40, soundBytes, true);
  return new Uint8Array(view.buffer);
}
