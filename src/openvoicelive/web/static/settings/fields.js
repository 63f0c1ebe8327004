/** The fields of the settings panel: what is offered, and what applies. */

import { sameLanguage } from "../language.js";
import { currentLanguage, formatNumber, formatUnit, isTextKey, languageName, sentence, text, write } from "../texts.js";
import { SETTINGS, TURN_NUMBERS, effective, isOffered, usualTurns } from "./offer.js";

/**
 * @typedef {import("./offer.js").Chosen} Chosen
 * @typedef {import("./offer.js").Configuration} Configuration
 * @typedef {import("./offer.js").Effective} Effective
 * @typedef {import("./offer.js").Setting} Setting
 */

/** @param {string} name */
export const fieldOf = (name) => /** @type {HTMLSelectElement} */ (document.getElementById(`setting-${name}`));

/**
 * Hides what cannot be chosen, and sets how far numbers go.
 *
 * @param {HTMLElement} form
 * @param {Configuration} configuration
 * @returns {boolean} whether anything can be chosen
 */
export function offerFields(form, { choices = {} }) {
  const offered = SETTINGS.filter((setting) => isOffered(choices, setting));
  for (const row of form.querySelectorAll("[data-setting]")) {
    const setting = /** @type {Setting} */ (row.getAttribute("data-setting"));
    /** @type {HTMLElement} */ (row).hidden = !offered.includes(setting);
  }
  for (const name of TURN_NUMBERS) {
    const range = choices.turn_detection?.[name];
    /** @type {HTMLElement} */ (form.querySelector(`[data-turn-number=${name}]`)).hidden = !range;
    if (range) limit(name, range);
  }
  if (choices.speech_rate) limit("speech_rate", choices.speech_rate);
  return offered.length > 0;
}

/**
 * Shows what is chosen and, where nothing is, what applies, in the language of the page.
 *
 * @param {Chosen} chosen
 * @param {Configuration} configuration
 */
export function showFields(chosen, configuration) {
  const { choices = {}, defaults = {} } = configuration;
  const applies = effective(chosen, configuration, currentLanguage());
  const usual = effective({ language: chosen.language }, configuration, currentLanguage());
  showLanguages(chosen, configuration);
  showVoices(chosen, configuration, usual.voice, applies.language);
  const models = choices.models?.map((name) => new Option(name, name)) ?? [];
  fill("model", [usualOption("operators_choice", configuration.model), ...models], chosen.model);
  const agents = choices.agents?.map(({ name, label }) => new Option(label, name)) ?? [];
  fill("agent", [usualOption("operators_choice", defaults.agent), ...agents], chosen.agent);
  fieldOf("instructions").value = chosen.instructions ?? "";
  fieldOf("instructions").setAttribute("placeholder", configuration.instructions ?? "");
  showNumber("speech_rate", applies.speech_rate ?? 1);
  showTurns(applies, configuration);
}

/**
 * Writes the number of a slider beside it, and where a screen reader reads it.
 *
 * @param {string} name
 */
export function tellNumber(name) {
  const field = fieldOf(name);
  const value = Number(field.value);
  const words = name.endsWith("_ms")
    ? formatUnit(value, "millisecond")
    : name === "speech_rate"
      ? `${formatNumber(value, 2)} ×`
      : formatNumber(value, 2);
  field.setAttribute("aria-valuetext", words);
  const output = /** @type {Element} */ (document.querySelector(`output[for=setting-${name}]`));
  output.textContent = words;
}

/**
 * @param {Chosen} chosen
 * @param {Configuration} configuration
 */
function showLanguages(chosen, configuration) {
  const { choices = {}, defaults = {} } = configuration;
  const { language } = effective({}, configuration, currentLanguage());
  const usual = usualOption(
    language && !defaults.language ? "as_the_page" : "operators_choice",
    language && languageName(language.split("-")[0]),
  );
  const options = (choices.languages ?? []).map((tag) => new Option(capitalized(String(languageName(tag))), tag));
  options.sort((one, other) => one.text.localeCompare(other.text, currentLanguage()));
  fill("language", [usual, ...options], chosen.language);
}

/**
 * Grouped by language, that of the conversation first.
 *
 * @param {Chosen} chosen
 * @param {Configuration} configuration
 * @param {string | undefined} usual the voice of whoever chooses none
 * @param {string | undefined} language
 */
function showVoices(chosen, { choices = {} }, usual, language) {
  const voices = choices.voices ?? [];
  /** @type {Map<string, HTMLOptGroupElement>} */
  const groups = new Map();
  for (const { name, label, language: spoken } of voices) {
    const group = groups.get(spoken ?? "") ?? document.createElement("optgroup");
    group.label = spoken ? capitalized(String(languageName(spoken))) : text("any_language");
    group.append(new Option(label, name));
    groups.set(spoken ?? "", group);
  }
  const isFirst = (/** @type {string} */ tag) => Number(Boolean(language && tag && sameLanguage(tag, language)));
  const sorted = [...groups].sort(([one], [other]) => isFirst(other) - isFirst(one));
  const known = voices.find(({ name }) => name === usual);
  const first = usualOption(language ? "suits_the_language" : "operators_choice", known?.label ?? usual);
  fill("voice", [first, ...sorted.map(([, group]) => group)], chosen.voice);
}

/**
 * @param {Effective} applies
 * @param {Configuration} configuration
 */
function showTurns({ turn_detection }, configuration) {
  const types = configuration.choices?.turn_detection?.types ?? [];
  const turns = turn_detection ?? usualTurns(configuration);
  const named = types.map((type) => new Option(isTextKey(type) ? text(type) : type, type));
  fill("type", named, turns.type);
  for (const name of TURN_NUMBERS) showNumber(name, turns[name] ?? 0);
}

/**
 * @param {"as_the_page" | "suits_the_language" | "operators_choice"} key
 * @param {{ toString(): string } | null} [what]
 */
function usualOption(key, what) {
  const name = what || sentence("none");
  const option = new Option("", "");
  write(option, sentence(key, { name, language: name, voice: name }));
  return option;
}

/**
 * @param {string} name
 * @param {HTMLElement[]} options
 * @param {string | undefined} chosen
 */
function fill(name, options, chosen) {
  fieldOf(name).replaceChildren(...options);
  fieldOf(name).value = chosen ?? "";
}

/**
 * @param {string} name
 * @param {number} value
 */
function showNumber(name, value) {
  fieldOf(name).value = String(value);
  tellNumber(name);
}

/**
 * @param {string} name
 * @param {import("./offer.js").Range} range
 */
function limit(name, [least, most]) {
  fieldOf(name).setAttribute("min", String(least));
  fieldOf(name).setAttribute("max", String(most));
}

/** @param {string} words */
function capitalized(words) {
  return words.charAt(0).toLocaleUpperCase(currentLanguage()) + words.slice(1);
}
