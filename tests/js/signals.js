/** Sounds for tests: always the same for the same seed, and no recordings. */

export const RATE_HZ = 24_000;
export const FRAME_SAMPLES = 480;

/**
 * Numbers from 0 to 1 (Park and Miller, "Random number generators: good ones are hard to find", 1988).
 *
 * @param {number} seed
 */
export function randomNumbers(seed) {
  let state = seed;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

/**
 * White noise with this level.
 *
 * @param {number} samples
 * @param {number} levelDbfs
 * @param {number} [seed]
 */
export function noise(samples, levelDbfs, seed = 1) {
  const random = randomNumbers(seed);
  // Uniform from -1 to 1 has a power of 1/3.
  const gain = amplitude(levelDbfs) * Math.sqrt(3);
  return Float64Array.from({ length: samples }, () => (2 * random() - 1) * gain);
}

/**
 * What has the envelope of speech: syllables of 80 to 280 ms, each rising, falling and as loud as it likes, with
 * short pauses between them and a longer one between words; half a second of silence before and after. The level is
 * that of the loud parts.
 *
 * @param {number} levelDbfs
 * @param {{ seed?: number, seconds?: number }} [how]
 */
export function speech(levelDbfs, { seed = 1, seconds = 3 } = {}) {
  const random = randomNumbers(seed);
  const sound = new Float64Array((seconds + 1) * RATE_HZ);
  const end = sound.length - RATE_HZ / 2;
  for (let at = RATE_HZ / 2; at < end; ) {
    const length = Math.round((0.08 + 0.2 * random()) * RATE_HZ);
    const loudness = 0.25 + 0.75 * random();
    for (let index = 0; index < length && at + index < end; index++) {
      const envelope = Math.sin((Math.PI * index) / length);
      sound[at + index] = loudness * envelope * (2 * random() - 1);
    }
    at += length + Math.round((random() < 0.3 ? 0.2 : 0.02) * RATE_HZ);
  }
  const powers = framePowers(sound);
  const loudest = Math.max(...powers);
  const loud = powers.filter((power) => power > loudest / 100);
  const level = loud.reduce((sum, power) => sum + power, 0) / loud.length;
  return sound.map((sample) => (sample * amplitude(levelDbfs)) / Math.sqrt(level));
}

/**
 * @param {Float64Array} sound
 * @param {Float64Array} other
 * @param {number} [at] where the other one begins
 */
export function mixed(sound, other, at = 0) {
  return sound.map((sample, index) => sample + (other[index - at] ?? 0));
}

/**
 * @param {Float64Array} sound
 * @param {number} changeDb
 */
export function louder(sound, changeDb) {
  return sound.map((sample) => sample * amplitude(changeDb));
}

/** @param {Float64Array} sound */
export function asPcm(sound) {
  return Int16Array.from(sound, (sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))));
}

/** @param {number} levelDb */
function amplitude(levelDb) {
  return 10 ** (levelDb / 20);
}

/** @param {Float64Array} sound */
function framePowers(sound) {
  return Array.from({ length: Math.floor(sound.length / FRAME_SAMPLES) }, (_, frame) => {
    const samples = sound.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES);
    return samples.reduce((sum, sample) => sum + sample * sample, 0) / FRAME_SAMPLES;
  });
}
