/** One conversation, from Start session to its end: ties microphone, speaker and connection together. */

import { Link } from "./link.js";
import { problemWords } from "./problems.js";
import { Microphone, requireSecurePage } from "../sound/microphone.js";
import { MicrophoneError, USUAL_MICROPHONE } from "../sound/microphone-input.js";
import { Speaker } from "../sound/speaker.js";
import { BYTES_PER_SECOND } from "../sound/sound-format.js";
import { sentence } from "../texts.js";
import { ModuleUnavailable } from "../sound/worklet.js";

/** @typedef {import("./connection.js").AppState | "connecting" | "reconnecting"} State */

/**
 * @typedef {object} SessionEvents
 * @property {(state: State, message?: import("../texts.js").Wording) => void} state
 * @property {(state: "stopped" | "error", message?: import("../texts.js").Wording) => void} ended everything is released
 * @property {(transcript: import("./connection.js").Transcript) => void} transcript
 * @property {(words: import("./connection.js").Words) => void} [words]
 * @property {(itemId: string, audioEndMs: number) => void} cutOff an answer was not heard to its end
 * @property {(interruption: import("./connection.js").Control) => void} [interrupted] the app had the page stop
 * @property {(metrics: import("./connection.js").Metrics) => void} metrics
 * @property {(applied: import("./connection.js").Applied) => void} [session]
 * @property {(event: import("./connection.js").ProtocolEvent) => void} [event]
 * @property {() => import("./connection.js").Said[]} [said] what a new connection is told of the conversation
 * @property {() => void} [restored] the connection was lost and is there again
 * @property {(ms: number) => void} [roundTrip] to the app and back; told once a second
 * @property {(itemId: string) => void} [gap] sound came too late, and there was a pause within an answer
 * @property {(jitterMs: number, prerollMs: number) => void} [jitter] how unevenly the app's messages arrive, and how
 *   much of an answer is gathered before it is played
 * @property {(itemId: string, soundMs: number) => void} [arrived] so much more sound of an answer
 * @property {(itemId: string, playedMs: number) => void} [playing] where the sound is; told every 21 ms
 * @property {(itemId: string, playedMs: number, cutOff: boolean) => void} [played] it ended, ran dry or was stopped
 * @property {(frame: ArrayBuffer, atMs: number) => void} [sent] sound of the microphone; it must not be changed
 * @property {(itemId: string, samples: Int16Array, atMs: number) => void} [heard]
 *   sound that was really played, told only while `record(true)`; both `atMs`: when its first sample was heard,
 *   on the clock of `performance.now()`
 * @property {(event: "lost" | "replaced" | "silenced" | "heard") => void} [microphone] its device is gone; another
 *   goes on in its place; it was muted outside of the page; it was unmuted there
 * @property {(level: string, message: import("../texts.js").Wording) => void} log
 */

/**
 * @typedef {object} Devices
 * @property {import("../sound/microphone-input.js").MicrophoneChoice} microphone
 * @property {string} speaker its id; empty for the system's
 */

/**
 * What round trips vary is what sound varies, if more of them were measured: so a part is added.
 * Measured with 150 ms of jitter (bench/page.py).
 */
const PREROLL_PER_JITTER = 1.5;
const PREROLL_MARGIN_MS = 40;

export class Session {
  #events;
  #devices;
  #over = false;
  /** Whether the agent may hear: not before it has said that it is ready. */
  #heard = false;
  /** @type {Speaker | null} */
  #speaker = null;
  /** @type {Microphone | null} */
  #microphone = null;
  /** @type {Link | null} */
  #connection = null;
  /** @type {import("./connection.js").Choices} */
  #choices = {};
  /** The answer whose sound arrives. */
  #arriving = "";
  #muted = false;
  /** Whether this connection began with push-to-talk. */
  #beganHeld = false;
  #jitterMs = 0;
  #prerollMs = 0;
  /** When the first connection began, and how much later this one did. @type {number | undefined} */
  #beganMs;
  #laterMs = 0;

  /**
   * @param {SessionEvents} events
   * @param {Devices} [devices]
   */
  constructor(events, devices = { microphone: USUAL_MICROPHONE, speaker: "" }) {
    this.#events = events;
    this.#devices = devices;
  }

