/** The select in which a visitor chooses the language of the page. */

import { LANGUAGES, isLanguage, keepLanguage } from "./language.js";
import { changeLanguage, currentLanguage } from "./texts.js";

/** @param {HTMLSelectElement} select empty until now */
export function offerLanguages(select) {
  for (const [tag, name] of Object.entries(LANGUAGES)) {
    const option = new Option(name, tag);
    option.lang = tag;
    select.append(option);
  }
  select.value = currentLanguage();
  select.addEventListener("change", () => void choose(select));
}

/** @param {HTMLSelectElement} select */
async function choose(select) {
  const wanted = select.value;
  if (isLanguage(wanted) && (await changeLanguage(wanted))) keepLanguage(wanted);
  select.value = currentLanguage();
}
