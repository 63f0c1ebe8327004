/** Tells a user who says nothing that it is their turn. */

import { write } from "../texts.js";

/** So long may somebody think before the page helps. */
const PATIENCE_MS = 3000;

export class Reminder {
  #element;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {HTMLElement} element a live region */
  constructor(element) {
    this.#element = element;
  }

  /** @param {() => import("../texts.js").Sentence} words asked for when the time has come */
  wait(words) {
    this.cancel();
    this.#timer = setTimeout(() => {
      write(this.#element, words());
    }, PATIENCE_MS);
  }

  cancel() {
    clearTimeout(this.#timer);
    write(this.#element, "");
  }
}
