/** A check box that is as the user left it, also next time. */

import { keep, readKept } from "../kept.js";

/** @param {HTMLInputElement} box */
export function keepChecked(box) {
  const kept = readKept(box.id);
  if (typeof kept === "boolean") box.checked = kept;
  box.addEventListener("change", () => keep(box.id, box.checked));
}
