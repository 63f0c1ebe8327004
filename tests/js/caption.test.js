/** How much of an answer's words may be seen: what was heard of them. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Caption } from "../../src/openvoicelive/web/static/talk/caption.js";

/** @type {Caption} */
let caption;

beforeEach(() => {
  caption = new Caption();
});

/** @param {[text: string, startMs: number][]} words which end where they begin */
function time(...words) {
  caption.time(words.map(([text, start_ms]) => ({ text, start_ms, end_ms: start_ms })));
}

/** @param {number} ms */
function heardAt(ms) {
  caption.played(ms);
  return caption.heard;
}

test("what is written otherwise than spoken comes with the next word", () => {
  caption.add("It costs $5 today.");
  caption.arrived(3000);
  time(["it", 0], ["costs", 300], ["five", 600], ["dollars", 900], ["today", 1200]);
  assert.equal(heardAt(650), "It costs");
  assert.equal(heardAt(1300), "It costs $5 today.");
});

test("words may be told before their text", () => {
  caption.add("the cat and");
  caption.arrived(3000);
  time(["the", 0], ["cat", 300], ["and", 600], ["the", 900], ["dog", 1200]);
  assert.equal(heardAt(1000), "the cat and");
  caption.add(" the dog");
  assert.equal(heardAt(1000), "the cat and the");
  assert.equal(heardAt(1300), "the cat and the dog");
});

test("a short word is not found within a longer one", () => {
  caption.add("Look at that hat at once");
  caption.arrived(3000);
  time(["look", 0], ["at", 300], ["at", 900], ["once", 1200]);
  assert.deepEqual([50, 350, 950, 1250].map(heardAt), ["Look", "Look at", "Look at that hat at", "Look at that hat at once"]);
});

test("a word that is told far ahead is another one of the same spelling", () => {
  caption.add(`One ${"and so on ".repeat(5)}two`);
  caption.arrived(3000);
  time(["One", 0], ["two", 300]);
  assert.equal(heardAt(400), "One");
});

test("an answer is complete when its text is final and all of it was heard", () => {
  caption.add("Yes, sure");
  caption.arrived(1000);
  caption.played(1000);
  assert.equal(caption.isComplete, false);
  caption.finish("Yes, sure.");
  assert.equal(caption.isComplete, true);
  caption.add(" More");
  caption.arrived(1000);
  assert.equal(caption.isComplete, false);
});

test("nothing is heard before any sound has come", () => {
  caption.add("Yes, sure");
  time(["Yes", 0]);
  assert.equal(heardAt(100), "");
});

test("words need no spaces between them", () => {
  caption.add("你好,世界。");
  caption.arrived(3000);
  time(["你好", 0], ["世界", 500]);
  assert.deepEqual([50, 550].map(heardAt), ["你好,", "你好,世界。"]);
});

test("what was shown is not taken back", () => {
  caption.add("Yes, sure");
  caption.arrived(1000);
  time(["Yes", 100], ["sure", 700]);
  assert.deepEqual([50, 150, 120].map(heardAt), ["", "Yes,", "Yes,"]);
});

test("without word times, the words follow the sound's share of the text", () => {
  caption.add("One two three four");
  caption.arrived(2000);
  caption.finish("One two three four");
  assert.deepEqual([1, 500, 1000, 1960].map(heardAt), ["", "One two", "One two three", "One two three four"]);
});

test("nothing is heard after the cut", () => {
  caption.add("One two three");
  caption.arrived(1000);
  time(["One", 0], ["two", 300], ["three", 600]);
  caption.cutOff(400);
  caption.finish("One two three four");
  caption.played(1000);
  assert.deepEqual([caption.heard, caption.unheard, caption.isComplete], ["One two", " three four", true]);
});

test("a text that changes when it is final is matched with its words again", () => {
  caption.add("One too three");
  caption.arrived(1000);
  time(["One", 0], ["two", 300], ["three", 600]);
  caption.finish("One two three");
  assert.equal(heardAt(400), "One two");
});

/** @param {number} ms */
function isHeardWholeIfStoppedAt(ms) {
  const one = new Caption();
  one.arrived(2000);
  one.time([{ text: "Yes", start_ms: 0, end_ms: 500 }]);
  one.finish("Yes.");
  one.cutOff(ms);
  return one.isHeardWhole;
}

test("an answer is heard whole with the end of its last word", () => {
  assert.equal(isHeardWholeIfStoppedAt(400), false);
  assert.equal(isHeardWholeIfStoppedAt(600), true);
});

test("an answer whose text may go on is not heard whole", () => {
  caption.add("Yes.");
  caption.arrived(2000);
  time(["Yes", 0]);
  caption.cutOff(900);
  assert.equal(caption.isHeardWhole, false);
});
