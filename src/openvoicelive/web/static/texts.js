/** Every sentence a user reads comes from `locales/`; this module looks them up. */

/** @typedef {keyof typeof import("./locales/en.json")} TextKey */

const response = await fetch(new URL("./locales/en.json", import.meta.url));

/** @type {Record<string, string>} */
const catalogue = await response.json();

/**
 * The sentence for `key`, with each `{name}` in it replaced.
 *
 * @param {TextKey} key
 * @param {Record<string, string | number>} [values]
 */
export function text(key, values = {}) {
  return catalogue[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/**
 * The sentence for a key that came from outside, or nothing if there is none.
 *
 * @param {string} key
 */
export function textIfKnown(key) {
  return Object.hasOwn(catalogue, key) ? catalogue[key] : "";
}

/**
 * Fills the elements that name their sentence: `data-text` as content, `data-placeholder` as placeholder.
 *
 * @param {ParentNode} root
 */
export function fillTexts(root) {
  for (const element of root.querySelectorAll("[data-text]")) {
    element.textContent = textIfKnown(element.getAttribute("data-text") ?? "");
  }
  for (const element of root.querySelectorAll("[data-placeholder]")) {
    element.setAttribute("placeholder", textIfKnown(element.getAttribute("data-placeholder") ?? ""));
  }
}
