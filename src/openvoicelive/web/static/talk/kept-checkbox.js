/** A check box that is as the user left it, also next time. */

/** @param {HTMLInputElement} box */
export function keepChecked(box) {
  const keptAs = `openvoicelive.${box.id}`;
  try {
    const kept = localStorage.getItem(keptAs);
    if (kept !== null) box.checked = kept === "true";
  } catch {
    // A browser that keeps nothing for this page: the choice lasts as long as the page.
  }
  box.addEventListener("change", () => {
    try {
      localStorage.setItem(keptAs, String(box.checked));
    } catch {
      // As above.
    }
  });
}
