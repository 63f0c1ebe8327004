/** What the server tells its page before a session: never a secret. */

import { sentence } from "./texts.js";

/**
 * @typedef {object} Configuration
 * @property {string[]} [missing] variables without which a session cannot start
 * @property {boolean} [access_code_wanted]
 * @property {"azure" | "model" | "guide"} [answers] who answers
 * @property {string | null} [model]
 * @property {string | null} [chat_model]
 * @property {string} [voice] the operator's
 * @property {string | null} [instructions] the operator's, where the visitor may see them
 * @property {import("./settings/offer.js").Choices} [choices] what the operator lets a visitor choose
 * @property {import("./settings/offer.js").Defaults} [defaults]
 * @property {string[] | null} [recognition_languages] understood when spoken; `null`: not known
 */

/** @returns {Promise<Configuration | null>} `null` if the server does not say */
export async function fetchConfiguration() {
  try {
    const response = await fetch(new URL("config", document.baseURI));
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/**
 * Who answers, in a sentence; empty if the server does not say.
 *
 * @param {Configuration} configuration
 */
export function whoAnswers({ answers, model, chat_model }) {
  if (answers === "guide") return sentence("guide_answers");
  if (answers === "model" && chat_model) return sentence("model_answers", { model: chat_model });
  if (answers === "azure" && model) return sentence("azure_answers", { model });
  return "";
}
