/** The page's one socket to its server: JSON messages as text, sound as binary. */

import { BYTES_PER_SECOND } from "../sound/sound-format.js";

/**
 * @typedef {"idle" | "starting" | "ready" | "listening" | "processing" | "assistant_speaking" | "stopped"
 *   | "error"} AppState
 *
 * @typedef {{ type: "start", access_code?: string }
 *   | { type: "stop" } | { type: "interrupt" }
 *   | { type: "text", text: string }
 *   | { type: "played", item_id: string, audio_end_ms: number }
 *   | { type: "mute", muted: boolean }} ToApp
 *
 * @typedef {{ state: AppState, message: string, connected: boolean, last_error: string | null }} Status
 * @typedef {{ role: "user" | "assistant", item_id: string, text: string, final: boolean }} Transcript
 *   while not final, `text` is what was added; then it is the whole
 * @typedef {{ [figure: string]: unknown }} Metrics
 *
 * @typedef {object} FromApp
 * @property {(message: Status) => void} status
 * @property {(message: { action: string }) => void} control
 * @property {(message: Transcript) => void} transcript
 * @property {(message: { item_id: string }) => void} audio the sound that follows is this answer's
 * @property {(message: { level: string, msg: string }) => void} log
 * @property {(message: Metrics) => void} metrics
 *
 * @typedef {FromApp & { sound(sound: ArrayBuffer): void, closed(wasOpen: boolean): void }} ConnectionEvents
 */

/** So much unsent sound means that nobody is receiving it. */
const MAX_UNSENT_BYTES = 5 * BYTES_PER_SECOND;

export class Connection {
  #socket;
  #events;
  #wasOpen = false;

  /**
   * @param {ToApp & { type: "start" }} start the first message
   * @param {ConnectionEvents} events
   */
  constructor(start, events) {
    this.#events = events;
    this.#socket = new WebSocket(socketUrl());
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => {
      this.#wasOpen = true;
      this.send(start);
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
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.close(1000);
  }

  /** @param {string | ArrayBuffer} data */
  #receive(data) {
    if (typeof data !== "string") return this.#events.sound(data);
    const message = JSON.parse(data);
    const receive = /** @type {Record<string, Function>} */ (/** @type {unknown} */ (this.#events));
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
