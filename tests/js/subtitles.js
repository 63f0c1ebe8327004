/** Strict readers of caption files: whatever they do not know, they refuse. */

import assert from "node:assert/strict";

/** @typedef {{ startMs: number, endMs: number, words: string }} Cue */

const TIME = /^(\d\d):(\d\d):(\d\d)[.,](\d{3})$/;

/**
 * SubRip: every block is its number, its times and one line.
 *
 * @param {string} file
 * @returns {Cue[]}
 */
export function readSrt(file) {
  const cues = blocks(file).map((block, index) => {
    const [counter, times, words, ...more] = block.split("\n");
    assert.equal(counter, String(index + 1));
    assert.deepEqual(more, []);
    const between = times.match(/^(\d\d:\d\d:\d\d,\d{3}) --> (\d\d:\d\d:\d\d,\d{3})$/);
    assert.ok(between, times);
    return { startMs: inMs(between[1]), endMs: inMs(between[2]), words };
  });
  return checked(cues);
}

/**
 * WebVTT: the signature, then cues, each a voice span; escapes are undone.
 *
 * @param {string} file
 * @returns {Cue[]}
 */
export function readVtt(file) {
  const [signature, ...rest] = blocks(file);
  assert.equal(signature, "WEBVTT");
  const cues = rest.map((block) => {
    const [times, line, ...more] = block.split("\n");
    assert.deepEqual(more, []);
    const between = times.match(/^(\d\d:\d\d:\d\d\.\d{3}) --> (\d\d:\d\d:\d\d\.\d{3})$/);
    assert.ok(between, times);
    const voice = line.match(/^<v ([^<>&]+)>((?:[^<>&]|&(?:amp|lt|gt);)*)$/);
    assert.ok(voice, line);
    const words = voice[2].replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
    return { startMs: inMs(between[1]), endMs: inMs(between[2]), words: `${voice[1]}: ${words}` };
  });
  return checked(cues);
}

/** @param {string} file */
function blocks(file) {
  return file.replace(/\n$/, "").split("\n\n");
}

/** @param {string} timestamp */
function inMs(timestamp) {
  const found = timestamp.match(TIME);
  assert.ok(found, timestamp);
  const [hours, minutes, seconds, ms] = found.slice(1).map(Number);
  assert.ok(minutes < 60 && seconds < 60, timestamp);
  return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
}

/** @param {Cue[]} cues */
function checked(cues) {
  for (const [index, cue] of cues.entries()) {
    assert.ok(cue.startMs < cue.endMs);
    assert.ok(index === 0 || cues[index - 1].startMs <= cue.startMs);
    assert.notEqual(cue.words.trim(), "");
  }
  return cues;
}
