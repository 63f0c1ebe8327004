/** Which of the computer's speakers a sound goes to. */

/** @typedef {{ setSinkId(deviceId: string): Promise<void> }} Sink of the Web Audio API's later drafts */

/** Firefox and Safari play on the system's speaker only. */
export function canChooseSpeaker() {
  return "setSinkId" in AudioContext.prototype;
}

/**
 * @param {AudioContext} context
 * @param {string} deviceId empty for the system's
 * @returns {Promise<boolean>} whether it plays there now; otherwise it goes on where it did
 */
export async function playOn(context, deviceId) {
  if (!canChooseSpeaker()) return deviceId === "";
  try {
    await /** @type {Sink} */ (/** @type {unknown} */ (context)).setSinkId(deviceId);
    return true;
  } catch {
    return false;
  }
}
