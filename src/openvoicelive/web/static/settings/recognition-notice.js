/** Says that the language of the conversation is not understood when it is spoken, and offers typing. */

import { sameLanguage } from "../language.js";
import { languageName, sentence, write } from "../texts.js";

export class RecognitionNotice {
  #notice;
  #words;

  /**
   * @param {HTMLElement} notice
   * @param {HTMLElement} words a live region in it
   */
  constructor(notice, words) {
    this.#notice = notice;
    this.#words = words;
  }

  /**
   * @param {string} language
   * @param {string[] | null} [understood] `null`: not known
   * @returns {boolean} whether speech is understood, as far as is known
   */
  show(language, understood) {
    const unknown = Boolean(understood) && !understood?.some((one) => sameLanguage(one, language));
    this.#notice.hidden = !unknown;
    const name = languageName(language.split("-")[0]);
    write(this.#words, unknown ? sentence("unrecognised", { language: name }) : "");
    return !unknown;
  }
}
