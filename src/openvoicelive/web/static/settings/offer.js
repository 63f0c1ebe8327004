/** What the operator offers, what a visitor has chosen of it, and what that means for a session. */

import { sameLanguage } from "../language.js";

/**
 * @typedef {[least: number, most: number]} Range
 * @typedef {{ name: string, label: string, language: string | null }} Voice
 * @typedef {"threshold" | "silence_duration_ms" | "prefix_padding_ms"} TurnNumber
 * @typedef {{ types: string[] } & Record<TurnNumber, Range | null>} TurnOffer
 * @typedef {import("../talk/connection.js").TurnDetection} TurnDetection
 *
 * @typedef {object} Choices empty, absent or false: cannot be chosen
 * @property {Voice[]} [voices]
 * @property {string[]} [languages]
 * @property {string[]} [models]
 * @property {{ name: string, label: string }[]} [agents]
 * @property {boolean} [instructions]
 * @property {TurnOffer | null} [turn_detection]
 * @property {Range | null} [speech_rate]
 * @property {boolean} [show_events] the protocol's
 *
 * @typedef {object} Defaults
 * @property {string | null} [language]
 * @property {TurnDetection} [turn_detection]
 * @property {number} [speech_rate]
 * @property {string | null} [agent]
 *
 * @typedef {object} Chosen what is absent follows the page's language or the operator
 * @property {string} [language]
 * @property {string} [voice]
 * @property {number} [speech_rate]
 * @property {string} [instructions]
 * @property {string} [model]
 * @property {string} [agent]
 * @property {Partial<TurnDetection>} [turn_detection]
 *
 * @typedef {keyof Chosen} Setting
 * @typedef {Omit<Chosen, "turn_detection"> & { turn_detection?: TurnDetection }} Effective
 * @typedef {import("../configuration.js").Configuration} Configuration
 */

/** In the order of the panel. @type {Setting[]} */
export const SETTINGS = ["language", "voice", "speech_rate", "instructions", "model", "agent", "turn_detection"];

/** What the protocol can change while a session runs. @type {Set<Setting>} */
export const LIVE = new Set(["language", "voice", "speech_rate", "instructions", "turn_detection"]);

/** @type {TurnNumber[]} */
export const TURN_NUMBERS = ["silence_duration_ms", "threshold", "prefix_padding_ms"];

/** As the app's own (`DEFAULT_TURN_DETECTION`), for a server that does not say. */
const USUAL_TURNS = { type: "server_vad", threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 500 };

const MAX_INSTRUCTIONS = 16_000;

/**
 * Whether a visitor may choose this.
 *
 * @param {Choices} choices
 * @param {Setting} setting
 */
export function isOffered(choices, setting) {
  if (setting === "voice") return Boolean(choices.voices?.length);
  if (setting === "language") return Boolean(choices.languages?.length);
  if (setting === "model") return Boolean(choices.models?.length);
  if (setting === "agent") return Boolean(choices.agents?.length);
  return Boolean(choices[setting]);
}

/** @param {Configuration} configuration @returns {TurnDetection} */
export function usualTurns({ defaults }) {
  const said = Object.entries(defaults?.turn_detection ?? {}).filter(([, value]) => value !== null);
  return { ...USUAL_TURNS, ...Object.fromEntries(said) };
}

/**
 * What came from outside (an older visit, a link), as far as it may be chosen here.
 *
 * @param {unknown} from
 * @param {Configuration} configuration
 * @returns {Chosen}
 */
