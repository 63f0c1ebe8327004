/** The select in which a visitor chooses the language of the page. */

import { LANGUAGES, isLanguage, keepLanguage } from "./language.js";
import { changeLanguage, currentLanguage } from "./texts.js";

/**
 * @typedef {object} LanguageEvents
 * @property {() => void} changed
 * @property {(language: import("./language.js").Language) => void} failed it could not be loaded
 */

/**
 * @param {HTMLSelectElement} select empty until now
 * @param {LanguageEvents} events
 */
export function offerLanguages(select, events) {
  for (const [tag, name] of Object.entries(LANGUAGES)) {
    const option = new Option(name, tag);
    option.lang = tag;
    select.append(option);
  }
  select.value = currentLanguage();
  select.addEventListener("change", () => void choose(select, events));
}

/**
 * @param {HTMLSelectElement} select
 * @param {LanguageEvents} events
 */
async function choose(select, events) {
  const wanted = select.value;
  if (!isLanguage(wanted)) return;
  const outcome = await changeLanguage(wanted);
  if (outcome === "overtaken") return;
  select.value = currentLanguage();
  if (outcome === "unavailable") return events.failed(wanted);
  keepLanguage(wanted);
  events.changed();
}
