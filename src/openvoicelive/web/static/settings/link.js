/** Choices in a link that can be given to others. */

import { TURN_NUMBERS } from "./offer.js";

/** @typedef {import("./offer.js").Chosen} Chosen */

const NUMBERS = new Set(["speech_rate", ...TURN_NUMBERS]);
const IN_TURN_DETECTION = new Set(["type", ...TURN_NUMBERS]);

/**
 * A link that carries the choices in its fragment, which browsers do not send to servers.
 *
 * @param {Chosen} chosen
 * @param {{ instructions: boolean }} including
 */
export function linkWith(chosen, including) {
  const { turn_detection, instructions, ...rest } = chosen;
  const flat = { ...rest, ...turn_detection, ...(including.instructions ? { instructions } : {}) };
  const told = Object.entries(flat).filter(([, value]) => value !== undefined);
  const link = new URL(location.pathname, location.href);
  link.hash = new URLSearchParams(told.map(([name, value]) => [name, String(value)])).toString();
  return link.href;
}

/**
 * @param {string} fragment as in `location.hash`
 * @returns {Record<string, unknown> | null} to be checked; `null` if the link carries nothing
 */
export function readLink(fragment) {
  const told = [...new URLSearchParams(fragment.replace(/^#/, ""))].filter(([, value]) => value !== "");
  if (told.length === 0) return null;
  /** @type {Record<string, unknown>} */
  const given = {};
  /** @type {Record<string, unknown>} */
  const turns = {};
  for (const [name, value] of told) {
    (IN_TURN_DETECTION.has(name) ? turns : given)[name] = NUMBERS.has(name) ? Number(value) : value;
  }
  return Object.keys(turns).length > 0 ? { ...given, turn_detection: turns } : given;
}
