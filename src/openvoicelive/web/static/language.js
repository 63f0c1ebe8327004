/** The languages of the page, and which of them a visitor gets. */

import { keep, readKept } from "./kept.js";

/** Each by its own name. */
export const LANGUAGES = { en: "English", it: "Italiano", "pt-BR": "Português (Brasil)", es: "Español" };

/** @typedef {keyof typeof LANGUAGES} Language */

const KEPT_AS = "language";

/**
 * @param {unknown} tag
 * @returns {tag is Language}
 */
export function isLanguage(tag) {
  return typeof tag === "string" && Object.hasOwn(LANGUAGES, tag);
}

/**
 * The language chosen before, else the first of the browser's that the page has, else English.
 *
 * @returns {Language}
 */
export function preferredLanguage() {
  const kept = readKept(KEPT_AS);
  if (isLanguage(kept)) return kept;
  for (const wanted of navigator.languages) {
    const known = /** @type {Language[]} */ (Object.keys(LANGUAGES));
    const nearest = known.find((tag) => tag === wanted) ?? known.find((tag) => sameLanguage(tag, wanted));
    if (nearest) return nearest;
  }
  return "en";
}

/** @param {Language} language */
export function keepLanguage(language) {
  keep(KEPT_AS, language);
}

/**
 * Numbers are written as in the visitor's own region, if the browser names one of this language.
 *
 * @param {Language} language
 */
export function numberLocale(language) {
  return navigator.languages.find((tag) => sameLanguage(tag, language)) ?? language;
}

/**
 * @param {string} one a tag such as `pt-BR`
 * @param {string} other
 */
export function sameLanguage(one, other) {
  return one.split("-")[0].toLowerCase() === other.split("-")[0].toLowerCase();
}
