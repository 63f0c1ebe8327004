/** Asks the server how far away it is, and for a sample of the agent's voice; no session, no microphone. */

import { RATE_HZ } from "../sound/sound-format.js";
import { Connection } from "../talk/connection.js";
import { problemWords } from "../talk/problems.js";

/** @typedef {{ access_code?: string, voice?: string, language?: string, speech_rate?: number }} SampleChoices */

/** A server that has not answered after so long does not answer. */
const PONG_DEADLINE_MS = 5_000;
const SAMPLE_DEADLINE_MS = 20_000;

/** The server is not there, or has gone. */
export class Unreachable extends Error {}

/**
 * @typedef {object} Sample
 * @property {Int16Array[]} sound
 * @property {{ atMs: number, soundMs: number }[]} arrivals
 * @property {import("../texts.js").Wording | null} failed why there is none
 */

export class Probe {
  /** Only one question is open at a time. @type {{ resolve: Function, reject: (error: Error) => void } | null} */
  #waiting = null;
  /** @type {Connection | null} */
  #connection = null;
  /** @type {Sample} */
  #sample = { sound: [], arrivals: [], failed: null };
  #signal;

  /** @param {AbortSignal} signal ends what is asked */
  constructor(signal) {
    this.#signal = signal;
  }

  /**
   * The time to the server and back in ms.
   *
   * @param {number} id
   * @throws {Unreachable}
   */
  async roundTrip(id) {
    const before = performance.now();
    await this.#ask({ type: "ping", id }, PONG_DEADLINE_MS);
    return performance.now() - before;
  }

  /**
   * @param {SampleChoices} choices
   * @returns {Promise<Sample>}
   * @throws {Unreachable}
   */
  async sample(choices) {
    this.#sample = { sound: [], arrivals: [], failed: null };
    await this.#ask({ type: "sample", ...choices }, SAMPLE_DEADLINE_MS);
    return this.#sample;
  }

  close() {
    this.#connection?.close();
    this.#connection = null;
  }

  /**
   * @param {import("../talk/connection.js").ToApp} question
   * @param {number} deadlineMs
   */
  #ask(question, deadlineMs) {
    const refuse = () => this.#waiting?.reject(new Unreachable());
    const timer = setTimeout(refuse, deadlineMs);
    this.#signal.addEventListener("abort", refuse, { once: true });
    const answered = new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      if (this.#signal.aborted) reject(new Unreachable());
      else if (this.#connection) this.#connection.send(question);
      else this.#connection = new Connection(question, this.#events());
    });
    return answered.finally(() => {
      clearTimeout(timer);
      this.#signal.removeEventListener("abort", refuse);
      this.#waiting = null;
    });
  }

  /** @returns {import("../talk/connection.js").ConnectionEvents} */
  #events() {
    return {
      pong: () => this.#waiting?.resolve(),
      status: (status) => {
        if (status.state !== "error") return;
        this.#sample.failed = problemWords(status);
        this.#waiting?.resolve();
      },
      sound: (sound) => {
        const samples = new Int16Array(sound);
        this.#sample.sound.push(samples);
        this.#sample.arrivals.push({ atMs: performance.now(), soundMs: (samples.length * 1000) / RATE_HZ });
      },
      sample_done: ({ failed, ...problem }) => {
        this.#sample.failed = failed ? problemWords({ message: failed, ...problem }) : null;
        this.#waiting?.resolve();
      },
      closed: () => {
        this.#connection = null;
        this.#waiting?.reject(new Unreachable());
      },
    };
  }
}
