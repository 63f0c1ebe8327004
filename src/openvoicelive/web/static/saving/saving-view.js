/** The panel for what is to be kept of a conversation: files, and recording with the user's consent. */

import { sentence, text, write } from "../texts.js";
import { ConversationRecord } from "./conversation-record.js";
import { save } from "./files.js";
import { newest } from "./history.js";
import { LIMIT_MINUTES, Recording } from "./recording.js";

/** @typedef {import("../talk/session.js").State} State */

/**
 * @typedef {object} SavingEvents
 * @property {(on: boolean) => void} record whether the session has to tell what is heard
 * @property {() => object} report
 * @property {() => object[]} events
 */

export class SavingView {
  #events;
  #buttons;
  #consent;
  #status;
  #sign;
  #record = new ConversationRecord();
  /** @type {Recording | null} */
  #recording = null;
  /** When the session began, on the clock of `performance.now()`: the zero of all files. */
  #beganMs = 0;
  #running = false;
  /** A turn is over after so much silence. */
  #silenceMs = 0;

  /**
   * @param {HTMLElement} panel
   * @param {HTMLElement} sign where a user always sees that a recording is made; a live region
   * @param {SavingEvents} events
   */
  constructor(panel, sign, events) {
    this.#events = events;
    this.#sign = sign;
    this.#status = /** @type {HTMLElement} */ (panel.querySelector("#recording-status"));
    this.#consent = /** @type {HTMLInputElement} */ (panel.querySelector("#consent"));
    const help = /** @type {HTMLElement} */ (panel.querySelector("#consent-help"));
    write(help, sentence("record_help", { minutes: LIMIT_MINUTES }));
    this.#consent.addEventListener("change", () => this.#consentChanged());
    this.#buttons = /** @type {HTMLButtonElement[]} */ ([...panel.querySelectorAll("[data-file]")]);
    for (const button of this.#buttons) button.addEventListener("click", () => void this.#save(button));
  }

  /** What a new connection is told of the conversation. */
  get said() {
    return newest(this.#record.utterances);
  }

  /** A new conversation takes the place of the last one. */
  sessionBegan() {
    this.#record = new ConversationRecord();
    this.#beganMs = performance.now();
    this.#recording = null;
    this.#running = true;
    write(this.#status, "");
    this.#recordIfAllowed();
  }

  /** The page is left: the browser may keep it for the way back, but not what was recorded. */
  forget() {
    this.#consent.checked = false;
    this.#consentChanged();
  }

  sessionEnded() {
    this.#record.ended(this.#now());
    this.#running = false;
    this.#show();
  }

  /** @param {import("../talk/connection.js").Applied} applied what holds in the session */
  applied({ turn_detection, push_to_talk }) {
    this.#silenceMs = push_to_talk ? 0 : (turn_detection?.silence_duration_ms ?? 0);
  }

  /** @param {number} spokenMs how long ago the user began to speak */
  speechNoticed(spokenMs) {
    this.#record.speechBegan(this.#now() - spokenMs);
  }

  /** @param {State} state */
  state(state) {
    const nowMs = this.#now();
    if (state === "listening") this.#record.speechBegan(nowMs);
    else this.#record.speechEnded(state === "processing" ? nowMs - this.#silenceMs : nowMs);
    if (state === "ready") this.#record.forgetSpeech();
  }

  /** @param {string} typed */
  typed(typed) {
    this.#record.typed(typed, this.#now());
    this.#show();
  }

  /** @param {import("../talk/connection.js").Transcript} transcript */
  transcript(transcript) {
    this.#record.transcript(transcript, this.#now());
    this.#show();
  }

  /** @param {import("../talk/connection.js").Words} words */
  words({ item_id, words }) {
    this.#record.words(item_id, words, this.#now());
  }

  /**
   * @param {string} itemId
   * @param {number} soundMs so much more sound of an answer has come
   */
  arrived(itemId, soundMs) {
    this.#record.sound(itemId, soundMs, this.#now());
  }

  /**
   * @param {string} itemId
   * @param {number} playedMs
   */
  playing(itemId, playedMs) {
    this.#record.played(itemId, playedMs, this.#now());
  }

  /**
   * @param {string} itemId
   * @param {number} heardMs
   */
  cutOff(itemId, heardMs) {
    this.#record.cutOff(itemId, heardMs, this.#now());
  }

  /**
   * @param {ArrayBuffer} frame sound of the microphone
   * @param {number} atMs when it was captured, on the clock of `performance.now()`
   */
  sent(frame, atMs) {
    this.#keep("user", new Int16Array(frame), atMs);
  }

  /**
   * @param {Int16Array} samples sound that was played
   * @param {number} atMs when it was heard, on the clock of `performance.now()`
   */
  heard(samples, atMs) {
    this.#keep("agent", samples, atMs);
  }

  /**
   * @param {"user" | "agent"} side
   * @param {Int16Array} samples
   * @param {number} atMs
   */
  #keep(side, samples, atMs) {
    if (!this.#recording || this.#recording.isFull) return;
    const wasEmpty = this.#recording.isEmpty;
    this.#recording.keep(side, atMs - this.#beganMs, samples);
    if (this.#recording.isFull) this.#full();
    else if (wasEmpty) this.#show();
  }

  #full() {
    this.#events.record(false);
    write(this.#status, sentence("recording_full", { minutes: LIMIT_MINUTES }));
    this.#show();
  }

  #consentChanged() {
    if (this.#consent.checked) return this.#recordIfAllowed();
    const dropped = this.#recording !== null && !this.#recording.isEmpty;
    this.#recording = null;
    this.#events.record(false);
    write(this.#status, dropped ? sentence("recording_dropped") : "");
    this.#show();
  }

  #recordIfAllowed() {
    if (this.#consent.checked && this.#running) {
      this.#recording = new Recording();
      this.#events.record(true);
      write(this.#status, "");
    }
    this.#show();
  }

  #show() {
    const recording = this.#running && this.#recording !== null;
    const sign = this.#recording?.isFull ? "recording_is_full" : "recording";
    write(this.#sign, recording ? sentence(sign) : "");
    this.#sign.toggleAttribute("data-full", this.#recording?.isFull === true);
    const isSilent = this.#recording === null || this.#recording.isEmpty;
    for (const button of this.#buttons) {
      const isWav = button.dataset.file === "wav";
      button.disabled = isWav ? isSilent : isSilent && this.#record.utterances.length === 0;
    }
  }

  /** @param {HTMLButtonElement} button */
  async #save(button) {
    const kind = /** @type {import("./files.js").Kind} */ (button.dataset.file);
    const names = {
      user: text("user"),
      assistant: text("assistant"),
      unheard: (/** @type {string} */ words) => text("text_not_heard", { words }),
    };
    const { utterances } = this.#record;
    const { report, events } = this.#events;
    try {
      await save(kind, { utterances, names, recording: this.#recording, report, events }, new Date());
    } catch {
      write(this.#status, sentence("save_failed")); // Chromium refuses a Blob that finds no room
    }
  }

  /** Since the session began, in ms. */
  #now() {
    return performance.now() - this.#beganMs;
  }
}
