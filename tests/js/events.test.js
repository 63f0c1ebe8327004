/** How the protocol's events are kept for their panel. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { EventStore, MAX_ENTRIES, asJson, matches } from "../../src/openvoicelive/web/static/insight/events.js";

/** @type {EventStore} */
let store;

beforeEach(() => {
  store = new EventStore();
});

/**
 * @param {"sent" | "received"} direction
 * @param {number} at_ms
 * @param {{ type: string, [field: string]: unknown }} event
 */
function add(direction, at_ms, event) {
  store.add({ direction, at_ms, event });
}

/**
 * @param {number} atMs
 * @param {string} item_id
 */
function receiveSound(atMs, item_id) {
  add("received", atMs, { type: "response.audio.delta", item_id, delta: { audio_bytes: 4800 } });
}

/** @param {number} atMs */
function sendSound(atMs) {
  add("sent", atMs, { type: "input_audio_buffer.append", audio: { audio_bytes: 960 } });
}

function summary() {
  return store.entries.map(({ type, atMs, count, audioBytes }) => [type, atMs, count, audioBytes]);
}

test("a second of sound is one entry for each direction and answer", () => {
  for (let number = 0; number < 40; number++) {
    receiveSound(number * 50, "a");
    sendSound(number * 50 + 20);
  }
  receiveSound(1990, "b");
  const [delta, append] = ["response.audio.delta", "input_audio_buffer.append"];
  assert.deepEqual(summary(), [
    [delta, 0, 20, 96_000],
    [append, 20, 20, 19_200],
    [delta, 1000, 20, 96_000],
    [append, 1020, 20, 19_200],
    [delta, 1990, 1, 4800],
  ]);
});

test("events without sound are never merged", () => {
  for (let number = 0; number < 3; number++) add("received", number, { type: "response.text.delta", item_id: "a" });
  assert.equal(store.entries.length, 3);
});

test("only the newest events are kept", () => {
  for (let number = 0; number < 700; number++) add("sent", number, { type: "session.update" });
  assert.equal(store.entries.length, MAX_ENTRIES);
  assert.deepEqual([store.entries[0].atMs, MAX_ENTRIES], [200, 500]);
});

test("an entry keeps its id when older ones are forgotten or all are cleared", () => {
  for (let number = 0; number < 600; number++) add("sent", number, { type: "session.update" });
  store.clear();
  assert.equal(store.entries.length, 0);
  add("sent", 600, { type: "session.update" });
  assert.equal(store.entries[0].id, 600);
});

test("a filter wants all words and the direction", () => {
  add("sent", 0, { type: "session.update", session: { voice: "Ava" } });
  add("received", 1, { type: "session.updated", session: { voice: "Ava" } });
  const found = (/** @type {"sent" | "received" | ""} */ direction, /** @type {string} */ words) =>
    store.entries.filter((entry) => matches(entry, { direction, words })).map(({ type }) => type);
  const both = ["session.update", "session.updated"];
  assert.deepEqual(found("", "AVA session"), both);
  assert.deepEqual(found("sent", "ava"), ["session.update"]);
  assert.deepEqual(found("received", "update nothing"), []);
  assert.deepEqual(found("", ""), both);
});

test("an entry's JSON has the first event, and for sound how much of it there was", () => {
  add("sent", 5, { type: "session.update" });
  sendSound(10);
  sendSound(30);
  const [update, sound] = store.entries.map((entry) => JSON.parse(asJson(entry)));
  assert.deepEqual(update, { direction: "sent", at_ms: 5, event: { type: "session.update" } });
  assert.deepEqual(sound, {
    direction: "sent",
    at_ms: 10,
    events: 2,
    audio_bytes: 1920,
    event: { type: "input_audio_buffer.append", audio: { audio_bytes: 960 } },
  });
});
