/** What an agent is told that goes on with a conversation; pure. */

import { heardWords } from "./word-times.js";

/** As many and as long as the app takes (web/messages.py); all of them fit into one message. */
const MAX_SAID = 50;
const MAX_CHARACTERS = 4000;
const MAX_CHARACTERS_IN_ALL = 12_000;

/**
 * The newest of what was said, in order; of the agent's words those that were heard.
 *
 * @param {import("./conversation-record.js").Utterance[]} utterances
 * @returns {import("../talk/connection.js").Said[]}
 */
export function newest(utterances) {
  const said = utterances
    .map((utterance) => ({ role: utterance.role, text: end(heardWords(utterance).heard) }))
    .filter(({ text }) => text !== "")
    .slice(-MAX_SAID);
  let characters = said.reduce((sum, { text }) => sum + text.length, 0);
  while (characters > MAX_CHARACTERS_IN_ALL) characters -= said.shift()?.text.length ?? characters;
  return said;
}

/** @param {import("./word-times.js").TimedWord[]} words */
function end(words) {
  const text = words.map((word) => word.text).join(" ");
  return text.length <= MAX_CHARACTERS ? text : Array.from(text).slice(-MAX_CHARACTERS).join("");
}
