/** What a developer would want to see. */

const MAX_LINES = 200;

export class LogView {
  #list;

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list;
  }

  /**
   * @param {string} level
   * @param {string} message
   */
  add(level, message) {
    const line = document.createElement("li");
    line.dataset.level = level;
    const time = document.createElement("time");
    time.textContent = new Date().toTimeString().slice(0, 8);
    line.append(time, ` ${message}`);
    this.#list.append(line);
    while (this.#list.childElementCount > MAX_LINES) this.#list.firstElementChild?.remove();
    this.#list.scrollTop = this.#list.scrollHeight;
  }
}
