/** The button beside the voices: hear one, or stop hearing it. */

import { sentence, write } from "../texts.js";
import { VoiceSample } from "./sample.js";

/** @typedef {{ access_code?: string, voice?: string, language?: string, speech_rate?: number }} Wanted */

export class SampleButton {
  #button = /** @type {HTMLButtonElement} */ (document.getElementById("sample"));
  #status = /** @type {HTMLElement} */ (document.getElementById("sample-status"));
  #wanted;
  /** @type {VoiceSample | null} */
  #sample = null;

  /** @param {() => Wanted & { speakerId: string, voiceLabel: string }} wanted */
  constructor(wanted) {
    this.#wanted = wanted;
    this.#button.addEventListener("click", () => (this.#sample ? this.stop() : this.#play()));
  }

  stop() {
    this.#sample?.stop();
  }

  /** @param {boolean} allowed not while a session runs */
  allow(allowed) {
    this.#button.disabled = !allowed;
  }

  #play() {
    const { speakerId, voiceLabel, ...order } = this.#wanted();
    this.#sample = new VoiceSample((problem) => this.#show(problem ?? ""));
    write(this.#button, sentence("sample_stop"));
    write(this.#status, sentence("sample_playing", { voice: voiceLabel }));
    void this.#sample.play({ type: "sample", ...order }, speakerId);
  }

  /** @param {import("../texts.js").Wording} words */
  #show(words) {
    this.#sample = null;
    write(this.#button, sentence("sample"));
    write(this.#status, words);
  }
}
