/** Where only the guide answers: the ways to connect a model, each with what to set, to copy. */

import { copy } from "./copying.js";
import { sentence, write } from "./texts.js";

/** @param {HTMLElement} ways */
export function offerModels(ways) {
  ways.hidden = false;
  const status = /** @type {HTMLElement} */ (ways.querySelector("[role=status]"));
  for (const way of ways.querySelectorAll("section")) {
    way.querySelector("button")?.addEventListener("click", async () => {
      const copied = await copy(way.querySelector("pre")?.textContent ?? "");
      write(status, sentence(copied ? "copied" : "copy_failed"));
    });
  }
}
