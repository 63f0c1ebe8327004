/** Long work on the page's own thread lets clicks and sound through in between. */

/** So long may the thread be kept without a break. */
const STINT_MS = 10;

let beganMs = 0;

/** Lets others run, if it is time. */
export async function breathe() {
  if (performance.now() - beganMs < STINT_MS) return;
  await new Promise((resolve) => setTimeout(resolve));
  beganMs = performance.now();
}
