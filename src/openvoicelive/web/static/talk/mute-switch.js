/** Whether the agent may hear: the Mute button, and push-to-talk in its place. */

import { sentence, write } from "../texts.js";

/**
 * @typedef {object} MuteEvents
 * @property {(on: boolean) => void} pushToTalk it was chosen or not; told before `changed`
 * @property {(muted: boolean) => void} changed
 *
 * @typedef {object} MuteElements
 * @property {HTMLButtonElement} button mutes, or, with push-to-talk, is held to talk
 * @property {HTMLInputElement} pushToTalk a check box
 * @property {HTMLElement} notice says that the agent cannot hear, and why
 */

export class MuteSwitch {
  #elements;
  #events;
  #muted = false;
  #held = false;

  /**
   * @param {MuteElements} elements
   * @param {MuteEvents} events
   */
  constructor(elements, events) {
    this.#elements = elements;
    this.#events = events;
    elements.pushToTalk.addEventListener("change", () => this.#choose());
    this.#listen(elements.button);
    this.#show();
  }

  get pushToTalk() {
    return this.#elements.pushToTalk.checked;
  }

  get muted() {
    return this.pushToTalk ? !this.#held : this.#muted;
  }

  /** What being ready means to the user: whether speaking is enough. */
  get state() {
    if (!this.muted) return "ready";
    return this.pushToTalk ? "push_to_talk" : "muted";
  }

  /** Mutes or unmutes; with push-to-talk there is nothing to mute. */
  toggle() {
    if (this.pushToTalk || this.#elements.button.disabled) return false;
    this.#set({ muted: !this.#muted });
    return true;
  }

  /**
   * With push-to-talk: the agent hears while this is so.
   *
   * @param {boolean} held
   */
  hold(held) {
    if (!this.pushToTalk || (held && this.#elements.button.disabled)) return false;
    this.#set({ held });
    return true;
  }

  /**
   * The service has not taken a change of push-to-talk.
   *
   * @param {boolean} on what holds instead
   */
  follow(on) {
    this.#elements.pushToTalk.checked = on;
    this.#choose();
  }

  /** A session has begun or ended; its button is shown or hidden. */
  reset() {
    this.#muted = this.#held = false;
    this.#show();
  }

  #choose() {
    this.#events.pushToTalk(this.pushToTalk);
    this.#set({ muted: false, held: false });
  }

  /** @param {{ muted?: boolean, held?: boolean }} change */
  #set({ muted = this.#muted, held = this.#held }) {
    this.#muted = muted;
    this.#held = held;
    this.#show();
    this.#events.changed(this.muted);
  }

  #show() {
    const { button, notice } = this.#elements;
    write(button, sentence(this.pushToTalk ? "hold_to_talk" : this.#muted ? "unmute" : "mute"));
    write(notice, this.#muted && !button.hidden ? sentence("muted") : "");
    if (this.pushToTalk) button.setAttribute("aria-pressed", String(this.#held));
    else button.removeAttribute("aria-pressed");
    button.setAttribute("aria-keyshortcuts", this.pushToTalk ? "Space" : "M");
    document.body.dataset.muted = String(this.muted);
  }

  /** @param {HTMLButtonElement} button */
  #listen(button) {
    button.addEventListener("click", () => this.toggle());
    button.addEventListener("pointerdown", (event) => {
      if (this.hold(true)) button.setPointerCapture(event.pointerId);
    });
    for (const end of ["pointerup", "pointercancel", "blur"]) {
      button.addEventListener(end, () => this.#held && this.hold(false));
    }
    button.addEventListener("keydown", ({ code, repeat }) => {
      if (!repeat && (code === "Space" || code === "Enter")) this.hold(true);
    });
    button.addEventListener("keyup", ({ code }) => {
      if (code === "Space" || code === "Enter") this.hold(false);
    });
    // A long press on a phone would open a menu.
    button.addEventListener("contextmenu", (event) => this.pushToTalk && event.preventDefault());
  }
}
