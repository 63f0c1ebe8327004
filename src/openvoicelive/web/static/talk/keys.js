/** Keys that work wherever the focus is, but for places where they mean something else. */

/** Where people type, or where letters choose among options. */
const FIELDS = "input:not([type=checkbox], [type=radio], [type=range], [type=button]), textarea, select, [contenteditable]";

/** What the space bar presses, opens or moves. */
const PRESSED_BY_SPACE = "button, summary, a[href], input, audio, video, [role=button], [tabindex]";

/**
 * @typedef {object} KeyActions each tells whether it had something to do
 * @property {() => boolean} mute M
 * @property {() => boolean} stopSpeaking Escape
 * @property {(held: boolean) => boolean} talk the space bar, as long as it is held
 */

export class Keys {
  #actions;
  #held = false;
  /** Whoever speaks to the computer or needs a screen reader may not want single letters to do something. */
  enabled = true;

  /** @param {KeyActions} actions */
  constructor(actions) {
    this.#actions = actions;
    document.addEventListener("keydown", (event) => this.#down(event));
    document.addEventListener("keyup", (event) => {
      if (event.code === "Space") this.#release();
    });
    // Its keyup goes to another window.
    window.addEventListener("blur", () => this.#release());
  }

  /** @param {KeyboardEvent} event */
  #down(event) {
    if (this.#held && event.code === "Space") return event.preventDefault(); // it repeats
    if (!this.enabled || event.defaultPrevented || event.repeat || isForOthers(event)) return;
    if (this.#act(event)) event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  #act({ key, code, target }) {
    if (key.toLowerCase() === "m") return this.#actions.mute();
    if (key === "Escape") return this.#actions.stopSpeaking();
    if (code !== "Space" || isWithin(target, PRESSED_BY_SPACE)) return false;
    this.#held = this.#actions.talk(true);
    return this.#held;
  }

  #release() {
    if (this.#held) this.#actions.talk(false);
    this.#held = false;
  }
}

/** @param {KeyboardEvent} event */
function isForOthers({ ctrlKey, metaKey, altKey, isComposing, target }) {
  return ctrlKey || metaKey || altKey || isComposing || isWithin(target, FIELDS);
}

/**
 * @param {EventTarget | null} target
 * @param {string} places
 */
function isWithin(target, places) {
  return target instanceof Element && target.closest(places) !== null;
}
