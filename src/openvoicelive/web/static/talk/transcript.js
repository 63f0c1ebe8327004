/** What both sides said, as a list. */

import { sentence, write } from "../texts.js";

/** @typedef {"user" | "assistant"} Role */

/** Older entries leave the page, so that a long conversation does not slow it down. */
const MAX_ENTRIES = 500;

export class TranscriptView {
  #list;
  #empty;
  /** @type {Map<string, HTMLElement>} */
  #entries = new Map();
  /** Places of what the user is saying or has typed, until the server names it. @type {HTMLElement[]} */
  #unnamed = [];

  /**
   * @param {HTMLElement} list
   * @param {HTMLElement} empty shown while the list is empty
   */
  constructor(list, empty) {
    this.#list = list;
    this.#empty = empty;
  }

  clear() {
    this.#entries.clear();
    this.#unnamed = [];
    this.#list.replaceChildren();
    this.#empty.hidden = false;
  }

  /** Keeps a place for what the user says: its words come after the answer to them has begun. */
  expectSpeech() {
    if (!this.#unnamed.some(isSpeechPlace)) this.#unnamed.push(this.#append("user"));
  }

  /** Nothing more is expected: what sounded like speech was none. */
  forgetSpeech() {
    for (const entry of this.#unnamed.filter(isSpeechPlace)) this.#remove(entry);
  }

  /** @param {string} typed */
  addTyped(typed) {
    const entry = this.#append("user");
    finish(entry, typed);
    this.#unnamed.push(entry);
  }

  /** @param {import("./connection.js").Transcript} transcript */
  show({ role, item_id, text: words, final }) {
    const entry = this.#entry(role, item_id, words);
    if (final && words === "") return this.#remove(entry);
    const scroll = this.#isAtEnd();
    if (final) finish(entry, words);
    else wordsOf(entry).append(words);
    if (scroll) this.#scrollToEnd();
  }

  /**
   * @param {string} itemId
   * @param {number} audioEndMs
   */
  markCutOff(itemId, audioEndMs) {
    const entry = this.#entries.get(itemId);
    if (!entry || entry.querySelector(".cut-off")) return;
    entry.classList.add("is-cut-off");
    const note = document.createElement("p");
    note.className = "cut-off";
    write(note, sentence("cut_off", { seconds: audioEndMs / 1000 }));
    entry.append(note);
    this.#scrollToEnd();
  }

  /**
   * @param {Role} role
   * @param {string} itemId
   * @param {string} words
   */
  #entry(role, itemId, words) {
    const known = this.#entries.get(itemId);
    if (known) return known;
    const entry = (role === "user" && this.#takeUnnamed(words)) || this.#append(role);
    this.#entries.set(itemId, entry);
    entry.dataset.itemId = itemId;
    return entry;
  }

  /** @param {string} words */
  #takeUnnamed(words) {
    const entry =
      this.#unnamed.find((place) => wordsOf(place).textContent === words) ?? this.#unnamed.find(isSpeechPlace);
    this.#unnamed = this.#unnamed.filter((place) => place !== entry);
    return entry;
  }

  /** @param {Role} role */
  #append(role) {
    const entry = document.createElement("li");
    entry.className = "entry";
    entry.dataset.role = role;
    entry.setAttribute("aria-busy", "true"); // a screen reader waits for the whole sentence
    const speaker = document.createElement("span");
    speaker.className = "entry-speaker";
    write(speaker, sentence(role));
    const words = document.createElement("p");
    words.className = "entry-words";
    entry.append(speaker, words);
    this.#list.append(entry);
    this.#empty.hidden = true;
    this.#limit();
    this.#scrollToEnd();
    return entry;
  }

  #limit() {
    const oldest = this.#list.firstElementChild;
    if (this.#list.childElementCount > MAX_ENTRIES && oldest instanceof HTMLElement) this.#remove(oldest);
  }

  /** @param {HTMLElement} entry */
  #remove(entry) {
    this.#entries.delete(entry.dataset.itemId ?? "");
    this.#unnamed = this.#unnamed.filter((place) => place !== entry);
    entry.remove();
    this.#empty.hidden = this.#list.childElementCount > 0;
  }

  #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#list;
    return scrollHeight - scrollTop - clientHeight < 48;
  }

  #scrollToEnd() {
    this.#list.scrollTop = this.#list.scrollHeight;
  }
}

/** @param {HTMLElement} entry */
function wordsOf(entry) {
  return /** @type {HTMLElement} */ (entry.querySelector(".entry-words"));
}

/** @param {HTMLElement} entry */
function isSpeechPlace(entry) {
  return entry.getAttribute("aria-busy") === "true";
}

/**
 * @param {HTMLElement} entry
 * @param {string} words
 */
function finish(entry, words) {
  wordsOf(entry).textContent = words;
  entry.removeAttribute("aria-busy");
}
