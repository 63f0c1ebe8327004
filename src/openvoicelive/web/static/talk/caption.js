/** How much of an answer's text may be seen: what was heard of it until now. Pure. */

/** A word that is found farther ahead than this is another one of the same spelling. */
const MOST_SKIPPED_CHARACTERS = 40;

/** How fast voices speak, for a service that tells no times: about 150 words a minute. */
const CHARACTERS_PER_SECOND = 15;

/** Sound is counted in whole render quanta; less than this is not a missing word. */
const NEARLY_ALL_MS = 50;

/** @typedef {import("./connection.js").Word} Word */

export class Caption {
  #text = "";
  #final = false;
  /** @type {Word[]} */
  #words = [];
  /** Where in the text the told words end, and when they begin. @type {{ end: number, startMs: number }[]} */
  #marks = [];
  /** How many of the words have been looked for in the text. */
  #placed = 0;
  #arrivedMs = 0;
  #playedMs = 0;
  #heard = 0;
  #isCutOff = false;

  /** @param {string} text is added */
  add(text) {
    this.#text += text;
    this.#place();
  }

  /** @param {string} text the whole */
  finish(text) {
    if (!text.startsWith(this.#text)) [this.#marks, this.#placed] = [[], 0];
    this.#text = text;
    this.#final = true;
    this.#place();
  }

  /** @param {Word[]} words with their times in this answer's sound */
  time(words) {
    this.#words.push(...words);
    this.#place();
  }

  /** @param {number} soundMs of sound more */
  arrived(soundMs) {
    this.#arrivedMs += soundMs;
  }

  /** @param {number} playedMs of the answer's sound, from its beginning */
  played(playedMs) {
    if (!this.#isCutOff) this.#playedMs = Math.max(this.#playedMs, playedMs);
  }

  /**
   * The rest will not be heard.
   *
   * @param {number} audioEndMs where the sound ended
   */
  cutOff(audioEndMs) {
    this.#playedMs = audioEndMs;
    this.#isCutOff = true;
  }

  get isCutOff() {
    return this.#isCutOff;
  }

  /** Whether all of it is to be seen, and no more will come. */
  get isComplete() {
    return this.#final && (this.#isCutOff || this.heard === this.#text);
  }

  /** Whether every word was heard, to its end, and no more will come. */
  get isHeardWhole() {
    return this.#final && this.unheard.trim() === "" && this.#playedMs >= (this.#words.at(-1)?.end_ms ?? 0);
  }

  /** What was heard; it never becomes less. */
  get heard() {
    this.#heard = Math.max(this.#heard, this.#heardCharacters());
    return this.#text.slice(0, this.#heard);
  }

  /** What comes, or what an interruption has cut off. */
  get unheard() {
    return this.#text.slice(this.heard.length);
  }

  #heardCharacters() {
    const allPlayed = !this.#isCutOff && this.#playedMs >= this.#arrivedMs - NEARLY_ALL_MS;
    if (this.#final && allPlayed) return this.#text.length;
    if (this.#arrivedMs === 0 || this.#playedMs <= 0) return 0;
    if (this.#words.length === 0) return wordEnd(this.#text, this.#estimate());
    const begun = this.#marks.filter(({ startMs }) => startMs <= this.#playedMs).length;
    return begun > 0 ? wordEnd(this.#text, this.#marks[begun - 1].end) : 0;
  }

  /** Where the voice is in the text, as far as that can be guessed. */
  #estimate() {
    const perMs = this.#final ? this.#text.length / this.#arrivedMs : CHARACTERS_PER_SECOND / 1000;
    return Math.min(this.#text.length, Math.round(this.#playedMs * perMs));
  }

  /** Looks for the told words in the text; what comes between two of them belongs to the latter. */
  #place() {
    const letters = this.#text.toLowerCase();
    for (let index = this.#placed; index < this.#words.length; index++) {
      const { text, start_ms } = this.#words[index];
      const from = this.#marks.at(-1)?.end ?? 0;
      const wanted = text.trim().toLowerCase();
      const at = wordAt(letters, wanted, from);
      // Not there, or not yet: numbers and signs are spoken otherwise than written.
      if (at < 0 || at - from > MOST_SKIPPED_CHARACTERS) continue;
      this.#marks.push({ end: at + wanted.length, startMs: start_ms });
      this.#placed = index + 1;
    }
  }
}

/** A letter beside which no other word begins; Chinese and its like are written without spaces. */
const PART_OF_WORD = /[\p{Lu}\p{Ll}\p{M}\p{N}]/u;

/**
 * @param {string} text
 * @param {string} word
 * @param {number} from
 */
function wordAt(text, word, from) {
  let at = text.indexOf(word, from);
  while (at >= 0 && PART_OF_WORD.test(word[0] ?? "") && PART_OF_WORD.test(text[at - 1] ?? "")) {
    at = text.indexOf(word, at + 1);
  }
  return word === "" ? -1 : at;
}

/**
 * Where the word at a place ends, with the marks that belong to it.
 *
 * @param {string} text
 * @param {number} at
 */
function wordEnd(text, at) {
  const rest = /[\p{Lu}\p{Ll}\p{M}\p{N}]*[^\s\p{L}\p{N}]*/uy;
  rest.lastIndex = at;
  return at === 0 ? 0 : at + (rest.exec(text)?.[0].length ?? 0);
}
