/** What the buffer between the network and the speaker does, step by step; no audio thread. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { PlaybackBuffer } from "../../src/openvoicelive/web/static/sound/playback-buffer.js";
import { Preroll } from "../../src/openvoicelive/web/static/sound/preroll.js";
import { randomNumbers } from "./signals.js";

const QUANTUM = 128;

describe("a buffer of 4096 samples with a pre-roll of 1024 to 3072", () => {
  /** @type {PlaybackBuffer} */
  let buffer;
  /** @type {(string | number)[][]} */
  let told;

  beforeEach(() => {
    told = [];
    buffer = new PlaybackBuffer(4096, new Preroll(1024, 3072), {
      played: (itemId, played, dropped) => told.push(["played", itemId, played, dropped]),
      gap: (itemId) => told.push(["gap", itemId]),
      overflow: (itemId) => told.push(["overflow", itemId]),
    });
  });

  /** @param {number} samples */
  function write(samples) {
    buffer.write(new Int16Array(samples).fill(16_384)); // reads as 0.5
  }

  /** @param {number} quanta */
  function read(quanta) {
    const heard = [];
    for (let quantum = 0; quantum < quanta; quantum++) {
      const output = new Float32Array(QUANTUM);
      buffer.read(output);
      heard.push(...output);
    }
    return heard;
  }

  /**
   * @param {number[]} heard
   * @param {number} sample
   */
  function assertAll(heard, sample) {
    assert.deepEqual([...new Set(heard)], [sample]);
  }

  test("playback begins when the pre-roll is there besides the newest piece", () => {
    buffer.begin("answer");
    for (let piece = 0; piece < 4; piece++) write(256);
    assertAll(read(1), 0);
    write(256);
    assertAll(read(1), 0.5);
  });

  test("playback begins after the pre-roll's time with what is there", () => {
    buffer.begin("answer");
    write(128);
    assertAll(read(8), 0);
    assertAll(read(1), 0.5);
    assert.deepEqual(told, [["played", "answer", 128, 0]]);
  });

  test("a stop fades within one quantum", () => {
    buffer.begin("answer");
    write(2048);
    read(2);
    buffer.stop();
    const faded = read(1);
    assert.deepEqual(
      faded,
      [...faded].sort((one, other) => other - one),
    );
    assert.ok(0 < faded[0] && faded[0] < 0.5);
    assert.equal(faded.at(-1), 0);
    assertAll(read(8), 0);
    assert.deepEqual(told, [["played", "answer", 3 * QUANTUM, 2048 - 3 * QUANTUM]]);
  });

  test("a fade is no longer than what was still to be played", () => {
    buffer.begin("answer");
    write(2048 + 40);
    read(16);
    buffer.stop();
    const faded = read(1);
    assert.ok(faded[38] > 0);
    assertAll(faded.slice(39), 0);
    assert.deepEqual(told, [["played", "answer", 2048 + 40, 0]]);
  });

  test("a stop before anything was heard plays nothing", () => {
    buffer.begin("answer");
    write(256);
    buffer.stop();
    assertAll(read(32), 0);
    assert.deepEqual(told, [["played", "answer", 0, 256]]);
  });

  test("of several answers, a stop tells each how much of it was heard", () => {
    buffer.begin("first");
    write(1280);
    buffer.begin("second");
    write(512);
    read(9);
    buffer.stop();
    assert.deepEqual(told, [
      ["played", "first", 1280, 0],
      ["played", "second", 0, 512],
    ]);
  });

  test("an answer that begins at once after a stop is played after the fade", () => {
    buffer.begin("answer");
    write(2048);
    read(2);
    buffer.stop();
    buffer.begin("following");
    write(4096);
    assert.equal(read(1).at(-1), 0);
    const following = read(32);
    assert.equal(following.length, 4096);
    assertAll(following, 0.5);
    assert.deepEqual(told.at(-1), ["played", "following", 4096, 0]);
  });

  test("sound of an answer that was stopped is not played", () => {
    buffer.begin("answer");
    write(2048);
    read(2);
    buffer.stop();
    read(1);
    write(2048);
    assertAll(read(32), 0);
  });

  test("an answer that ended is not told again when the next begins", () => {
    buffer.begin("first");
    write(128);
    read(9);
    assert.deepEqual(told, [["played", "first", 128, 0]]);
    buffer.begin("second");
    write(256);
    read(10);
    assert.deepEqual(told, [
      ["played", "first", 128, 0],
      ["played", "second", 256, 0],
    ]);
  });

  test("an answer that goes on after running dry is told as a gap, and again as a whole", () => {
    buffer.begin("answer");
    write(128);
    read(20);
    write(128);
    read(24); // the pre-roll has become longer
    assert.deepEqual(told, [
      ["played", "answer", 128, 0],
      ["gap", "answer"],
      ["played", "answer", 256, 0],
    ]);
  });

  test("the position is that of the answer that sounds", () => {
    buffer.begin("first");
    assert.equal(buffer.position(), null);
    write(1536);
    buffer.begin("second");
    write(1536);
    read(3);
    assert.deepEqual(buffer.position(), { itemId: "first", playedSamples: 384 });
    read(10);
    assert.deepEqual(buffer.position(), { itemId: "second", playedSamples: 128 });
  });

  test("the buffer wraps without a seam", () => {
    buffer.begin("answer");
    const ramp = (/** @type {number} */ from) => Int16Array.from({ length: 1280 }, (_, index) => from + index + 1);
    const heard = [];
    buffer.write(ramp(0));
    for (let round = 1; round < 10; round++) {
      buffer.write(ramp(round * 1280));
      heard.push(...read(10).map((sample) => sample * 32_768));
    }
    heard.push(...read(10).map((sample) => sample * 32_768));
    assert.deepEqual(
      heard,
      Array.from({ length: 12_800 }, (_, index) => index + 1),
    );
    assert.deepEqual(told, [["played", "answer", 12_800, 0]]);
  });

  test("what does not fit is dropped and told", () => {
    buffer.begin("answer");
    write(4000);
    write(200);
    assert.deepEqual(told, [["overflow", "answer"]]);
    assert.equal(read(40).filter(Boolean).length, 4096);
    assert.deepEqual(told.at(-1), ["played", "answer", 4096, 0]);
  });
});

