/** The connection that a session goes by: when it is lost, it is tried again for a while. */

import { Connection } from "./connection.js";
import { RoundTrips } from "./round-trips.js";

/** So long it is tried; the pauses between the tries grow, so that a server that comes back is not overrun. */
const PATIENCE_MS = 15_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 3000;

/** After a connection that was lost again so soon, the pauses and the patience do not begin anew. */
const HELD_MS = 10_000;

/** A try is given up if its server has not told any state after this time. */
const FIRST_STATUS_DEADLINE_MS = 6000;

/**
 * Every connection must be ready after this time, whatever its server says meanwhile. The app gives up a busy service
 * after 30 s, a handshake after 20 s and a configuration after 15 s; a page that reconnects tries again earlier.
 */
const FIRST_READY_DEADLINE_MS = 70_000;
const READY_DEADLINE_MS = 20_000;

/** Ends that another try may mend: a server is replaced, a line was lost, or nobody has noticed yet that it was. */
const MENDABLE = new Set([
  "draining",
  "busy",
  "service_busy",
  "service_loading",
  "service_lost",
  "service_restarting",
  "service_silent",
  "service_unreachable",
  "own_service_unreachable",
]);

/** @typedef {import("./connection.js").Status} Status */

/**
 * @typedef {object} LinkEvents
 * @property {(status: Status) => void} status but for ends that are tried to be mended
 * @property {() => void} lost it is being tried again
 * @property {() => void} restored the agent hears again
 * @property {(refusal: Status | null, wasOpen: boolean) => void} closed for good; `refusal`: what the app said last
 * @property {(ms: number, jitterMs: number) => void} roundTrip
 */

/** @typedef {Omit<import("./connection.js").ConnectionEvents, "status" | "opened" | "closed" | "pong"> & LinkEvents} Events */

export class Link {
  #first;
  #events;
  /** @type {Connection | null} */
  #connection = null;
  #roundTrips = new RoundTrips({
    ping: (id) => this.send({ type: "ping", id }),
    measured: (ms, jitterMs) => this.#events.roundTrip(ms, jitterMs),
    silent: () => this.#lost(null, true),
  });
  /** Whether the agent has ever been ready: only then there is something to restore. */
  #wasReady = false;
  /** When the line was lost; 0 while it is there. */
  #lostAtMs = 0;
  /** For how long it had been lost before, in short intervals. */
  #spentMs = 0;
  #pauseMs = FIRST_PAUSE_MS;
  /** When the connection was there again, or for the first time. */
  #readyAtMs = 0;
  /** Until the next try, or until the server must have told its state. @type {ReturnType<typeof setTimeout> | undefined} */
  #tryTimer;
  /** Until the connection must be ready. @type {ReturnType<typeof setTimeout> | undefined} */
  #readyTimer;

  /**
   * @param {() => import("./connection.js").ToApp} first what each connection begins with
   * @param {Events} events
   */
  constructor(first, events) {
    this.#first = first;
    this.#events = events;
    this.#connect();
  }

  /** @param {import("./connection.js").ToApp} message */
  send(message) {
    this.#connection?.send(message);
  }

  /** @param {ArrayBuffer} sound */
  sendSound(sound) {
    this.#connection?.sendSound(sound);
  }

  close() {
    clearTimeout(this.#tryTimer);
    clearTimeout(this.#readyTimer);
    this.#roundTrips.stop();
    this.#connection?.close();
    this.#connection = null;
  }

  #connect() {
    this.#connection = new Connection(this.#first(), {
      ...this.#events,
      // Round trips tell whether the server is still there, long before it is ready.
      opened: () => this.#roundTrips.start(),
      status: (status) => this.#status(status),
      pong: ({ id }) => this.#roundTrips.pong(id),
      closed: (wasOpen) => this.#lost(null, wasOpen),
    });
    const readyDeadlineMs = this.#wasReady ? READY_DEADLINE_MS : FIRST_READY_DEADLINE_MS;
    this.#readyTimer = setTimeout(() => this.#lost(null, true), readyDeadlineMs);
    if (this.#wasReady) this.#tryTimer = setTimeout(() => this.#lost(null, true), FIRST_STATUS_DEADLINE_MS);
  }

  /** @param {Status} status */
  #status(status) {
    clearTimeout(this.#tryTimer);
    const ended = status.state === "stopped" || (status.state === "error" && !status.connected);
    if (ended && this.#wasReady && MENDABLE.has(status.code ?? "")) return this.#lost(status, true);
    if (status.state === "ready") this.#ready();
    this.#events.status(status);
  }

  #ready() {
    clearTimeout(this.#readyTimer);
    const restored = this.#lostAtMs > 0;
    if (this.#wasReady && !restored) return;
    const now = performance.now();
    if (restored) this.#spentMs += now - this.#lostAtMs;
    this.#wasReady = true;
    this.#lostAtMs = 0;
    this.#readyAtMs = now;
    if (restored) this.#events.restored();
  }

  /**
   * @param {Status | null} refusal
   * @param {boolean} wasOpen
   */
  #lost(refusal, wasOpen) {
    this.close();
    const now = performance.now();
    if (!this.#wasReady) return this.#events.closed(refusal, wasOpen);
    if (this.#lostAtMs === 0) {
      this.#lostAtMs = now;
      if (now - this.#readyAtMs > HELD_MS) {
        this.#spentMs = 0;
        this.#pauseMs = FIRST_PAUSE_MS;
      }
      this.#events.lost();
    }
    const spentMs = this.#spentMs + now - this.#lostAtMs;
    if (spentMs + this.#pauseMs > PATIENCE_MS) return this.#events.closed(refusal, true);
    this.#tryTimer = setTimeout(() => this.#connect(), this.#pauseMs);
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
  }
}
