/** A conversation as plain text and as captions; pure. */

import { heardWords } from "./word-times.js";

/** @typedef {import("./conversation-record.js").Utterance} Utterance */
/** @typedef {{ startMs: number, endMs: number, speaker: string, words: string }} Cue */
/**
 * @typedef {object} Names in the reader's language
 * @property {string} user
 * @property {string} assistant
 * @property {(words: string) => string} unheard says that these words were not heard
 */

/** Two lines of 42 characters, as subtitlers use to allow. */
const MAX_CUE_CHARACTERS = 84;

/** What was typed has no sound; so long is it to be read. */
const TYPED_MS = 2000;

/**
 * @param {Utterance[]} utterances
 * @param {Names} names
 */
export function asText(utterances, names) {
  const lines = utterances.map((utterance) => {
    const { heard, unheard } = heardWords(utterance);
    const words = unheard.length ? [...heard.map(textOf), names.unheard(joined(unheard))] : heard.map(textOf);
    return `[${timestamp(utterance.startMs, ".").slice(0, 8)}] ${names[utterance.role]}: ${words.join(" ")}\n`;
  });
  return lines.join("");
}

/**
 * SubRip, as its program writes it: numbered, a comma before the milliseconds.
 *
 * @param {Utterance[]} utterances
 * @param {Names} names
 */
export function asSrt(utterances, names) {
  const cues = cuesOf(utterances, names).map(
    ({ startMs, endMs, speaker, words }, index) =>
      `${index + 1}\n${timestamp(startMs, ",")} --> ${timestamp(endMs, ",")}\n${speaker}: ${words}\n`,
  );
  return cues.join("\n");
}

/**
 * WebVTT with the speaker as voice: https://www.w3.org/TR/webvtt1/
 *
 * @param {Utterance[]} utterances
 * @param {Names} names
 */
export function asVtt(utterances, names) {
  const cues = cuesOf(utterances, names).map(
    ({ startMs, endMs, speaker, words }) =>
      `${timestamp(startMs, ".")} --> ${timestamp(endMs, ".")}\n<v ${escaped(speaker)}>${escaped(words)}\n`,
  );
  return ["WEBVTT\n", ...cues].join("\n");
}

/**
 * What was heard, in pieces that fit on a screen; in the order of their beginnings.
 *
 * @param {Utterance[]} utterances
 * @param {Names} names
 * @returns {Cue[]}
 */
function cuesOf(utterances, names) {
  const cues = utterances.flatMap((utterance) => {
    const { startMs, role, spoken } = utterance;
    const speaker = names[role];
    const { heard } = heardWords(utterance);
    if (!spoken) return [{ startMs, endMs: startMs + TYPED_MS, speaker, words: joined(heard) }];
    const untilMs = utterance.cutOff ? utterance.endMs : Infinity;
    return pieces(heard).map((words) => {
      const beganMs = words[0].startMs;
      const endMs = Math.min(words[words.length - 1].endMs, untilMs);
      return { startMs: beganMs, endMs: Math.max(endMs, beganMs + 1), speaker, words: joined(words) };
    });
  });
  return cues.sort((one, other) => one.startMs - other.startMs);
}

/** @param {import("./word-times.js").TimedWord[]} words */
function pieces(words) {
  /** @type {import("./word-times.js").TimedWord[][]} */
  const found = [];
  for (const word of words) {
    const piece = found[found.length - 1];
    const isFull = piece && joined([...piece, word]).length > MAX_CUE_CHARACTERS;
    const isSentence = piece && /[.!?…]["”’)]*$/.test(piece[piece.length - 1].text);
    if (!piece || isFull || isSentence) found.push([word]);
    else piece.push(word);
  }
  return found;
}

/** @param {import("./word-times.js").TimedWord} word */
function textOf({ text }) {
  return text;
}

/** @param {import("./word-times.js").TimedWord[]} words */
function joined(words) {
  return words.map(textOf).join(" ");
}

/** @param {string} words */
function escaped(words) {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * @param {number} ms
 * @param {"," | "."} mark before the milliseconds
 */
function timestamp(ms, mark) {
  const whole = Math.max(0, Math.round(ms));
  const pad = (/** @type {number} */ number, digits = 2) => String(number).padStart(digits, "0");
  const seconds = Math.floor(whole / 1000);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => pad(part));
  return `${clock.join(":")}${mark}${pad(whole % 1000, 3)}`;
}