describe("on an uneven line, a pre-roll of 100 to 300 ms", () => {
  /** @type {Preroll} */
  let preroll;
  /** @type {PlaybackBuffer} */
  let buffer;
  let gaps = 0;
  let random = randomNumbers(7);

  beforeEach(() => {
    gaps = 0;
    random = randomNumbers(7);
    preroll = new Preroll(2400, 7200);
    buffer = new PlaybackBuffer(480_000, preroll, { played() {}, overflow() {}, gap: () => gaps++ });
  });

  /**
   * Five seconds that are sent at the pace at which they are spoken, in pieces of 40 ms.
   *
   * @param {string} name
   * @param {number} jitterSamples
   * @returns the gaps that were heard in it
   */
  function answer(name, jitterSamples) {
    let due = 0;
    const arrivals = Array.from({ length: 125 }, (_, piece) => {
      due = Math.max(due, piece * 960 + random() * jitterSamples);
      return due;
    });
    const before = gaps;
    buffer.begin(name);
    const output = new Float32Array(QUANTUM);
    for (let now = 0, next = 0; now < 150_000; now += QUANTUM) {
      for (; arrivals[next] <= now; next++) buffer.write(new Int16Array(960).fill(1));
      buffer.read(output);
    }
    return gaps - before;
  }

  /** @param {number} jitterSamples */
  function twentyAnswers(jitterSamples) {
    return Array.from({ length: 20 }, (_, number) => answer(`${number}`, jitterSamples));
  }

  /** @param {number[]} numbers */
  function sum(numbers) {
    return numbers.reduce((one, other) => one + other, 0);
  }

  test("forty milliseconds of jitter are not heard, and nobody waits longer than needed", () => {
    assert.equal(sum(twentyAnswers(960)), 0);
    assert.ok(preroll.samples < 3600);
  });

  test("a piece that comes late by the pre-roll is not heard", () => {
    buffer.begin("answer");
    for (let now = 0, piece = 0; now < 48_000; now += QUANTUM) {
      const late = piece === 5 ? 2200 : 0;
      for (; piece < 50 && piece * 960 + late <= now; piece++) buffer.write(new Int16Array(960));
      buffer.read(new Float32Array(QUANTUM));
    }
    assert.equal(gaps, 0);
  });

  test("a jitter that round trips have shown is not heard", () => {
    preroll.expect(3600);
    assert.equal(sum(twentyAnswers(3600)), 0);
  });

  test("a jitter that nothing has shown is learned from one answer", () => {
    const [first, ...others] = twentyAnswers(3600);
    assert.ok(first > 0);
    assert.equal(sum(others), 0);
  });

  test("the pre-roll never exceeds its limit", () => {
    preroll.expect(100_000);
    assert.equal(preroll.samples, 7200);
    preroll.expect(0);
    for (let number = 0; number < 10; number++) answer(`${number}`, 20_000);
    assert.equal(preroll.samples, 7200);
  });

  test("on a line that has become even the pre-roll is given back", () => {
    answer("uneven", 3600);
    assert.ok(preroll.samples > 4000);
    for (let number = 0; number < 40; number++) answer(`${number}`, 0);
    assert.ok(preroll.samples < 3000);
  });

  test("an answer that pauses does not make the next ones late", () => {
    buffer.begin("answer");
    for (const quanta of [300, 100]) {
      buffer.write(new Int16Array(9600));
      for (let quantum = 0; quantum < quanta; quantum++) buffer.read(new Float32Array(QUANTUM));
    }
    assert.equal(preroll.samples, 2400);
  });
});
