/** What both sides said, as a list. */

import { Caption } from "./caption.js";
import { sentence, write } from "../texts.js";

/** @typedef {"user" | "assistant"} Role */

/** Older entries leave the page, so that a long conversation does not slow it down. */
const MAX_ENTRIES = 200;

/** A reader who leaves the end leaves it by more: one turn of a wheel, one arrow key. */
const AT_END_PX = 8;

export class TranscriptView {
  #list;
  #empty;
  /** @type {Map<string, HTMLElement>} */
  #entries = new Map();
  /** What may be seen of the agent's answers: not more than was heard. @type {Map<string, Caption>} */
  #captions = new Map();
  /** Places of what the user is saying or has typed, until the server names it. @type {HTMLElement[]} */
  #unnamed = [];
  /** Tells of the list and of its entries, after the browser has laid out the page anyway. */
  #sizes = new ResizeObserver(() => this.#resized());
  /** Whether the reader is at the end, and wants to stay there. */
  #followed = true;
  /** How far the list could be scrolled when it was last looked at. */
  #endPx = 0;

  /**
   * @param {HTMLElement} list
   * @param {HTMLElement} empty shown while the list is empty
   */
  constructor(list, empty) {
    this.#list = list;
    this.#empty = empty;
    this.#sizes.observe(list);
    list.addEventListener("scroll", () => this.#scrolled(), { passive: true });
  }

  clear() {
    this.#entries.clear();
    this.#captions.clear();
    this.#unnamed = [];
    for (const entry of this.#list.children) this.#sizes.unobserve(entry);
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
    if (role === "assistant") {
      return this.#caption(item_id, (caption) => (final ? caption.finish(words) : caption.add(words)));
    }
    if (final) finish(entry, words);
    else wordsOf(entry).append(words);
  }

  /** @param {import("./connection.js").Words} words */
  time({ item_id, words }) {
    this.#caption(item_id, (caption) => caption.time(words));
  }

  /**
   * @param {string} itemId
   * @param {number} soundMs of the answer's sound has come
   */
  arrived(itemId, soundMs) {
    this.#caption(itemId, (caption) => caption.arrived(soundMs));
  }

  /**
   * @param {string} itemId
   * @param {number} playedMs of the answer was heard until now
   */
  played(itemId, playedMs) {
    this.#caption(itemId, (caption) => caption.played(playedMs));
  }

  /**
   * @param {string} itemId
   * @param {number} audioEndMs
   */
  markCutOff(itemId, audioEndMs) {
    const entry = this.#entries.get(itemId);
    if (!entry || entry.querySelector(".cut-off")) return;
    this.#caption(itemId, (caption) => caption.cutOff(audioEndMs));
    if (this.#captions.get(itemId)?.isHeardWhole) return; // only silence was left
    entry.classList.add("is-cut-off");
    const note = document.createElement("p");
    note.className = "cut-off";
    write(note, sentence("cut_off", { seconds: audioEndMs / 1000 }));
    entry.append(note);
  }

  /** @param {import("../texts.js").Sentence} words about the conversation, from neither side */
  note(words) {
    const entry = document.createElement("li");
    entry.className = "note";
    write(entry, words);
    this.#add(entry);
  }

  /**
   * @param {string} itemId
   * @param {(caption: Caption) => void} change
   */
  #caption(itemId, change) {
    const caption = this.#captions.get(itemId) ?? new Caption();
    this.#captions.set(itemId, caption);
    change(caption);
    const entry = this.#entries.get(itemId);
    if (!entry) return;
    if (caption.isComplete) entry.removeAttribute("aria-busy");
    const shown = { heard: caption.heard.trimEnd(), unheard: caption.isCutOff ? caption.unheard.trim() : "" };
    if (!isShown(entry, shown)) showHeard(entry, shown);
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
    this.#add(entry);
    return entry;
  }

  /** @param {HTMLElement} entry */
  #add(entry) {
    this.#list.append(entry);
    this.#empty.hidden = true;
    this.#limit();
    this.#followed = true;
    this.#sizes.observe(entry);
  }

  #limit() {
    const oldest = this.#list.firstElementChild;
    if (this.#list.childElementCount > MAX_ENTRIES && oldest instanceof HTMLElement) this.#remove(oldest);
  }

  /** @param {HTMLElement} entry */
  #remove(entry) {
    this.#entries.delete(entry.dataset.itemId ?? "");
    this.#captions.delete(entry.dataset.itemId ?? "");
    this.#unnamed = this.#unnamed.filter((place) => place !== entry);
    this.#sizes.unobserve(entry);
    entry.remove();
    this.#empty.hidden = this.#list.childElementCount > 0;
  }

  #resized() {
    if (this.#followed) this.#list.scrollTop = this.#list.scrollHeight;
    this.#endPx = this.#list.scrollHeight - this.#list.clientHeight;
    this.#followed = this.#list.scrollTop >= this.#endPx - AT_END_PX;
  }

  /** The reader moves the list; or it was moved, because it or what is in it became smaller. */
  #scrolled() {
    const before = this.#endPx;
    this.#endPx = this.#list.scrollHeight - this.#list.clientHeight;
    const atEnd = this.#list.scrollTop >= Math.min(before, this.#endPx) - AT_END_PX;
    if (atEnd || this.#endPx === before) this.#followed = atEnd;
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

/** @typedef {{ heard: string, unheard: string }} Heard `unheard`: what an interruption has cut off */

/**
 * @param {HTMLElement} entry
 * @param {Heard} shown
 */
function isShown(entry, { heard, unheard }) {
  const words = wordsOf(entry);
  return (words.firstChild?.nodeValue ?? "") === heard && (words.querySelector("s")?.textContent ?? "") === unheard;
}

/**
 * @param {HTMLElement} entry
 * @param {Heard} shown
 */
function showHeard(entry, { heard, unheard }) {
  const words = wordsOf(entry);
  words.replaceChildren(heard);
  if (unheard) words.append(...struckOut(unheard));
}

/** @param {string} unheard */
function struckOut(unheard) {
  const told = document.createElement("span");
  write(told, sentence("not_heard"));
  const hidden = document.createElement("span");
  hidden.className = "visually-hidden";
  hidden.append(" ", told);
  const struck = document.createElement("s");
  struck.textContent = unheard;
  return [hidden, " ", struck];
}
