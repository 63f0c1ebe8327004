/** Where the conversation stands: one word, one sentence, and a colour that moves. */

import { textIfKnown } from "../texts.js";

export class StatusView {
  #panel;
  #word;
  #sentence;

  /**
   * @param {HTMLElement} panel carries the state as `data-state`, for the style
   * @param {HTMLElement} word
   * @param {HTMLElement} sentence
   */
  constructor(panel, word, sentence) {
    this.#panel = panel;
    this.#word = word;
    this.#sentence = sentence;
  }

  /**
   * @param {import("./session.js").State} state
   * @param {string} [message] instead of the usual sentence of this state
   */
  show(state, message) {
    this.#panel.dataset.state = state;
    setText(this.#word, textIfKnown(`state_${state}`) || state);
    setText(this.#sentence, message || textIfKnown(`status_${state}`));
  }
}

/**
 * Live regions speak on every change of their content, so the same words are not set again.
 *
 * @param {HTMLElement} element
 * @param {string} words
 */
function setText(element, words) {
  if (element.textContent !== words) element.textContent = words;
}
