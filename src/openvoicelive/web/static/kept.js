/** What a visitor has chosen, kept in this browser. */

const PREFIX = "openvoicelive.";

/**
 * @param {string} name
 * @returns {unknown} whatever is there, `null` if nothing is: it is to be checked
 */
export function readKept(name) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name) ?? "null");
  } catch {
    return null;
  }
}

/**
 * @param {string} name
 * @param {unknown} value `null` to forget it
 */
export function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // A browser that keeps nothing for this page: the choice lasts as long as the page.
  }
}
