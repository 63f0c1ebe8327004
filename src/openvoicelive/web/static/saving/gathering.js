/** Makes one large Blob of many parts, and lets clicks and sound through meanwhile. */

/** So long may the page's own thread be kept without a break. */
const STINT_MS = 8;

/** A Blob takes a copy of its parts at once; this much of it takes a few ms. */
const BATCH_BYTES = 1_000_000;

/**
 * @param {Iterable<Uint8Array<ArrayBuffer>>} parts made while they are gathered, each in a few ms
 * @param {(part: Uint8Array<ArrayBuffer>) => void} [look] sees each of them
 */
export async function gather(parts, look = () => {}) {
  /** @type {Blob[]} */
  const gathered = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  let batch = [];
  let batchBytes = 0;
  let beganMs = performance.now();
  for (const part of parts) {
    look(part);
    batch.push(part);
    batchBytes += part.length;
    if (batchBytes >= BATCH_BYTES) {
      gathered.push(new Blob(batch));
      batch = [];
      batchBytes = 0;
    }
    if (performance.now() - beganMs < STINT_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    beganMs = performance.now();
  }
  return new Blob([...gathered, ...batch]);
}
