/** Where the conversation stands: one word, one sentence, and a colour that moves. */

import { isTextKey, sentence, write } from "../texts.js";

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
   * @param {import("./session.js").State | "muted" | "push_to_talk"} state
   * @param {import("../texts.js").Wording} [message] instead of the usual sentence of this state
   */
  show(state, message) {
    this.#panel.dataset.state = state;
    const [word, usual] = [`state_${state}`, `status_${state}`];
    write(this.#word, isTextKey(word) ? sentence(word) : state);
    write(this.#sentence, message || (isTextKey(usual) ? sentence(usual) : ""));
  }
}
