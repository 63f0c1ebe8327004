/** The page's one socket to its server: JSON messages as text, sound as binary. */

import { BYTES_PER_SECOND } from "../sound/sound-format.js";

/**
 * @typedef {"idle" | "starting" | "ready" | "listening" | "processing" | "assistant_speaking" | "stopped"
 *   | "error"} AppState
 *
 * @typedef {object} TurnDetection what is left out is the service's choice
 * @property {string} type
 * @property {number} [threshold] from 0 to 1
 * @property {number} [prefix_padding_ms]
 * @property {number} [silence_duration_ms]
 *
 * @typedef {object} SessionSettings what can also change while a session runs
 * @property {string} [voice]
 * @property {string} [language]
 * @property {string} [instructions]
 * @property {TurnDetection} [turn_detection]
 * @property {number} [speech_rate] 1 is the voice's own pace
 *
 * @typedef {{ role: "user" | "assistant", text: string }} Said
 *
 * @typedef {SessionSettings & { access_code?: string, model?: string, agent?: string, events?: boolean,
 *   push_to_talk?: boolean }} Choices
 *
 * @typedef {({ type: "start", history?: Said[] } & Choices)
 *   | { type: "stop" } | { type: "interrupt" }
 *   | { type: "text", text: string }
 *   | { type: "played", item_id: string, audio_end_ms: number }
 *   | { type: "mute", muted: boolean }
 *   | { type: "push_to_talk", on: boolean }
 *   | ({ type: "settings" } & SessionSettings)
 *   | { type: "events", on: boolean }
 *   | { type: "ping", id: number }
 *   | { type: "sample", access_code?: string, voice?: string, language?: string, speech_rate?: number }} ToApp
 *
 * @typedef {{ [name: string]: string | number }} Values
 * @typedef {{ state: AppState, message: string, connected: boolean, last_error: string | null,
 *   code?: string | null, values?: Values }} Status `code` names the page's own sentence, with `values` in it
 * @typedef {{ action: "stop_playback", because?: "speech" | "typed" | "button" | null,
 *   after_ms?: number | null }} Control `after_ms`: since the user's speech began
 * @typedef {{ role: "user" | "assistant", item_id: string, text: string, final: boolean }} Transcript
 *   while not final, `text` is what was added; then it is the whole
 * @typedef {{ text: string, start_ms: number, end_ms: number }} Word in ms of its answer's sound
 * @typedef {{ item_id: string, words: Word[] }} Words
 * @typedef {{ model: string, agent?: string | null, voice: string, language?: string | null, instructions?: string | null,
 *   turn_detection?: TurnDetection | null, speech_rate?: number | null, push_to_talk?: boolean,
 *   word_times: boolean,
 *   refused?: { [setting: string]: string } }} Applied what holds in the running session, and what could not change
 * @typedef {{ turn?: number, item_id?: string | null, silence_ms?: number | null, transcript_ms?: number | null,
 *   first_text_ms?: number | null, first_sound_ms?: number | null }} Metrics all from the end of speech
 * @typedef {{ direction: "sent" | "received", at_ms: number, event: { type: string, [field: string]: unknown } }}
 *   ProtocolEvent `at_ms` since the session began
 * @typedef {{ item_id: string, failed?: string | null, code?: string | null, values?: Values }} SampleDone
 *
 * @typedef {object} FromApp
 * @property {(message: Status) => void} [status]
 * @property {(message: Control) => void} [control]
 * @property {(message: Transcript) => void} [transcript]
 * @property {(message: Words) => void} [words]
 * @property {(message: { item_id: string }) => void} [audio] the sound that follows is this answer's
 * @property {(message: SampleDone) => void} [sample_done]
 * @property {(message: { level: string, msg: string }) => void} [log]
 * @property {(message: { type: "metrics" } & Metrics) => void} [metrics]
 * @property {(message: Applied) => void} [session]
 * @property {(message: { id: number }) => void} [pong]
 * @property {(message: ProtocolEvent) => void} [event]
 *
 * @typedef {FromApp & { opened?(): void, sound(sound: ArrayBuffer): void, closed(wasOpen: boolean): void }}
 *   ConnectionEvents `opened`: the first message is sent
 */

/** So much unsent sound means that nobody is receiving it. */
const MAX_UNSENT_BYTES = 5 * BYTES_PER_SECOND;

export class Connection {
  #socket;
  #events;
  #wasOpen = false;

  /**
   * @param {ToApp} first said as soon as the socket is open
   * @param {ConnectionEvents} events
   */
  constructor(first, events) {
    this.#events = events;
    this.#socket = new WebSocket(socketUrl());
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => {
      this.#wasOpen = true;
      this.send(first);
      events.opened?.();
    };
    this.#socket.onmessage = ({ data }) => this.#receive(data);
    this.#socket.onclose = () => events.closed(this.#wasOpen);
  }

  /** @param {ToApp} message */
  send(message) {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** @param {ArrayBuffer} sound */
  sendSound(sound) {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.bufferedAmount <= MAX_UNSENT_BYTES) this.#socket.send(sound);
    else this.#events.closed(this.#wasOpen);
  }

  close() {
    this.#socket.onopen = null;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.close(1000);
  }

  /** @param {string | ArrayBuffer} data */
  #receive(data) {
    if (typeof data !== "string") return this.#events.sound(data);
    const message = JSON.parse(data);
    const receive = /** @type {Record<string, Function | undefined>} */ (/** @type {unknown} */ (this.#events));
    // A newer server may say more than this page knows.
    receive[message.type]?.(message);
  }
}

/** `ws` beside the page, wherever that is served. */
function socketUrl() {
  const url = new URL("ws", document.baseURI);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url;
}