  /**
   * Begins; what comes of it is told by the events. Call it while handling a click.
   *
   * @param {import("./connection.js").Choices} choices
   * @param {{ typing?: boolean }} [how] `typing`: without a microphone
   */
  async start(choices, { typing = false } = {}) {
    this.#events.state("connecting", typing ? undefined : sentence("asking_for_microphone"));
    try {
      await this.#openSound(typing);
    } catch (error) {
      this.#events.log("error", String(error instanceof Error ? (error.cause ?? error) : error));
      return this.#end("error", remedy(error));
    }
    if (this.#over) return this.#release();
    if (this.#microphone) this.#events.log("info", sentence("log_microphone_on", { rate_hz: this.#microphone.rateHz }));
    this.#events.state("connecting");
    this.#choices = { ...choices, ...this.#choices }; // something may have been chosen in the meantime
    this.#connection = new Link(() => this.#first(), this.#fromApp());
  }

  stop() {
    this.#connection?.send({ type: "stop" });
    this.#end("stopped");
  }

  interrupt() {
    this.#connection?.send({ type: "interrupt" });
    this.#speaker?.stop();
  }

  /** @param {string} typed */
  sendText(typed) {
    this.#connection?.send({ type: "text", text: typed });
    this.#speaker?.stop();
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.#muted = muted;
    this.#microphone?.mute(muted);
    this.#connection?.send({ type: "mute", muted });
  }

  /**
   * Goes on with another microphone, or with other processing of its sound; also after it was lost.
   *
   * @param {import("../sound/microphone-input.js").MicrophoneChoice} choice
   * @throws {MicrophoneError | ModuleUnavailable} that cannot be had, and what was before goes on
   */
  async changeMicrophone(choice) {
    const microphone = this.#microphone;
    if (!microphone) return;
    const wasLost = microphone.inUse === null;
    await microphone.change(choice);
    if (wasLost && microphone.inUse) this.#connection?.send({ type: "mute", muted: microphone.muted });
  }

  /**
   * @param {string} deviceId
   * @returns {Promise<boolean>} whether that speaker plays
   */
  async changeSpeaker(deviceId) {
    return (await this.#speaker?.change(deviceId)) ?? false;
  }

  /** To read its level and what it is; use `changeMicrophone` to change it. */
  get microphone() {
    return this.#microphone;
  }

  /** @param {import("./connection.js").SessionSettings} settings for the running session; answered by `session` */
  change(settings) {
    this.#choices = { ...this.#choices, ...settings };
    this.#connection?.send({ type: "settings", ...settings });
  }

  /** @param {boolean} on whether the protocol's events are to be told */
  wantEvents(on) {
    this.#choices = { ...this.#choices, events: on };
    this.#connection?.send({ type: "events", on });
  }

  /** @param {boolean} on whether being muted ends the user's turn, and its end begins one */
  pushToTalk(on) {
    this.#choices = { ...this.#choices, push_to_talk: on };
    this.#connection?.send({ type: "push_to_talk", on });
  }

  /** @param {boolean} on whether `heard` is to be told */
  record(on) {
    this.#speaker?.record(on);
  }

  /** How loud the user is now, as far as the agent hears it, in dBFS. */
  userLevel() {
    return this.#muted ? -Infinity : (this.#microphone?.level() ?? -Infinity);
  }

  /** How loud the agent is now, in dBFS. */
  agentLevel() {
    return this.#speaker?.level() ?? -Infinity;
  }

  /** @returns {import("./connection.js").ToApp} what each connection begins with */
  #first() {
    const nowMs = performance.now();
    this.#beganMs ??= nowMs;
    this.#laterMs = Math.round(nowMs - this.#beganMs);
    const history = this.#events.said?.() ?? [];
    this.#beganHeld = this.#choices.push_to_talk === true;
    return { type: "start", ...this.#choices, ...(history.length ? { history } : {}) };
  }

  /** @param {boolean} typing */
  async #openSound(typing) {
    requireSecurePage();
    this.#speaker = await Speaker.open(this.#devices.speaker, {
      played: (itemId, audioEndMs, cutOff) => this.#played(itemId, audioEndMs, cutOff),
      gap: (itemId) => {
        this.#events.log("warning", sentence("log_gap"));
        this.#events.gap?.(itemId);
      },
      playing: (itemId, playedMs) => this.#events.playing?.(itemId, playedMs),
      heard: (itemId, samples, atMs) => this.#events.heard?.(itemId, samples, atMs),
      preroll: (prerollMs) => this.#tellJitter(this.#jitterMs, prerollMs),
      overflow: () => this.#events.log("warning", sentence("log_overflow")),
    });
    if (this.#over || typing) return;
    this.#microphone = await Microphone.open(this.#devices.microphone, {
      frame: (frame, atMs) => {
        if (!this.#heard) return;
        this.#connection?.sendSound(frame);
        this.#events.sent?.(frame, atMs);
      },
      lost: () => this.#microphoneLost(),
      replaced: () => this.#events.microphone?.("replaced"),
      silenced: (silent) => this.#events.microphone?.(silent ? "silenced" : "heard"),
    });
    this.#microphone.mute(this.#muted);
  }

