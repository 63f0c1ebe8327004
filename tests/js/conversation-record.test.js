/** Who said what and when, and what of it the next connection is told. */

import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";

import { ConversationRecord } from "../../src/openvoicelive/web/static/saving/conversation-record.js";
import { newest } from "../../src/openvoicelive/web/static/saving/history.js";

/** @type {ConversationRecord} */
let record;

beforeEach(() => {
  record = new ConversationRecord();
});

/**
 * @param {"user" | "assistant"} role
 * @param {string} item_id
 * @param {string} text
 * @param {number} ms
 */
function finalText(role, item_id, text, ms) {
  record.transcript({ role, item_id, text, final: true }, ms);
}

test("a conversation is kept in the order in which it was said", () => {
  record.speechBegan(100);
  record.speechEnded(900);
  record.transcript({ role: "assistant", item_id: "a1", text: "Hello", final: false }, 1000);
  finalText("user", "u1", "Good day.", 1100);
  record.played("a1", 20, 1220);
  record.played("a1", 500, 1700);
  finalText("assistant", "a1", "Hello you.", 1800);
  record.typed("And typed.", 2000);
  finalText("user", "u2", "And typed.", 2100);
  record.speechBegan(2500);
  record.speechEnded(2600);
  record.forgetSpeech();
  assert.deepEqual(
    record.utterances.map(({ role, text, startMs, endMs, spoken }) => [role, text, startMs, endMs, spoken]),
    [
      ["user", "Good day.", 100, 900, true],
      ["assistant", "Hello you.", 1200, 1700, true],
      ["user", "And typed.", 2000, 2000, false],
    ],
  );
});

test("pieces of a transcript are joined until the whole comes", () => {
  for (const text of ["Hel", "lo"]) record.transcript({ role: "assistant", item_id: "a", text, final: false }, 0);
  assert.equal(record.utterances[0].text, "Hello");
  finalText("assistant", "a", "Hello!", 0);
  assert.equal(record.utterances[0].text, "Hello!");
});

test("reports that come late do not move an answer, but pauses do", () => {
  finalText("assistant", "a", "Hello.", 0);
  record.played("a", 20, 1050); // 30 ms late
  record.played("a", 100, 1100);
  record.played("a", 400, 1900); // a pause of 500 ms, or this page was busy
  record.played("a", 500, 1900);
  const [answer] = record.utterances;
  assert.equal(answer.startMs, 1000);
  assert.deepEqual(answer.pauses, [{ atMs: 100, lengthMs: 400 }]);
});

test("a busy page makes no pauses", () => {
  finalText("assistant", "a", "Hello.", 0);
  for (const [ms, nowMs] of [
    [20, 1020],
    [40, 1300],
    [300, 1301],
    [320, 1600],
    [600, 1601],
    [620, 1620],
  ]) {
    record.played("a", ms, nowMs);
  }
  const [answer] = record.utterances;
  assert.deepEqual([answer.startMs, answer.pauses], [1000, []]);
});

test("what was still to be played when the session ended was not heard", () => {
  for (const [itemId, heardMs] of /** @type {[string, number][]} */ ([
    ["whole", 900],
    ["half", 500],
  ])) {
    finalText("assistant", itemId, "Hello.", 0);
    record.sound(itemId, 1000, 0);
    record.played(itemId, heardMs, 1000);
  }
  record.ended(1000);
  assert.deepEqual(
    record.utterances.map(({ itemId, cutOff }) => [itemId, cutOff]),
    [
      ["whole", false],
      ["half", true],
    ],
  );
});

test("a conversation without end is bounded", () => {
  for (let number = 0; number < 1000; number++) finalText("assistant", `a${number}`, `${number}`, number);
  assert.deepEqual(
    record.utterances.map(({ text }) => text),
    Array.from({ length: 500 }, (_, index) => `${index + 500}`),
  );
});

describe("the next connection is told", () => {
  test("the newest fifty of what was said, in order", () => {
    for (let number = 0; number < 60; number++) finalText("user", `u${number}`, `Sentence ${number}.`, number);
    assert.deepEqual(
      newest(record.utterances),
      Array.from({ length: 50 }, (_, index) => ({ role: "user", text: `Sentence ${index + 10}.` })),
    );
  });

  test("the end of what is very long, and only as much as fits a message", () => {
    const grin = "\u{1F600}";
    for (const [number, length] of [3000, 3000, 9000].entries()) {
      finalText("user", `u${number}`, `${number}${grin.repeat(length)}`, number);
    }
    assert.deepEqual(newest(record.utterances), [{ role: "user", text: grin.repeat(4000) }]);
  });

  test("of an answer the words whose sound has come, because they will be heard", () => {
    finalText("user", "u", "Count.", 0);
    record.transcript({ role: "assistant", item_id: "a", text: "1 2 3 4", final: false }, 100);
    const words = [0, 1, 2, 3].map((n) => ({ text: `${n + 1}`, start_ms: n * 1000, end_ms: (n + 1) * 1000 }));
    record.words("a", words, 100);
    record.sound("a", 2000, 100);
    record.played("a", 500, 600);
    assert.deepEqual(newest(record.utterances), [
      { role: "user", text: "Count." },
      { role: "assistant", text: "1 2" },
    ]);
  });

  test("of an answer that was interrupted the words that were heard", () => {
    finalText("assistant", "a", "One two three four.", 0);
    const words = ["One", "two", "three", "four"].map((text, n) => ({ text, start_ms: n * 300, end_ms: n * 300 + 300 }));
    record.words("a", words, 0);
    record.sound("a", 1200, 0);
    record.cutOff("a", 700, 700);
    assert.deepEqual(newest(record.utterances), [{ role: "assistant", text: "One two three" }]);
  });

  test("nothing of an answer without sound, nor of a sentence that the user has not finished", () => {
    finalText("assistant", "a", "Hello.", 0);
    record.speechBegan(100);
    record.transcript({ role: "user", item_id: "u", text: "Go", final: false }, 200);
    assert.deepEqual(newest(record.utterances), []);
  });
});
