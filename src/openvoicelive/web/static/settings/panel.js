/** The settings that the operator allows: chosen, kept, shared, and applied to a running session where that goes. */

import { copy } from "../copying.js";
import { element } from "../elements.js";
import { keep, readKept } from "../kept.js";
import { problemWords } from "../talk/problems.js";
import { currentLanguage, listed, onLanguageChange, sentence, write } from "../texts.js";
import { offerFields, showFields, tellNumber } from "./fields.js";
import { linkWith, readLink } from "./link.js";
import { LIVE, SETTINGS, TURN_NUMBERS, accept, difference, effective, operators, usualTurns } from "./offer.js";
import { SampleButton } from "./sample-button.js";

/**
 * @typedef {import("./offer.js").Chosen} Chosen
 * @typedef {import("./offer.js").Configuration} Configuration
 * @typedef {import("./offer.js").Setting} Setting
 * @typedef {import("../talk/connection.js").Applied} Applied
 * @typedef {import("../texts.js").Sentence} Sentence
 */

/**
 * @typedef {object} SettingsEvents
 * @property {(settings: import("../talk/connection.js").SessionSettings) => void} change for the running session
 * @property {() => void} chosen what applies may be otherwise now
 * @property {() => string} accessCode for a sample
 * @property {() => string} speaker its id, for a sample
 */

const KEPT_AS = "settings";

export class SettingsPanel {
  #events;
  #form = /** @type {HTMLFormElement} */ (element("settings-form"));
  #sample;
  /** @type {Configuration} */
  #configuration = {};
  /** @type {Chosen} */
  #chosen = {};
  #running = false;
  /** What was asked of the running session, until it answers. @type {Setting[]} */
  #asked = [];

