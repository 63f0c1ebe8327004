/** Puts words into the clipboard. */

/**
 * @param {string} words
 * @returns {Promise<boolean>} whether the browser allowed it
 */
export async function copy(words) {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    return false;
  }
}
