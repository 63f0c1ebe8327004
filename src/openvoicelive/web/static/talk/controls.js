/** What begins, steers and ends a talk: its state, its levels, what can be pressed, and the keys. */

import { button, element, input } from "../elements.js";
import { sentence } from "../texts.js";
import { Indicator } from "./indicator.js";
import { keepChecked } from "./kept-checkbox.js";
import { Keys } from "./keys.js";
import { MuteSwitch } from "./mute-switch.js";
import { Reminder } from "./reminder.js";
import { StatusView } from "./status.js";

/** @typedef {import("./session.js").State} State */

/** States in which an answer can be stopped. */
const INTERRUPTIBLE = new Set(["processing", "assistant_speaking"]);

/** States with an agent to talk with, so that there may be something to hear. */
const TALKING = new Set(["ready", "listening", "processing", "assistant_speaking", "error"]);

/** States whose sentence depends on whether the agent hears the user. */
const OF_MICROPHONE = new Set(["ready", "assistant_speaking"]);

/** What is to be seen before a session, and during one. */
const BEFORE = ["start", "microphone-reason"];
const DURING = ["stop", "mute", "stop-speaking"];

/**
 * @typedef {object} Talk what is to be done with the session, if there is one
 * @property {(muted: boolean) => void} mute
 * @property {(on: boolean) => void} pushToTalk whether the user's turn lasts as long as the agent may hear
 * @property {() => void} stop
 * @property {() => void} stopSpeaking
 * @property {() => import("./indicator.js").Levels} levels
 */

export class TalkControls {
  #talk;
  #status = new StatusView(element("status"), element("state"), element("status-message"));
  #reminder = new Reminder(element("reminder"));
  #indicator;
  #mute;
  #keys;
  /** @type {State} */
  #state = "idle";
  #running = false;
  /** Whether the session has no microphone, because its user wants to type. */
  #typing = false;
  /** Whether what the user says is understood. */
  #understood = true;

  /** @param {Talk} talk */
  constructor(talk) {
    this.#talk = talk;
    keepChecked(input("push-to-talk"));
    keepChecked(input("keys"));
    this.#indicator = new Indicator(element("status"), talk.levels);
    const mute = { button: button("mute"), pushToTalk: input("push-to-talk"), notice: element("muted") };
    this.#mute = new MuteSwitch(mute, {
      pushToTalk: (on) => talk.pushToTalk(on),
      changed: (muted) => {
        talk.mute(muted);
        if (OF_MICROPHONE.has(this.#state)) this.show(this.#state);
      },
    });
    this.#keys = new Keys({
      mute: () => this.#mute.toggle(),
      talk: (held) => this.#mute.hold(held),
      stopSpeaking: () => this.#stopSpeaking(),
    });
    this.#keys.enabled = input("keys").checked;
    input("keys").addEventListener("change", () => (this.#keys.enabled = input("keys").checked));
    button("stop").addEventListener("click", () => talk.stop());
    button("stop-speaking").addEventListener("click", () => this.#stopSpeaking());
  }

  /** @param {import("./connection.js").Applied} applied what holds in the session */
  applied({ push_to_talk = false, refused = {} }) {
    if (!Object.hasOwn(refused, "push_to_talk")) return;
    this.#mute.follow(push_to_talk);
    this.#status.show(this.#state, sentence("push_to_talk_refused"));
  }

  /** What a session begins with. */
  startChoices() {
    return this.#mute.pushToTalk ? { push_to_talk: true } : {};
  }

  /** Whether the agent may not hear the user. */
  get muted() {
    return this.#mute.muted;
  }

  /**
   * @param {State} state
   * @param {import("../texts.js").Wording} [message] instead of the usual sentence of this state
   */
  show(state, message) {
    this.#state = state;
    const waits = state === "ready";
    this.#status.show(waits ? this.#mute.state : state, message ?? this.#ownSentence());
    if (waits && this.#understood && !this.#typing) this.#reminder.wait(() => sentence(this.#reminderKey()));
    else this.#reminder.cancel();
    const talking = this.#running && TALKING.has(state);
    if (talking) this.#indicator.start();
    else this.#indicator.stop();
    this.#enable(talking);
  }

  /** @param {boolean} understood whether the language that is spoken is; where it is not, nobody is asked to speak */
  understand(understood) {
    if (this.#understood === understood) return;
    this.#understood = understood;
    if (this.#state === "ready") this.show(this.#state);
  }

  /**
   * What begins a session and what steers it change places; the keyboard's focus goes along.
   *
   * @param {boolean} running whether there is a session
   * @param {boolean} typing whether it has no microphone
   */
  run(running, typing) {
    this.#running = running;
    this.#typing = typing;
    const focused = document.activeElement;
    for (const id of BEFORE) element(id).hidden = running;
    for (const id of DURING) element(id).hidden = !running || (typing && id === "mute");
    this.#mute.reset();
    if (!focused || focused.checkVisibility()) return;
    button(running ? "stop" : "start").focus();
  }

  /** @param {boolean} talking */
  #enable(talking) {
    const message = input("message");
    if (this.#typing && talking && message.disabled) queueMicrotask(() => message.focus());
    message.disabled = button("send").disabled = !talking;
    button("mute").disabled = !talking || this.#typing;
    button("stop-speaking").disabled = !talking || !INTERRUPTIBLE.has(this.#state);
  }

  /** What to say where the usual sentence asks a user to speak whom the agent would not hear. */
  #ownSentence() {
    if (this.#state === "ready") return this.#typing || !this.#understood ? sentence("status_typing") : undefined;
    if (this.#state !== "assistant_speaking" || !(this.#typing || this.muted)) return undefined;
    const holds = this.#mute.pushToTalk && !this.#typing;
    return sentence(holds ? "status_speaking_push_to_talk" : "status_speaking_muted");
  }

  #reminderKey() {
    if (!this.muted) return "reminder";
    return this.#mute.pushToTalk ? "reminder_push_to_talk" : "reminder_muted";
  }

  #stopSpeaking() {
    if (button("stop-speaking").disabled) return false;
    this.#talk.stopSpeaking();
    return true;
  }
}