  /** @param {SettingsEvents} events */
  constructor(events) {
    this.#events = events;
    this.#sample = new SampleButton(() => ({
      access_code: events.accessCode() || undefined,
      ...(({ voice, language, speech_rate }) => ({ voice, language, speech_rate }))(this.#requested()),
      speakerId: events.speaker(),
      voiceLabel: this.#voiceLabel(),
    }));
    this.#form.addEventListener("change", ({ target }) => this.#changed(/** @type {HTMLInputElement} */ (target)));
    this.#form.addEventListener("input", ({ target }) => {
      const { id, type } = /** @type {HTMLInputElement} */ (target);
      if (type === "range") tellNumber(settingOf(id));
    });
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    this.#form.addEventListener("reset", (event) => this.#reset(event));
    element("settings-link").addEventListener("click", () => void this.#copyLink());
    onLanguageChange(() => this.#followLanguage());
    window.addEventListener("hashchange", () => this.#openLink());
  }

  /** @param {Configuration} configuration */
  configure(configuration) {
    this.#configuration = configuration;
    this.#chosen = accept(readKept(KEPT_AS), configuration);
    const any = offerFields(this.#form, configuration);
    this.#form.hidden = !any;
    element("settings-none").hidden = any;
    this.#before = this.#effective();
    this.#openLink();
    showFields(this.#chosen, configuration);
    this.#events.chosen();
  }

  /** What a session begins with: all that is not as the operator has it anyway. */
  startChoices() {
    this.#sample.stop();
    return this.#requested();
  }

  /** The language that is spoken, as far as the page knows. */
  get language() {
    return this.#effective().language ?? currentLanguage();
  }

  /** @param {boolean} running */
  sessionRuns(running) {
    if (this.#running === running) return;
    this.#running = running;
    this.#asked = [];
    this.#sample.allow(!running);
    if (running) this.#tell();
  }

  /** @param {Applied} applied the answer of the running session */
  applied({ refused = {} }) {
    const changed = this.#asked.filter((name) => !Object.hasOwn(refused, name));
    this.#asked = [];
    const told = changed.length > 0 ? [sentence("applied_now", { names: names(changed) })] : [];
    const barred = SETTINGS.filter((name) => Object.hasOwn(refused, name));
    for (const name of barred) {
      const reason = problemWords({ message: refused[name], code: refused[name] });
      told.push(sentence("applied_refused", { name: sentence(`setting_${name}`), reason }));
    }
    if (barred.length > 0) told.push(sentence("applied_later", { names: names(barred) }));
    if (told.length > 0) this.#tell(...told);
  }

  /** What applied when it was last looked at. @type {import("./offer.js").Effective} */
  #before = {};

  #effective() {
    return effective(this.#chosen, this.#configuration, currentLanguage());
  }

  #requested() {
    return defined(difference(operators(this.#configuration), this.#effective()));
  }

  #voiceLabel() {
    const { voice = "" } = this.#effective();
    return this.#configuration.choices?.voices?.find(({ name }) => name === voice)?.label ?? voice;
  }

  /** @param {HTMLInputElement} field */
  #changed(field) {
    if (field.id === "link-instructions") return;
    const setting = settingOf(field.id);
    /** @type {Record<string, unknown>} */
    const chosen = { ...this.#chosen };
    const isTurn = setting === "type" || TURN_NUMBERS.some((name) => name === setting);
    const value = field.type === "range" ? Number(field.value) : field.value.trim();
    if (isTurn) chosen.turn_detection = { ...this.#chosen.turn_detection, [setting]: value };
    else chosen[setting] = value;
    this.#choose(withoutUsual(chosen, this.#configuration));
  }

  /** @param {Event} event */
  #reset(event) {
    event.preventDefault(); // it would empty the fields; they are to show what applies
    this.#choose({}, sentence("settings_were_reset"));
  }

  /**
   * @param {Chosen} chosen
   * @param {Sentence[]} told
   */
  #choose(chosen, ...told) {
    this.#chosen = chosen;
    keep(KEPT_AS, Object.keys(chosen).length > 0 ? chosen : null);
    // From now on the visitor's own choices count, also after a reload.
    if (location.hash) history.replaceState(null, "", location.pathname + location.search);
    this.#apply(told);
  }

  /** @param {Sentence[]} told */
  #apply(told) {
    const before = this.#before;
    this.#before = this.#effective();
    showFields(this.#chosen, this.#configuration);
    this.#events.chosen();
    const changed = difference(before, this.#before);
    const all = SETTINGS.filter((name) => Object.hasOwn(changed, name));
    const now = all.filter((name) => LIVE.has(name) && changed[name] !== undefined);
    const later = all.filter((name) => !now.includes(name));
    if (this.#running && later.length > 0) told.push(sentence("applied_later", { names: names(later) }));
    if (this.#running && now.length > 0) {
      this.#asked = now;
      this.#events.change(Object.fromEntries(now.map((name) => [name, changed[name]])));
    }
    this.#tell(...told);
  }

  #followLanguage() {
    if (Object.keys(this.#configuration).length > 0) this.#apply([]);
  }

  /** A link's settings hold for this visit; what is not offered here is left out. */
  #openLink() {
    const given = readLink(location.hash);
    if (!given) return;
    this.#chosen = accept(given, this.#configuration);
    const taken = SETTINGS.filter((name) => Object.hasOwn(this.#chosen, name));
    const barred = SETTINGS.filter((name) => Object.hasOwn(given, name) && !taken.includes(name));
    const told = taken.length > 0 ? [sentence("link_used", { names: names(taken) })] : [];
    if (barred.length > 0) told.push(sentence("link_refused", { names: names(barred) }));
    if (told.length > 0) /** @type {HTMLDetailsElement} */ (element("settings-panel")).open = true;
    this.#apply(told);
  }

  async #copyLink() {
    const wanted = /** @type {HTMLInputElement} */ (element("link-instructions")).checked;
    const instructions = wanted && this.#chosen.instructions !== undefined;
    const link = linkWith(this.#chosen, { instructions });
    const copied = await copy(link);
    if (!copied) this.#tell(sentence("link_not_copied", { link }));
    else this.#tell(sentence(instructions ? "link_copied_instructions" : "link_copied"));
  }

  /** @param {Sentence[]} sentences */
  #tell(...sentences) {
    const lines = sentences.map((told) => {
      const line = document.createElement("p");
      write(line, told);
      return line;
    });
    element("settings-status").replaceChildren(...lines);
  }
}

/** @param {string} id of a field */
function settingOf(id) {
  return id.replace(/^setting-/, "");
}

/** @param {Setting[]} settings */
function names(settings) {
  return listed(settings.map((name) => sentence(`setting_${name}`)));
}

/**
 * What is as usual is not a choice: it follows when the operator changes it.
 *
 * @param {Record<string, unknown>} chosen
 * @param {Configuration} configuration
 * @returns {Chosen}
 */
function withoutUsual(chosen, configuration) {
  /** @type {Record<string, unknown>} */
  const usual = usualTurns(configuration);
  const turns = Object.entries(chosen.turn_detection ?? {}).filter(([name, value]) => value !== usual[name]);
  const kept = { ...chosen, turn_detection: Object.fromEntries(turns) };
  const rate = configuration.defaults?.speech_rate ?? 1;
  const isChoice = (/** @type {[string, unknown]} */ [name, value]) =>
    value !== "" && !(name === "speech_rate" && value === rate) && !(name === "turn_detection" && turns.length === 0);
  return Object.fromEntries(Object.entries(kept).filter(isChoice));
}

/**
 * @param {import("./offer.js").Effective} settings
 * @returns {import("../talk/connection.js").Choices}
 */
function defined(settings) {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
