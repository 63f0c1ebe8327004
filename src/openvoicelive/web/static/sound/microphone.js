/** The user's microphone, as frames of PCM; the device behind it may change while it is used. */

import { MicrophoneError, MicrophoneInput, USUAL_MICROPHONE } from "./microphone-input.js";

/** @typedef {import("./microphone-input.js").MicrophoneChoice} MicrophoneChoice */

/**
 * @typedef {object} MicrophoneEvents
 * @property {(frame: ArrayBuffer, atMs: number) => void} frame 20 ms of sound; the receiver owns it; `atMs`: when
 *   it began, on the clock of `performance.now()`
 * @property {() => void} lost no device is left; `change` may find one later
 * @property {() => void} [replaced] the device was pulled out, and the system's goes on in its place
 * @property {(silent: boolean) => void} [silenced] the system or a key on the device has muted it, or unmuted it
 */

export class Microphone {
  #events;
  #choice = { ...USUAL_MICROPHONE };
  /** @type {MicrophoneInput | null} */
  #input = null;
  #muted = false;
  #closed = false;
  /** Counts the requests: only the last one's device is kept. */
  #requests = 0;

  /**
   * Asks the user for the microphone and starts it. Close it, or the browser goes on recording.
   *
   * @param {MicrophoneChoice} choice
   * @param {MicrophoneEvents} events
   * @throws {MicrophoneError | import("./worklet.js").ModuleUnavailable}
   */
  static async open(choice, events) {
    const microphone = new Microphone(events);
    await microphone.#open(choice);
    return microphone;
  }

  /** @param {MicrophoneEvents} events */
  constructor(events) {
    this.#events = events;
  }

  /** The rate at which the device is read; frames are always at `RATE_HZ`. */
  get rateHz() {
    return this.#input?.rateHz ?? 0;
  }

  /** What is used now: its name and what the browser does to its sound; `null` while there is none. */
  get inUse() {
    return this.#input && { label: this.#input.label, ...this.#input.settings };
  }

  get muted() {
    return this.#muted;
  }

  /** How loud it is now, in dBFS. */
  level() {
    return this.#input?.level() ?? -Infinity;
  }

  /**
   * Goes on with another device or other processing; if that cannot be had, with what was before.
   *
   * @param {MicrophoneChoice} choice
   * @throws {MicrophoneError | import("./worklet.js").ModuleUnavailable} what was chosen cannot be had
   */
  async change(choice) {
    const before = this.#input && this.#choice;
    const request = this.#requests + 1;
    try {
      await this.#open(choice);
    } catch (error) {
      if (before && this.#requests === request) await this.#open(before).catch(() => this.#events.lost());
      throw error;
    }
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.#muted = muted;
    this.#input?.mute(muted);
  }

  close() {
    this.#closed = true;
    this.#requests++;
    this.#release();
  }

  /**
   * What is open is closed first: Chromium and iOS give a second stream of one device the first one's processing.
   *
   * @param {MicrophoneChoice} choice
   * @returns {Promise<boolean>} false if something else was asked for meanwhile
   */
  async #open(choice) {
    if (this.#closed) return false;
    const request = ++this.#requests;
    this.#release();
    const input = await MicrophoneInput.open(choice, {
      frame: (frame, atMs) => {
        if (!this.#muted && this.#input === input) this.#events.frame(frame, atMs);
      },
      lost: () => void this.#replace(),
      silenced: (silent) => this.#events.silenced?.(silent),
    });
    if (request !== this.#requests) {
      input.close();
      return false;
    }
    this.#choice = choice;
    this.#input = input;
    input.mute(this.#muted);
    return true;
  }

  async #replace() {
    const request = this.#requests + 1;
    try {
      if (await this.#open({ ...this.#choice, deviceId: "" })) this.#events.replaced?.();
    } catch {
      if (this.#requests === request) this.#events.lost();
    }
  }

  #release() {
    this.#input?.close();
    this.#input = null;
  }
}

/**
 * Browsers have neither microphone nor worklets on a page that came without https, but from this machine.
 *
 * @throws {MicrophoneError}
 */
export function requireSecurePage() {
  if (!window.isSecureContext) throw new MicrophoneError("insecure");
}
