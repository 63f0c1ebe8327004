/** Which microphones and speakers there are, and what to do when that changes. */

/**
 * @typedef {object} Device
 * @property {string} id
 * @property {string} label
 *
 * @typedef {object} Devices of one kind
 * @property {Device[]} devices those with a name; browsers tell names only to pages that may use a microphone
 * @property {string} usual the name of the one that the system uses, where the browser tells it
 *
 * @typedef {{ microphones: Devices, speakers: Devices, named: boolean }} Listing
 */

/** Chromium lists the system's own choice under these ids, besides the device itself. */
const USUAL = "default";
const ALIASES = new Set([USUAL, "communications"]);

/** @returns {Promise<Listing>} */
export async function listDevices() {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return {
    microphones: ofKind(all, "audioinput"),
    speakers: ofKind(all, "audiooutput"),
    named: all.some(({ kind, label }) => kind === "audioinput" && label !== ""),
  };
}

/**
 * @typedef {{ action: "leave" | "return" | "follow" | "offer", device: string }} Reaction
 *   what was used is gone: leave it; what the user had chosen is back; the system uses another one, so follow;
 *   something new can be chosen
 */

/**
 * What to do about a change of the devices, and the name of the device that it is about.
 *
 * @param {Devices} before
 * @param {Devices} after
 * @param {string} chosen what the user wants; empty for the system's
 * @param {string} used what is used; empty for the system's
 * @returns {Reaction | null}
 */
export function reactionTo(before, after, chosen, used) {
  const gone = missing(before, after).find(({ id }) => id === used);
  if (gone) return { action: "leave", device: gone.label };
  const added = missing(after, before);
  const back = added.find(({ id }) => id === chosen && id !== used);
  if (back) return { action: "return", device: back.label };
  if (!used && !chosen && after.usual !== before.usual && before.usual) {
    return { action: "follow", device: after.usual };
  }
  return added.length ? { action: "offer", device: added[0].label } : null;
}

/**
 * The id by which the page knows a device: the system's choice is empty.
 *
 * @param {string | undefined} id
 */
export function ownId(id = "") {
  return ALIASES.has(id) ? "" : id;
}

/**
 * @param {MediaDeviceInfo[]} all
 * @param {MediaDeviceKind} kind
 * @returns {Devices}
 */
function ofKind(all, kind) {
  const own = all.filter((device) => device.kind === kind && device.deviceId && device.label);
  return {
    devices: own.filter(({ deviceId }) => !ALIASES.has(deviceId)).map(({ deviceId: id, label }) => ({ id, label })),
    usual: own.find(({ deviceId }) => deviceId === USUAL)?.label.replace(/^.*? - /, "") ?? "",
  };
}

/**
 * @param {Devices} from
 * @param {Devices} other
 */
function missing(from, other) {
  return from.devices.filter(({ id }) => !other.devices.some((device) => device.id === id));
}
