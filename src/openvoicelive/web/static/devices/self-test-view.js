/** The self-test's button, what it asks for, and what it found. */

import { sentence, write } from "../texts.js";
import { SelfTest } from "./self-test.js";

/**
 * @typedef {object} SelfTestSetting
 * @property {() => import("./choice.js").ChosenDevices} devices
 * @property {() => import("./probe.js").SampleChoices} sampleChoices
 * @property {() => void} began before a microphone is opened
 * @property {(microphone: import("../sound/microphone.js").Microphone | null) => void} listening
 */

export class SelfTestView {
  #button;
  #status;
  #list;
  #setting;
  /** @type {SelfTest | null} */
  #test = null;
  #available = true;

  /**
   * @param {HTMLButtonElement} button
   * @param {HTMLElement} status a live region
   * @param {HTMLElement} list of what was found
   * @param {SelfTestSetting} setting
   */
  constructor(button, status, list, setting) {
    this.#button = button;
    this.#status = status;
    this.#list = list;
    this.#setting = setting;
    button.addEventListener("click", () => void this.#toggle());
  }

  /** @param {boolean} available not while a conversation needs the microphone */
  offer(available) {
    if (!available) this.stop();
    if (available !== this.#available) write(this.#status, available ? "" : sentence("selftest_in_session"));
    this.#available = available;
    this.#button.disabled = !available;
  }

  stop() {
    this.#test?.stop();
  }

  async #toggle() {
    if (this.#test) return this.stop();
    this.#setting.began();
    this.#list.replaceChildren();
    const test = new SelfTest({
      devices: this.#setting.devices(),
      sampleChoices: this.#setting.sampleChoices(),
      stage: (stage) => write(this.#status, sentence(stage)),
      found: (finding) => this.#add(finding),
      listening: this.#setting.listening,
    });
    this.#show(test);
    const finished = await test.run();
    this.#show(null);
    this.#setting.listening(null);
    if (!this.#available) return;
    const well = this.#list.querySelector('[data-good="false"]') === null;
    write(this.#status, sentence(finished ? (well ? "selftest_well" : "selftest_mend") : "selftest_stopped"));
  }

  /** @param {SelfTest | null} test the one that runs */
  #show(test) {
    this.#test = test;
    this.#status.dataset.running = String(test !== null);
    write(this.#button, sentence(test ? "selftest_stop" : "selftest_start"));
  }

  /** @param {import("./judging.js").Finding} finding */
  #add({ good, key, values }) {
    const item = document.createElement("li");
    item.dataset.good = String(good);
    const kind = document.createElement("span");
    kind.className = "visually-hidden";
    write(kind, sentence(good ? "found_good" : "found_bad"));
    const words = document.createElement("span");
    write(words, sentence(key, values));
    item.append(kind, words);
    this.#list.append(item);
  }
}
