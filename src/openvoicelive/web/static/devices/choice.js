/** The devices that the user chose, kept in this browser. */

import { keep, readKept } from "../kept.js";
import { USUAL_MICROPHONE } from "../sound/microphone-input.js";

/**
 * @typedef {object} ChosenDevices
 * @property {import("../sound/microphone-input.js").MicrophoneChoice} microphone
 * @property {string} speaker its id; empty for the system's
 */

const KEPT_AS = "devices";

/** @returns {ChosenDevices} */
export function keptDevices() {
  const { microphone = {}, speaker = "" } = /** @type {any} */ (readKept(KEPT_AS)) ?? {};
  return {
    microphone: {
      deviceId: String(microphone.deviceId ?? USUAL_MICROPHONE.deviceId),
      echoCancellation: microphone.echoCancellation !== false,
      noiseSuppression: microphone.noiseSuppression !== false,
      autoGainControl: microphone.autoGainControl !== false,
    },
    speaker: String(speaker),
  };
}

/** @param {ChosenDevices} devices */
export function keepDevices(devices) {
  keep(KEPT_AS, devices);
}
