/** One conversation, from Start session to its end: ties microphone, speaker and connection together. */

import { Connection } from "./connection.js";
import { Microphone, MicrophoneError, requireSecurePage } from "../sound/microphone.js";
import { Speaker } from "../sound/speaker.js";
import { FRAME_MS } from "../sound/sound-format.js";
import { text } from "../texts.js";
import { ModuleUnavailable } from "../sound/worklet.js";

/** @typedef {import("./connection.js").AppState | "connecting"} State */

/**
 * @typedef {object} SessionEvents
 * @property {(state: State, message?: string) => void} state
 * @property {(state: "stopped" | "error", message?: string) => void} ended everything is released
 * @property {(transcript: import("./connection.js").Transcript) => void} transcript
 * @property {(words: import("./connection.js").Words) => void} [words]
 * @property {(itemId: string, audioEndMs: number) => void} cutOff an answer was not heard to its end
 * @property {(interruption: import("./connection.js").Control) => void} [interrupted] the app had the page stop
 * @property {(metrics: import("./connection.js").Metrics) => void} metrics
 * @property {(applied: import("./connection.js").Applied) => void} [session]
 * @property {(event: import("./connection.js").ProtocolEvent) => void} [event]
 * @property {(id: number) => void} [pong]
 * @property {(itemId: string) => void} [gap] sound came too late, and there was a pause within an answer
 * @property {(jitterMs: number, prerollMs: number) => void} [jitter] how unevenly sound arrives
 * @property {(itemId: string, playedMs: number) => void} [playing] told about 25 times a second
 * @property {(user: number, agent: number) => void} [levels] from 0 to 1
 * @property {(frame: ArrayBuffer, atMs: number) => void} [sent] sound of the microphone; it must not be changed
 * @property {(itemId: string, samples: Int16Array, atMs: number) => void} [heard]
 *   sound that was really played, told only while `record(true)`; both `atMs`: when its first sample was heard,
 *   on the clock of `performance.now()`
 * @property {(level: string, message: string) => void} log
 */

export class Session {
  #events;
  #over = false;
  /** Whether the agent may hear: not before it has said that it is ready. */
  #heard = false;
  /** @type {Speaker | null} */
  #speaker = null;
  /** @type {Microphone | null} */
  #microphone = null;
  /** @type {Connection | null} */
  #connection = null;

  /** @param {SessionEvents} events */
  constructor(events) {
    this.#events = events;
  }

  /**
   * Begins; what comes of it is told by the events. Call it while handling a click.
   *
   * @param {import("./connection.js").Choices} choices
   */
  async start(choices) {
    this.#events.state("connecting", text("asking_for_microphone"));
    try {
      await this.#openSound();
    } catch (error) {
      this.#events.log("error", String(error instanceof Error ? (error.cause ?? error) : error));
      return this.#end("error", remedy(error));
    }
    if (this.#over) return this.#release();
    this.#events.log("info", text("log_microphone_on", { rate_hz: this.#microphone?.rateHz ?? 0 }));
    this.#events.state("connecting");
    this.#connection = new Connection({ type: "start", ...choices }, this.#fromApp());
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
    this.#microphone?.mute(muted);
    this.#connection?.send({ type: "mute", muted });
  }

  /** @param {import("./connection.js").SessionSettings} settings for the running session; answered by `session` */
  change(settings) {
    this.#connection?.send({ type: "settings", ...settings });
  }

  /** @param {boolean} on whether the protocol's events are to be told */
  wantEvents(on) {
    this.#connection?.send({ type: "events", on });
  }

  /** @param {number} id comes back with `pong` */
  ping(id) {
    this.#connection?.send({ type: "ping", id });
  }

  async #openSound() {
    requireSecurePage();
    this.#speaker = await Speaker.open({
      played: (itemId, audioEndMs, cutOff) => this.#played(itemId, audioEndMs, cutOff),
      gap: (itemId) => {
        this.#events.log("warning", text("log_gap"));
        this.#events.gap?.(itemId);
      },
      overflow: () => this.#events.log("warning", text("log_overflow")),
    });
    if (this.#over) return;
    this.#microphone = await Microphone.open({
      frame: (frame) => {
        if (!this.#heard) return;
        this.#connection?.sendSound(frame);
        this.#events.sent?.(frame, performance.now() - FRAME_MS);
      },
      lost: () => this.#end("error", text("microphone_lost")),
    });
  }

  /** @returns {import("./connection.js").ConnectionEvents} */
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
      event: (event) => this.#events.event?.(event),
      pong: ({ id }) => this.#events.pong?.(id),
      audio: ({ item_id }) => this.#speaker?.begin(item_id),
      sound: (sound) => this.#speaker?.play(sound),
      log: ({ level, msg }) => this.#events.log(level, msg),
      metrics: ({ type, ...figures }) => this.#events.metrics(figures),
      closed: (wasOpen) => this.#end("error", text(wasOpen ? "connection_lost" : "connection_refused")),
    };
  }

  /** @param {import("./connection.js").Status} status */
  #status({ state, message, connected }) {
    if (state === "stopped" || (state === "error" && !connected)) return this.#end(state, message);
    if (state === "ready") this.#heard = true;
    this.#events.state(state, message);
  }

  /**
   * @param {string} itemId
   * @param {number} audioEndMs
   * @param {boolean} cutOff
   */
  #played(itemId, audioEndMs, cutOff) {
    this.#connection?.send({ type: "played", item_id: itemId, audio_end_ms: audioEndMs });
    this.#events.log("debug", text("log_played", { item_id: itemId, audio_end_ms: audioEndMs }));
    if (cutOff) this.#events.cutOff(itemId, audioEndMs);
  }

  /**
   * @param {"stopped" | "error"} state
   * @param {string} [message]
   */
  #end(state, message) {
    if (this.#over) return;
    this.#over = true;
    this.#release();
    this.#events.log("info", text("log_ended"));
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
  if (error instanceof MicrophoneError) return text(`microphone_${error.reason}`);
  return text(error instanceof ModuleUnavailable ? "connection_refused" : "speaker_failed");
}
