/** What the self-test computes from sound, and what it says of it. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import {
  judgeArrival,
  judgeEcho,
  judgeRoundTrip,
  judgeVoice,
} from "../../src/openvoicelive/web/static/devices/judging.js";
import { Listener, echoLevel, lateness } from "../../src/openvoicelive/web/static/devices/measuring.js";
import { FRAME_SAMPLES, RATE_HZ, asPcm, louder, mixed, noise, speech } from "./signals.js";

const STATIC = new URL("../../src/openvoicelive/web/static/", import.meta.url);
const PROCESSING = { noiseSuppression: true, autoGainControl: false };

/** @param {Float64Array} sound */
function listen(sound) {
  const listener = new Listener();
  const pcm = asPcm(sound);
  for (let at = 0; at + FRAME_SAMPLES <= pcm.length; at += FRAME_SAMPLES) {
    listener.add(pcm.subarray(at, at + FRAME_SAMPLES));
  }
  return listener;
}

/**
 * @param {number} speechDbfs
 * @param {number} noiseDbfs
 */
function noisySpeech(speechDbfs, noiseDbfs) {
  const spoken = speech(speechDbfs);
  return mixed(spoken, noise(spoken.length, noiseDbfs));
}

/**
 * @param {number} value
 * @param {number} expected
 * @param {number} tolerance
 */
function assertNear(value, expected, tolerance) {
  assert.ok(Math.abs(value - expected) < tolerance, `${value} is not within ${tolerance} of ${expected}`);
}

test("levels of speech and noise are measured apart", () => {
  const measured = listen(noisySpeech(-26, -60)).voice();
  assertNear(measured.speechDbfs, -26, 2);
  assertNear(measured.noiseDbfs, -60, 2);
  assert.equal(measured.clippedPart, 0);
  assert.ok(measured.speechMs > 500);
});

test("silence is no voice", () => {
  const measured = listen(new Float64Array(RATE_HZ)).voice();
  assert.equal(measured.speechMs, 0);
  assert.equal(judgeVoice(measured, PROCESSING).key, "found_dead");
});

for (const [speechDbfs, noiseDbfs, key, isGood] of /** @type {[number, number, string, boolean][]} */ ([
  [-26, -60, "found_voice", true],
  [-40, -70, "found_voice", true],
  [-50, -75, "found_faint", false],
  [-26, -38, "found_noisy", false],
  [6, -60, "found_loud", false],
  [-90, -50, "found_no_voice", false],
])) {
  test(`a voice of ${speechDbfs} dBFS in noise of ${noiseDbfs} dBFS gets the advice ${key}`, () => {
    const finding = judgeVoice(listen(noisySpeech(speechDbfs, noiseDbfs)).voice(), PROCESSING);
    assert.equal(finding.key, key);
    assert.equal(finding.good, isGood);
  });
}

test("a voice without any noise is told without a distance from it", () => {
  const finding = judgeVoice({ speechDbfs: -26, noiseDbfs: -Infinity, clippedPart: 0, speechMs: 900 }, PROCESSING);
  assert.deepEqual([finding.key, finding.good], ["found_voice_clean", true]);
});

test("the advice against noise is the suppression if that is off", () => {
  const noisy = { speechDbfs: -26, noiseDbfs: -34, clippedPart: 0, speechMs: 900 };
  const finding = judgeVoice(noisy, { ...PROCESSING, noiseSuppression: false });
  assert.equal(finding.key, "found_noisy_unsuppressed");
});

test("the speaker is not blamed for distortion if the browser sets the level", () => {
  const loud = { speechDbfs: -6, noiseDbfs: -60, clippedPart: 0.01, speechMs: 900 };
  const keyWith = (/** @type {boolean} */ autoGainControl) => judgeVoice(loud, { ...PROCESSING, autoGainControl }).key;
  assert.equal(keyWith(true), "found_loud_levelled");
  assert.equal(keyWith(false), "found_loud");
});

test("lateness is the pre-roll that would have hidden it", () => {
  const arrivals = [0, 90, 260, 261, 390].map((atMs) => ({ atMs, soundMs: 100 }));
  assert.equal(lateness(arrivals), 60);
  assert.equal(lateness([]), 0);
});

test("judgements change at their thresholds", () => {
  const cancelled = { echoCancellation: true };
  const found = [
    judgeRoundTrip(199),
    judgeRoundTrip(201),
    judgeArrival(39),
    judgeArrival(41),
    judgeEcho(-Infinity, -60, cancelled),
    judgeEcho(-66, -80, cancelled),
    judgeEcho(-50, -60, cancelled),
    judgeEcho(-50, -60, { echoCancellation: false }),
    judgeEcho(-50, -35, cancelled),
  ];
  assert.deepEqual(
    found.map(({ key }) => key),
    [
      "found_quick",
      "found_slow",
      "found_even",
      "found_uneven",
      "found_no_echo",
      "found_no_echo",
      "found_echo",
      "found_echo_uncancelled",
      "found_no_echo",
    ],
  );
});

test("every finding has its sentence", async () => {
  const source = await readFile(new URL("devices/judging.js", STATIC), "utf-8");
  const catalogue = JSON.parse(await readFile(new URL("locales/en.json", STATIC), "utf-8"));
  const keys = [...source.matchAll(/"(found_\w+)"/g)].map(([, key]) => key);
  assert.ok(keys.length > 10);
  assert.deepEqual(
    keys.filter((key) => !(key in catalogue)),
    [],
  );
});

for (const [delayMs, lossDb] of [
  [0, 10],
  [95, 35],
  [400, 35],
]) {
  test(`an echo after ${delayMs} ms that is ${lossDb} dB quieter is found with its level`, () => {
    const played = speech(-20);
    const room = noise(played.length + RATE_HZ, -60, 2);
    const heard = mixed(room, louder(played, -lossDb), (RATE_HZ * delayMs) / 1000);
    assertNear(echoLevel(listen(played).powers, listen(heard).powers), -20 - lossDb, 3);
  });
}

test("noise and other speech are no echo", () => {
  const played = speech(-20);
  const quiet = noise(played.length + RATE_HZ, -45, 2);
  const { powers } = listen(played);
  assert.equal(echoLevel(powers, listen(quiet).powers), -Infinity);
  for (const seed of [11, 12, 13]) {
    const other = mixed(quiet, speech(-26, { seed, seconds: 4 }));
    assert.equal(echoLevel(powers, listen(other).powers), -Infinity, `speech of seed ${seed}`);
  }
});