  /** Typing and listening go on without a microphone; whoever was in mid-sentence is not waited for. */
  #microphoneLost() {
    this.#connection?.send({ type: "mute", muted: true });
    this.#events.microphone?.("lost");
  }

  /** @returns {import("./link.js").Events} */
  #fromApp() {
    return {
      status: (status) => this.#status(status),
      control: (control) => {
        if (control.action !== "stop_playback") return;
        this.#speaker?.stop();
        this.#events.interrupted?.(control);
      },
      transcript: (transcript) => this.#events.transcript(transcript),
      words: (words) => this.#events.words?.(words),
      session: (applied) => this.#events.session?.(applied),
      event: (event) => this.#events.event?.({ ...event, at_ms: event.at_ms + this.#laterMs }),
      audio: ({ item_id }) => {
        this.#arriving = item_id;
        this.#speaker?.begin(item_id);
      },
      sound: (sound) => {
        this.#events.arrived?.(this.#arriving, (sound.byteLength * 1000) / BYTES_PER_SECOND);
        this.#speaker?.play(sound);
      },
      log: ({ level, msg }) => this.#events.log(level, msg),
      metrics: ({ type, ...figures }) => this.#events.metrics(figures),
      roundTrip: (ms, jitterMs) => {
        this.#events.roundTrip?.(ms);
        this.#speaker?.expect(PREROLL_MARGIN_MS + PREROLL_PER_JITTER * jitterMs);
        this.#tellJitter(jitterMs, this.#prerollMs);
      },
      lost: () => this.#lost(),
      restored: () => this.#restored(),
      closed: (refusal, wasOpen) =>
        this.#end("error", refusal ? problemWords(refusal) : sentence(wasOpen ? "connection_lost" : "connection_refused")),
    };
  }

  /** @param {import("./connection.js").Status} status */
  #status(status) {
    const { state, connected, code } = status;
    const problem = code || state === "error" || state === "stopped";
    // What states of normal life mean is said by the page, in its language.
    const words = problem ? problemWords(status) : undefined;
    if (state === "stopped" || (state === "error" && !connected)) return this.#end(state, words);
    if (state === "ready") this.#ready();
    this.#events.state(state, words);
  }

  #ready() {
    if (!this.#heard) this.#tellMute();
    this.#heard = true;
  }

  /** A new connection knows neither what was chosen while it began nor whether a turn is held. */
  #tellMute() {
    const { push_to_talk: on = false } = this.#choices;
    if (on !== this.#beganHeld) this.#connection?.send({ type: "push_to_talk", on });
    if (this.#muted || on) this.#connection?.send({ type: "mute", muted: true });
    if (!this.#muted && on) this.#connection?.send({ type: "mute", muted: false });
  }

  /** What is there of the answer is still played; the microphone stays open, and nobody hears it. */
  #lost() {
    this.#heard = false;
    this.#events.log("warning", sentence("log_lost"));
    this.#events.state("reconnecting");
  }

  #restored() {
    this.#events.log("info", sentence("log_restored"));
    this.#events.restored?.();
  }

  /**
   * @param {number} jitterMs
   * @param {number} prerollMs
   */
  #tellJitter(jitterMs, prerollMs) {
    this.#jitterMs = jitterMs;
    this.#prerollMs = prerollMs;
    this.#events.jitter?.(jitterMs, prerollMs);
  }

  /**
   * @param {string} itemId
   * @param {number} audioEndMs
   * @param {boolean} cutOff
   */
  #played(itemId, audioEndMs, cutOff) {
    this.#connection?.send({ type: "played", item_id: itemId, audio_end_ms: audioEndMs });
    this.#events.log("debug", sentence("log_played", { item_id: itemId, audio_end_ms: audioEndMs }));
    this.#events.played?.(itemId, audioEndMs, cutOff);
    if (cutOff) this.#events.cutOff(itemId, audioEndMs);
  }

  /**
   * @param {"stopped" | "error"} state
   * @param {import("../texts.js").Wording} [message]
   */
  #end(state, message) {
    if (this.#over) return;
    this.#over = true;
    this.#release();
    this.#events.log("info", sentence("log_ended"));
    this.#events.ended(state, message);
  }

  /** The browser's recording indicator goes off. */
  #release() {
    this.#microphone?.close();
    this.#speaker?.close();
    this.#connection?.close();
    this.#microphone = this.#speaker = this.#connection = null;
  }
}

/**
 * What to do when the session could not begin.
 *
 * @param {unknown} error
 */
function remedy(error) {
  if (error instanceof MicrophoneError) return sentence(`microphone_${error.reason}`);
  return sentence(error instanceof ModuleUnavailable ? "connection_refused" : "speaker_failed");
}
