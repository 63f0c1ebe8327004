/** The languages of the page, and which of them a visitor gets. */

/** Each by its own name. */
export const LANGUAGES = { en: "English", it: "Italiano", "pt-BR": "Português (Brasil)", es: "Español" };

/** @typedef {keyof typeof LANGUAGES} Language */

const KEPT_AS = "openvoicelive.language";

/**
 * @param {string | null} tag
 * @returns {tag is Language}
 */
export function isLanguage(tag) {
  return tag !== null && Object.hasOwn(LANGUAGES, tag);
}

/**
 * The language chosen before, else the first of the browser's that the page has, else English.
 *
 * @returns {Language}
 */
export function preferredLanguage() {
  const kept = keptLanguage();
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
  try {
    localStorage.setItem(KEPT_AS, language);
  } catch {
    // A browser that keeps nothing for this page: the choice lasts as long as the page.
  }
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

function keptLanguage() {
  try {
    return localStorage.getItem(KEPT_AS);
  } catch {
    return null;
  }
}
