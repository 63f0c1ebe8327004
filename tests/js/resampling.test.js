/** The microphone's sound at another rate: what is speech stays, what would alias goes. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Resampler } from "../../src/openvoicelive/web/static/sound/resampling.js";

const OUTPUT_HZ = 24_000;

/**
 * One second of sound, resampled in pieces as an audio thread gives them.
 *
 * @param {number} rateHz
 * @param {(seconds: number) => number} signal
 * @param {number} [pieceSamples]
 */
function resampled(rateHz, signal, pieceSamples = 128) {
  const sound = Float32Array.from({ length: rateHz }, (_, index) => signal(index / rateHz));
  /** @type {number[]} */
  const output = [];
  const resampler = new Resampler(rateHz, OUTPUT_HZ);
  for (let at = 0; at < sound.length; at += pieceSamples) {
    resampler.process(sound.subarray(at, at + pieceSamples), (sample) => output.push(sample));
  }
  return output;
}

/** @param {number} toneHz */
function tone(toneHz) {
  return (/** @type {number} */ seconds) => Math.sin(2 * Math.PI * toneHz * seconds);
}

/**
 * The level of a tone after resampling, relative to before.
 *
 * @param {number} rateHz
 * @param {number} toneHz
 */
function gainDb(rateHz, toneHz) {
  const settled = resampled(rateHz, tone(toneHz)).slice(4000, 20_000);
  const power = settled.reduce((sum, sample) => sum + sample * sample, 0) / settled.length;
  return 10 * Math.log10(2 * power + 1e-20);
}

for (const rateHz of [48_000, 44_100, 96_000, 16_000, 8000]) {
  test(`from ${rateHz} Hz, one second stays one second`, () => {
    assert.ok(Math.abs(resampled(rateHz, tone(300)).length - OUTPUT_HZ) <= 1);
  });

  test(`from ${rateHz} Hz, speech keeps its level`, () => {
    assert.ok(Math.abs(gainDb(rateHz, 300)) < 0.05);
    assert.ok(Math.abs(gainDb(rateHz, (0.8 * Math.min(rateHz, OUTPUT_HZ)) / 2)) < 0.1);
  });

  for (const stoppedHz of [12_700, 15_000, 20_000].filter((toneHz) => toneHz < rateHz / 2)) {
    test(`from ${rateHz} Hz, ${stoppedHz} Hz is gone`, () => {
      assert.ok(gainDb(rateHz, stoppedHz) < -70);
    });
  }
}

test("how the sound is cut into pieces makes no difference", () => {
  const whole = resampled(44_100, tone(440), 44_100);
  assert.deepEqual(resampled(44_100, tone(440), 1), whole);
  assert.deepEqual(resampled(44_100, tone(440), 441), whole);
});
