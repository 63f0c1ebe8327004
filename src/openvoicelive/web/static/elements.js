/** The page's elements, by the ids and of the kinds that `templates/` gives them. */

/** @param {string} id */
export const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
export const button = (id) => /** @type {HTMLButtonElement} */ (document.getElementById(id));
/** @param {string} id */
export const input = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id));
/** @param {string} id */
export const panel = (id) => /** @type {HTMLDetailsElement} */ (document.getElementById(id));
