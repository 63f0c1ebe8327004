/** What a developer would want to see. */

import { write } from "../texts.js";

const MAX_LINES = 200;

export class LogView {
  #list;

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list;
  }

  /** What it shows, for a report. */
  get lines() {
    return [...this.#list.children].map((line) => line.textContent);
  }

  /**
   * @param {string} level
   * @param {import("../texts.js").Wording} message
   */
  add(level, message) {
    const line = document.createElement("li");
    line.dataset.level = level;
    const time = document.createElement("time");
    time.textContent = new Date().toTimeString().slice(0, 8);
    const words = document.createElement("span");
    write(words, message);
    line.append(time, " ", words);
    this.#list.append(line);
    while (this.#list.childElementCount > MAX_LINES) this.#list.firstElementChild?.remove();
    this.#list.scrollTop = this.#list.scrollHeight;
  }
}
