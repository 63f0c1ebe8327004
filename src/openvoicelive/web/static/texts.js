/**
 * Every sentence a user reads comes from `locales/`; this module looks them up, in the language of the page.
 *
 * What `write` and `fillTexts` put on the page is put there again when the language changes.
 */

import { LANGUAGES, numberLocale, preferredLanguage } from "./language.js";

/** @typedef {keyof typeof import("./locales/en.json")} TextKey */
/** @typedef {import("./language.js").Language} Language */
/** @typedef {{ [name: string]: string | number | { toString(): string } }} Values */
/** @typedef {string | Sentence} Wording either somebody's own words, or a sentence of the page's */

/** Where an element may name its sentence, as `data-text`, `data-label` ...: its content, or an attribute. */
const PLACES = { text: "", placeholder: "placeholder", label: "aria-label", title: "title" };
/** @typedef {keyof typeof PLACES} Place */

/** A sentence that is looked up anew each time it is read, so that it follows the language. */
export class Sentence {
  key;
  values;

  /**
   * @param {TextKey} key
   * @param {Values} values
   */
  constructor(key, values) {
    this.key = key;
    this.values = values;
  }

  toString() {
    // `{name}` takes a value; `{name:.1}` a number with one decimal.
    return catalogue[this.key].replace(/\{(\w+)(?::\.(\d))?\}/g, (_, name, decimals) => {
      const value = this.values[name];
      return typeof value === "number" ? formatNumber(value, decimals && Number(decimals)) : String(value);
    });
  }
}

/** @type {Language} */
let language = preferredLanguage();
let lastWanted = language;
/** @type {Record<string, string>} */
let catalogue = await loadCatalogue(language);
/** @type {WeakMap<Element, Partial<Record<Place, Sentence>>>} */
const written = new WeakMap();
/** @type {Set<() => void>} */
const listeners = new Set();

/**
 * @param {TextKey} key
 * @param {Values} [values]
 */
export function sentence(key, values = {}) {
  return new Sentence(key, values);
}

/**
 * The sentence for `key` in today's language. What stays on the page is better given to `write`.
 *
 * @param {TextKey} key
 * @param {Values} [values]
 */
export function text(key, values = {}) {
  return String(new Sentence(key, values));
}

/**
 * Whether a key that came from outside names a sentence.
 *
 * @param {string} key
 * @returns {key is TextKey}
 */
export function isTextKey(key) {
  return Object.hasOwn(catalogue, key);
}

/**
 * The sentence for a key that came from outside, or nothing if there is none.
 *
 * @param {string} key
 */
export function textIfKnown(key) {
  return Object.hasOwn(catalogue, key) ? catalogue[key] : "";
}

/**
 * Puts words on the page. The same words are not put again: live regions speak on every change.
 *
 * @param {Element} element
 * @param {Wording} words
 * @param {Place} [place]
 */
export function write(element, words, place = "text") {
  const sentences = written.get(element) ?? {};
  written.set(element, sentences);
  if (words instanceof Sentence) {
    sentences[place] = words;
    element.setAttribute(`data-${place}`, words.key);
  } else {
    delete sentences[place];
    element.removeAttribute(`data-${place}`);
  }
  put(element, String(words), place);
}

/**
 * Fills the elements that name their sentence: `data-text` as content, `data-placeholder`, `data-title`, and
 * `data-label` as `aria-label`.
 *
 * @param {ParentNode} root
 */
export function fillTexts(root) {
  for (const place of /** @type {Place[]} */ (Object.keys(PLACES))) {
    for (const element of root.querySelectorAll(`[data-${place}]`)) {
      const key = element.getAttribute(`data-${place}`) ?? "";
      put(element, String(written.get(element)?.[place] ?? textIfKnown(key)), place);
    }
  }
}

/** The language of the page. */
export function currentLanguage() {
  return language;
}

/**
 * Turns the whole page to another language; a running conversation goes on.
 *
 * @param {Language} wanted
 * @returns {Promise<"changed" | "unavailable" | "overtaken">} `overtaken`: by a later choice
 */
export async function changeLanguage(wanted) {
  lastWanted = wanted;
  const sentences = await loadCatalogue(wanted).catch(() => null);
  if (lastWanted !== wanted) return "overtaken";
  if (!sentences) return "unavailable";
  catalogue = sentences;
  language = wanted;
  translatePage();
  for (const listener of listeners) listener();
  return "changed";
}

/**
 * Calls `listener` after each change of language, for what is drawn rather than written.
 *
 * @param {() => void} listener
 */
export function onLanguageChange(listener) {
  listeners.add(listener);
}

export function translatePage() {
  document.documentElement.lang = language;
  fillTexts(document);
}

/**
 * Several sentences in a row, such as "Voice, Model and Agent", as a value of another.
 *
 * @param {{ toString(): string }[]} several
 */
export function listed(several) {
  return { toString: () => new Intl.ListFormat(language).format(several.map(String)) };
}

/**
 * What a language is called, as a value of a sentence.
 *
 * @param {string} tag
 */
export function languageName(tag) {
  return { toString: () => new Intl.DisplayNames(language, { type: "language" }).of(tag) ?? tag };
}

/**
 * @param {number} value
 * @param {number} [decimals] always so many; otherwise as many as there are, at most three
 */
export function formatNumber(value, decimals) {
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return new Intl.NumberFormat(numberLocale(language), decimals === undefined ? {} : digits).format(value);
}

/**
 * @param {number} value
 * @param {"millisecond" | "second" | "minute" | "percent" | "kilobyte" | "megabyte"} unit
 * @param {number} [decimals]
 */
export function formatUnit(value, unit, decimals = 0) {
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  const format = new Intl.NumberFormat(numberLocale(language), { style: "unit", unit, ...digits });
  return format.format(value);
}

/**
 * @param {Element} element
 * @param {string} words
 * @param {Place} place
 */
function put(element, words, place) {
  const attribute = PLACES[place];
  if (attribute) element.setAttribute(attribute, words);
  else if (element.textContent !== words) element.textContent = words;
}

/**
 * @param {Language} wanted
 * @returns {Promise<Record<string, string>>}
 */
async function loadCatalogue(wanted) {
  const response = await fetch(new URL(`./locales/${wanted}.json`, import.meta.url));
  if (!response.ok) throw new Error(`${LANGUAGES[wanted]}: HTTP ${response.status}`);
  return response.json();
}
