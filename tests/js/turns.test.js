/** What a turn's figures mean. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { LiveFigures } from "../../src/openvoicelive/web/static/insight/live-figures.js";
import { Turns, percentile, scaleEnd } from "../../src/openvoicelive/web/static/insight/turns.js";

/** @type {Turns} */
let turns;

beforeEach(() => {
  turns = new Turns();
});

/**
 * @param {number} turn
 * @param {string} itemId
 */
function answer(turn, itemId) {
  turns.answered({ turn, item_id: itemId, transcript_ms: 100, first_text_ms: null, first_sound_ms: null });
}

test("an interruption belongs to its answer's turn, whichever is told first", () => {
  turns.stopOrdered("speech", 240, 1000);
  turns.cutOff("early", 700, 1012);
  answer(1, "early");
  answer(2, "late");
  answer(3, "whole");
  turns.stopOrdered("button", null, 5000);
  turns.cutOff("late", 900, 5008);
  assert.deepEqual(
    turns.all.map(({ interruption }) => interruption),
    [
      { because: "speech", orderMs: 240, pageMs: 12, heardMs: 700 },
      { because: "button", orderMs: null, pageMs: 8, heardMs: 900 },
      null,
    ],
  );
});

test("the app's order after a click is the same stop", () => {
  turns.stopOrdered("button", null, 1000);
  turns.stopOrdered("button", null, 1010);
  turns.cutOff("answer", 300, 1015);
  answer(1, "answer");
  assert.equal(turns.all[0].interruption?.pageMs, 15);
});

test("silence that nothing has ordered is no interruption", () => {
  answer(1, "answer");
  turns.cutOff("answer", 300, 1015);
  assert.equal(turns.all[0].interruption, null);
});

test("a stage that was not measured has no mark", () => {
  answer(1, "answer");
  assert.deepEqual(turns.all[0].marks, [null, 100, null, null]);
});

test("after a new beginning, turns are counted from one and know no interruption from before", () => {
  answer(1, "old");
  turns.stopOrdered("speech", 240, 1000);
  turns.cutOff("again", 700, 1012);
  turns.clear();
  answer(2, "again");
  assert.deepEqual(
    turns.all.map(({ number, interruption }) => ({ number, interruption })),
    [{ number: 1, interruption: null }],
  );
});

test("old turns are forgotten", () => {
  for (let number = 1; number <= 250; number++) answer(number, `a${number}`);
  assert.deepEqual(
    turns.all.map(({ number }) => number),
    Array.from({ length: 200 }, (_, index) => index + 51),
  );
});

test("percentiles are the nearest ranks", () => {
  const figures = Array.from({ length: 20 }, (_, index) => 2000 - index * 100);
  assert.equal(percentile(figures, 50), 1000);
  assert.equal(percentile(figures, 95), 1900);
  assert.equal(percentile([7], 95), 7);
  assert.equal(percentile([], 50), null);
});

test("a scale ends at a round figure", () => {
  const ends = [0, 1, 730, 1000, 1001, 2300, 5001].map(scaleEnd);
  assert.deepEqual(ends, [1, 1, 1000, 1000, 2000, 5000, 10_000]);
});

test("missing frames are counted, but not in a pause", () => {
  const figures = new LiveFigures(20);
  for (const ms of [1000, 1021, 1039, 1060, 1140]) figures.frame(ms); // 3 are missing
  figures.paused();
  for (const ms of [9000, 9020]) figures.frame(ms);
  assert.equal(figures.droppedFrames, 3);
});

test("a clock that is slower or faster than the microphone's loses no frames", () => {
  for (const frameMs of [19.8, 20.2]) {
    const figures = new LiveFigures(20);
    for (let frame = 0; frame < 3000; frame++) figures.frame(frame * frameMs);
    assert.equal(figures.droppedFrames, 0);
  }
});

test("the round trip is the middle of the last five", () => {
  const figures = new LiveFigures(20);
  for (const ms of [500, 600, 700, 30, 900, 20, 40, 10]) figures.roundTrip(ms);
  assert.equal(figures.roundTripMs, 30);
});
