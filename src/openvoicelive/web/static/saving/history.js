/** What an agent is told that goes on with a conversation; pure. */

import { heardWords } from "./word-times.js";

/** As many and as long as the app takes (web/page/messages.py); all of them fit into one message. */
const MAX_SAID = 50;
const MAX_CHARACTERS = 4000;
const MAX_CHARACTERS_IN_ALL = 12_000;

/** @typedef {import("./conversation-record.js").Utterance} Utterance */

/**
 * The newest of what was said, in order; of the agent's words those that were heard, or will be: what has come of
 * an answer is played to its end.
 *
 * @param {Utterance[]} utterances
 * @returns {import("../talk/connection.js").Said[]}
 */
export function newest(utterances) {
  const said = utterances
    .map((utterance) => ({ role: utterance.role, text: end(saidWords(utterance)) }))
    .filter(({ text }) => text !== "")
    .slice(-MAX_SAID);
  let characters = said.reduce((sum, { text }) => sum + text.length, 0);
  while (characters > MAX_CHARACTERS_IN_ALL) characters -= said.shift()?.text.length ?? characters;
  return said;
}

/** @param {Utterance} utterance */
function saidWords(utterance) {
  const { role, final, cutOff, startMs, soundMs } = utterance;
  if (role === "user") return final ? heardWords(utterance).heard : []; // an unfinished sentence is said again
  if (soundMs === 0) return [];
  if (final || cutOff) return heardWords(utterance).heard;
  return heardWords({ ...utterance, cutOff: true, endMs: startMs + soundMs }).heard;
}

/** @param {import("./word-times.js").TimedWord[]} words */
function end(words) {
  const text = words.map((word) => word.text).join(" ");
  return text.length <= MAX_CHARACTERS ? text : Array.from(text).slice(-MAX_CHARACTERS).join("");
}
