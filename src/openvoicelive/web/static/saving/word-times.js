/** When each word of an utterance was said; pure. */

/** @typedef {{ text: string, startMs: number, endMs: number }} TimedWord in ms since the session began */

/** A word that is told farther ahead than this is another one of the same spelling. */
const MAX_SKIPPED_CHARACTERS = 40;

/** How fast people and voices speak, for words whose sound never came: about 15 characters a second. */
const CHARACTER_MS = 65;

/**
 * The words of the text with their times: as the service told them, and in proportion to their letters between
 * those, or where it told none.
 *
 * @param {import("./conversation-record.js").Utterance} utterance
 * @returns {TimedWord[]}
 */
export function timedWords(utterance) {
  const { text, startMs, pauses } = utterance;
  const marks = toldMarks(utterance);
  marks.push({ at: text.length, ms: lengthMs(utterance, marks[marks.length - 1]) });
  const clock = (/** @type {number} */ at) => {
    const soundMs = timeAt(marks, at);
    const passed = pauses.filter(({ atMs }) => atMs <= soundMs);
    return passed.reduce((ms, { lengthMs }) => ms + lengthMs, startMs + soundMs);
  };
  return [...text.matchAll(/\S+/g)].map(({ 0: word, index }) => ({
    text: word,
    startMs: clock(index),
    endMs: clock(index + word.length),
  }));
}

/**
 * How long the whole text takes to say.
 *
 * @param {import("./conversation-record.js").Utterance} utterance
 * @param {{ at: number, ms: number }} last what is known of its last words
 */
function lengthMs({ role, text, startMs, endMs, heardMs, cutOff }, last) {
  const knownMs = role === "user" ? endMs - startMs : heardMs;
  const guessedMs = last.ms + (text.length - last.at) * CHARACTER_MS;
  return cutOff || knownMs <= last.ms ? Math.max(knownMs, guessedMs) : knownMs;
}

/**
 * The words of the text that were heard, and those that an interruption cut off. A word that had begun counts
 * as heard.
 *
 * @param {import("./conversation-record.js").Utterance} utterance
 */
export function heardWords(utterance) {
  const words = timedWords(utterance);
  const untilMs = utterance.cutOff ? utterance.endMs : Infinity;
  return {
    heard: words.filter(({ startMs }) => startMs < untilMs),
    unheard: words.filter(({ startMs }) => startMs >= untilMs),
  };
}

/**
 * Where in the text which time was told, in order.
 *
 * @param {import("./conversation-record.js").Utterance} utterance
 */
function toldMarks({ text, words }) {
  const marks = [{ at: 0, ms: 0 }];
  const letters = text.toLowerCase();
  let from = 0;
  for (const { text: word, start_ms, end_ms } of words) {
    const wanted = word.trim().toLowerCase();
    const at = letters.indexOf(wanted, from);
    if (!wanted || at < 0 || at - from > MAX_SKIPPED_CHARACTERS) continue;
    from = at + wanted.length;
    marks.push({ at, ms: start_ms }, { at: from, ms: end_ms });
  }
  return marks;
}

/**
 * @param {{ at: number, ms: number }[]} marks
 * @param {number} at
 */
function timeAt(marks, at) {
  const next = marks.findIndex((mark) => mark.at > at);
  if (next < 0) return marks[marks.length - 1].ms;
  const [before, after] = [marks[next - 1], marks[next]];
  return before.ms + ((after.ms - before.ms) * (at - before.at)) / (after.at - before.at);
}
