/** What the app says of a problem, in the page's language. */

import { isTextKey, sentence } from "../texts.js";

/**
 * The page's own sentence for a code, with a remedy; where it has none, the app's.
 *
 * @param {{ message: string, code?: string | null, values?: import("./connection.js").Values }} status
 * @returns {import("../texts.js").Wording}
 */
export function problemWords({ message, code, values }) {
  const key = `problem_${code}`;
  return code && isTextKey(key) ? sentence(key, values) : message;
}