export function accept(from, { choices = {} }) {
  const given = /** @type {Record<string, unknown>} */ (isObject(from) ? from : {});
  /** @type {Record<string, unknown>} */
  const chosen = {};
  const among = (/** @type {Setting} */ setting, /** @type {string[]} */ names) => {
    if (names.includes(/** @type {string} */ (given[setting]))) chosen[setting] = given[setting];
  };
  among("language", choices.languages ?? []);
  among("voice", (choices.voices ?? []).map(({ name }) => name));
  among("model", choices.models ?? []);
  among("agent", (choices.agents ?? []).map(({ name }) => name));
  if (isWithin(given.speech_rate, choices.speech_rate)) chosen.speech_rate = given.speech_rate;
  const { instructions } = given;
  if (choices.instructions && typeof instructions === "string" && instructions.trim() !== "") {
    chosen.instructions = instructions.slice(0, MAX_INSTRUCTIONS);
  }
  const turns = acceptTurns(given.turn_detection, choices.turn_detection);
  if (Object.keys(turns).length > 0) chosen.turn_detection = turns;
  return chosen;
}

/**
 * @param {unknown} from
 * @param {TurnOffer | null} [offer]
 */
function acceptTurns(from, offer) {
  /** @type {Partial<TurnDetection>} */
  const turns = {};
  if (!offer || !isObject(from)) return turns;
  const given = /** @type {Record<string, unknown>} */ (from);
  if (offer.types.includes(/** @type {string} */ (given.type))) turns.type = /** @type {string} */ (given.type);
  for (const name of TURN_NUMBERS) {
    if (isWithin(given[name], offer[name])) turns[name] = /** @type {number} */ (given[name]);
  }
  return turns;
}

/**
 * What applies: the visitor's choices, else what suits the language of the page, else the operator's.
 *
 * @param {Chosen} chosen
 * @param {Configuration} configuration
 * @param {string} pageLanguage
 * @returns {Effective}
 */
export function effective(chosen, configuration, pageLanguage) {
  const { choices = {}, defaults = {} } = configuration;
  const language = chosen.language ?? defaults.language ?? nearest(choices.languages ?? [], pageLanguage);
  return {
    language,
    voice: chosen.voice ?? voiceFor(language, configuration),
    speech_rate: chosen.speech_rate ?? defaults.speech_rate ?? 1,
    instructions: chosen.instructions ?? configuration.instructions ?? undefined,
    model: chosen.model ?? configuration.model ?? undefined,
    agent: chosen.agent ?? defaults.agent ?? undefined,
    turn_detection: { ...usualTurns(configuration), ...chosen.turn_detection },
  };
}

/**
 * What applies to whoever says nothing at all: the operator's settings.
 *
 * @param {Configuration} configuration
 * @returns {Effective}
 */
export function operators(configuration) {
  const { defaults = {}, voice } = configuration;
  return { ...effective({}, configuration, ""), language: defaults.language ?? undefined, voice };
}

/**
 * What of `after` is otherwise than in `before`.
 *
 * @param {Effective} before
 * @param {Effective} after
 * @returns {Effective}
 */
export function difference(before, after) {
  const changed = SETTINGS.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  return Object.fromEntries(changed.map((name) => [name, after[name]]));
}

/**
 * The operator's voice if it speaks the language, else the first that does.
 *
 * @param {string | undefined} language
 * @param {Configuration} configuration
 */
function voiceFor(language, { choices = {}, voice: usual }) {
  const voices = choices.voices ?? [];
  const usualLanguage = voices.find(({ name }) => name === usual)?.language;
  if (!language || !usualLanguage || sameLanguage(usualLanguage, language)) return usual;
  const speaks = voices.filter((voice) => voice.language && sameLanguage(voice.language, language));
  return (speaks.find((voice) => voice.language === language) ?? speaks[0])?.name ?? usual;
}

/**
 * The offered language nearest to the page's: in the visitor's own region, if it is offered.
 *
 * @param {string[]} languages
 * @param {string} pageLanguage
 */
function nearest(languages, pageLanguage) {
  const same = languages.filter((language) => sameLanguage(language, pageLanguage));
  return same.find((language) => navigator.languages.includes(language)) ?? same[0];
}

/** @param {unknown} value */
function isObject(value) {
  return typeof value === "object" && value !== null;
}

/**
 * @param {unknown} value
 * @param {Range | null} [range]
 */
function isWithin(value, range) {
  return Boolean(range) && typeof value === "number" && value >= Number(range?.[0]) && value <= Number(range?.[1]);
}
