/** What the speaker played, gathered for a recording. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { HeardSound } from "../../src/openvoicelive/web/static/sound/heard-sound.js";

const QUANTUM = 128;

/** @type {{ itemId: string, samples: number[], frame: number }[]} */
let told;
/** @type {HeardSound} */
let heard;

beforeEach(() => {
  told = [];
  heard = new HeardSound((itemId, samples, frame) => told.push({ itemId, samples: [...samples], frame }));
});

/** @param {number} sample */
function quantum(sample) {
  return new Float32Array(QUANTUM).fill(sample / 32_768);
}

/** @param {number} quanta */
function lengths(quanta) {
  return { samples: quanta * QUANTUM };
}

test("an answer is told in pieces of 85 ms, and its rest when it ends", () => {
  for (let number = 0; number < 20; number++) heard.add("a", quantum(number + 1), number * QUANTUM);
  heard.end(quantum(0), 20 * QUANTUM);
  assert.deepEqual(
    told.map(({ samples, frame }) => ({ samples: samples.length, frame })),
    [
      { ...lengths(16), frame: 0 },
      { ...lengths(4), frame: 16 * QUANTUM },
    ],
  );
  const whole = told.flatMap(({ samples }) => samples);
  assert.deepEqual(
    whole,
    Array.from({ length: 20 * QUANTUM }, (_, index) => Math.floor(index / QUANTUM) + 1),
  );
});

test("the fade after a stop belongs to the answer; silence does not", () => {
  heard.add("a", quantum(100), 0);
  heard.end(quantum(50), QUANTUM);
  heard.end(quantum(0), 2 * QUANTUM);
  assert.deepEqual(told, [
    { itemId: "a", samples: [...Array(QUANTUM).fill(100), ...Array(QUANTUM).fill(50)], frame: 0 },
  ]);
});

test("samples between two steps are rounded, those of the fade too", () => {
  heard.add("a", new Float32Array([0.6, -0.6, 1.4, -1.4, 0.4]).map((sample) => sample / 32_768), 0);
  heard.flush();
  assert.deepEqual(told[0].samples, [1, -1, 1, -1, 0]);
});

test("another answer, or a pause within one, begins a new piece", () => {
  heard.add("a", quantum(1), 0);
  heard.add("b", quantum(2), QUANTUM);
  heard.add("b", quantum(3), 5 * QUANTUM);
  heard.flush();
  assert.deepEqual(
    told.map(({ itemId, frame }) => [itemId, frame]),
    [
      ["a", 0],
      ["b", QUANTUM],
      ["b", 5 * QUANTUM],
    ],
  );
});
