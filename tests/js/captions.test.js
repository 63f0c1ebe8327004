/** A conversation as text and as captions, read again by strict readers. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { asSrt, asText, asVtt } from "../../src/openvoicelive/web/static/saving/captions.js";
import { readSrt, readVtt } from "./subtitles.js";

/** @typedef {import("../../src/openvoicelive/web/static/saving/conversation-record.js").Utterance} Utterance */

const NAMES = {
  user: "You",
  assistant: "Agent",
  unheard: (/** @type {string} */ words) => `[not heard: ${words}]`,
};

/**
 * @param {"user" | "assistant"} role
 * @param {string} text
 * @param {number} startMs
 * @param {number} endMs
 * @param {Partial<Utterance>} [more]
 * @returns {Utterance}
 */
function said(role, text, startMs, endMs, more) {
  const sound = { words: [], pauses: [], soundMs: 0, heardMs: 0, cutOff: false };
  return { role, text, startMs, endMs, final: true, spoken: true, itemId: "", ...sound, ...more };
}

/** @param {[text: string, start_ms: number, end_ms: number][]} words */
function timed(...words) {
  return words.map(([text, start_ms, end_ms]) => ({ text, start_ms, end_ms }));
}

/**
 * Writes utterances in both formats of captions.
 *
 * @param {Utterance[]} utterances
 * @returns the cues, which are the same in both
 */
function cuesOf(...utterances) {
  const cues = readSrt(asSrt(utterances, NAMES));
  assert.deepEqual(readVtt(asVtt(utterances, NAMES)), cues);
  return cues;
}

test("captions say who said what when", () => {
  const utterances = [
    said("user", "Is 2 < 3 & 4 > 3?", 1200, 2700),
    said("assistant", "Yes.", 3_723_004, 3_723_504, { heardMs: 500 }),
  ];
  assert.deepEqual(cuesOf(...utterances), [
    { startMs: 1200, endMs: 2700, words: "You: Is 2 < 3 & 4 > 3?" },
    { startMs: 3_723_004, endMs: 3_723_504, words: "Agent: Yes." },
  ]);
  assert.equal(asText(utterances, NAMES), "[00:00:01] You: Is 2 < 3 & 4 > 3?\n[01:02:03] Agent: Yes.\n");
});

test("what was typed has a caption for two seconds", () => {
  assert.deepEqual(cuesOf(said("user", "And typed.", 500, 500, { spoken: false })), [
    { startMs: 500, endMs: 2500, words: "You: And typed." },
  ]);
});

test("captions are in the order in which they begin", () => {
  const cues = cuesOf(said("assistant", "Late.", 5000, 6000, { heardMs: 1000 }), said("user", "Early.", 1000, 2000));
  assert.deepEqual(
    cues.map(({ words }) => words),
    ["You: Early.", "Agent: Late."],
  );
});

test("words with times make cues at those times", () => {
  const words = timed(["Hello", 100, 400], ["Ada", 450, 800], ["How", 1500, 1700], ["are", 1700, 1900], ["you", 1900, 2300]);
  const [first, second, ...more] = cuesOf(
    said("assistant", "Hello, Ada. How are you?", 10_000, 12_500, { heardMs: 2500, words }),
  );
  assert.deepEqual([first.words, second.words, more], ["Agent: Hello, Ada.", "Agent: How are you?", []]);
  assert.equal(first.startMs, 10_100);
  assert.ok(10_800 <= first.endMs && first.endMs <= 11_500);
  assert.equal(second.startMs, 11_500);
});

test("a pause in the sound moves the words after it", () => {
  const words = timed(["One", 0, 500], ["Two", 1000, 1800]);
  const pauses = [{ atMs: 800, lengthMs: 1000 }];
  const cues = cuesOf(said("assistant", "One. Two.", 1000, 4000, { heardMs: 2000, pauses, words }));
  assert.deepEqual(
    cues.map(({ startMs }) => startMs),
    [1000, 3000],
  );
});

test("what was cut off is in no caption and marked in the text", () => {
  const words = timed(["One", 0, 300], ["two", 300, 600], ["three", 600, 1000], ["four", 1000, 1400]);
  const answer = said("assistant", "One two three four.", 0, 700, { heardMs: 700, cutOff: true, words });
  assert.deepEqual(cuesOf(answer), [{ startMs: 0, endMs: 700, words: "Agent: One two three" }]);
  assert.equal(asText([answer], NAMES), "[00:00:00] Agent: One two three [not heard: four.]\n");
});

test("an answer of which nothing was heard has no caption", () => {
  const utterances = [
    said("user", "Never mind.", 0, 900),
    said("assistant", "All of this is lost.", 1000, 1000, { cutOff: true }),
  ];
  assert.deepEqual(
    cuesOf(...utterances).map(({ words }) => words),
    ["You: Never mind."],
  );
  assert.match(asText(utterances, NAMES), /Agent: \[not heard: All of this is lost\.\]/);
});

test("a long answer becomes cues that can be read", () => {
  const cues = cuesOf(said("assistant", "word ".repeat(200).trim(), 0, 60_000, { heardMs: 60_000 }));
  const lines = cues.map(({ words }) => words.replace("Agent: ", ""));
  assert.ok(Math.max(...lines.map((line) => line.length)) <= 84);
  assert.deepEqual(lines.join(" ").split(" "), Array(200).fill("word"));
  for (const [index, cue] of cues.entries()) assert.ok(index === 0 || cues[index - 1].endMs <= cue.startMs);
});
