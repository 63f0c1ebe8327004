/** The agent's voice, out of the user's speakers. */

import { LevelTap } from "./levels.js";
import { playOn } from "./output.js";
import { RATE_HZ } from "./sound-format.js";
import { ModuleUnavailable, loadProcessor } from "./worklet.js";

/**
 * @typedef {object} SpeakerEvents
 * @property {(itemId: string, audioEndMs: number, cutOff: boolean) => void} played
 *   how much of an answer was really heard, and whether the rest was dropped; an answer that runs dry and goes
 *   on is told more than once, and the last time counts
 * @property {(itemId: string, playedMs: number) => void} playing where it is, told every 21 ms while there is sound
 * @property {(itemId: string, samples: Int16Array, atMs: number) => void} heard
 *   what was played, while `record(true)`; `atMs`: when its first sample was, on the clock of `performance.now()`
 * @property {(prerollMs: number) => void} preroll how much is gathered before an answer begins, when that changes
 * @property {(itemId: string) => void} gap more of an answer came after it had run dry
 * @property {(itemId: string) => void} overflow an answer does not fit; its end is dropped
 */

/** This browser cannot play sound. */
export class SpeakerError extends Error {}

export class Speaker {
  #context;
  #processor;
  #level;

  /**
   * Call it while handling a click: browsers keep a page silent until its user has done something.
   *
   * @param {string} deviceId empty for the system's speaker, which also replaces one that is not there
   * @param {SpeakerEvents} events
   * @throws {SpeakerError | ModuleUnavailable}
   */
  static async open(deviceId, events) {
    let context;
    try {
      context = new AudioContext({ sampleRate: RATE_HZ, latencyHint: "interactive" });
      await loadProcessor(context, "speaker-processor");
      if (deviceId) await playOn(context, deviceId);
      await context.resume();
      return new Speaker(context, events);
    } catch (error) {
      void context?.close();
      if (error instanceof ModuleUnavailable) throw error;
      throw new SpeakerError("no sound output", { cause: error });
    }
  }

  /**
   * @param {AudioContext} context
   * @param {SpeakerEvents} events
   */
  constructor(context, events) {
    this.#context = context;
    this.#processor = new AudioWorkletNode(context, "speaker", {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    this.#processor.port.onmessage = ({ data }) => this.#report(data, events);
    this.#processor.connect(context.destination);
    this.#level = new LevelTap(this.#processor);
  }

  /** How loud it is now, in dBFS. */
  level() {
    return this.#level.read();
  }

  /**
   * Goes on with another device, without a break in what is counted.
   *
   * @param {string} deviceId empty for the system's speaker
   * @returns {Promise<boolean>} whether that device plays
   */
  change(deviceId) {
    return playOn(this.#context, deviceId);
  }

  /**
   * Announces an answer; the sound that follows is its.
   *
   * @param {string} itemId
   */
  begin(itemId) {
    this.#order({ type: "begin", itemId });
  }

  /** @param {ArrayBuffer} sound PCM16; belongs to the speaker from now on */
  play(sound) {
    this.#order({ type: "sound", sound }, [sound]);
  }

  /** Silent within one render quantum; what was not heard is dropped, and what comes until the next `begin`. */
  stop() {
    this.#order({ type: "stop" });
  }

  /** @param {number} prerollMs gather at least so much before an answer is played, until told otherwise */
  expect(prerollMs) {
    this.#order({ type: "expect", prerollSamples: Math.round((prerollMs * RATE_HZ) / 1000) });
  }

  /** @param {boolean} on whether `heard` is to be told */
  record(on) {
    this.#order({ type: "record", on });
  }

  close() {
    this.#processor.port.onmessage = null;
    this.#processor.disconnect();
    void this.#context.close();
  }

  /**
   * @param {import("./speaker-processor.js").Order} order
   * @param {Transferable[]} [transfer]
   */
  #order(order, transfer = []) {
    this.#processor.port.postMessage(order, transfer);
  }

  /**
   * Samples are counted as they are rendered. The device plays them `outputLatency` later, but it does play
   * them: nothing rendered can be called back, so nothing is subtracted from what was played to its end.
   *
   * @param {import("./speaker-processor.js").Report} data
   * @param {SpeakerEvents} events
   */
  #report(data, events) {
    if (data.type === "played") events.played(data.itemId, Math.floor(ms(data.playedSamples)), data.droppedSamples > 0);
    else if (data.type === "playing") events.playing(data.itemId, ms(data.playedSamples) - this.#outputLatencyMs());
    else if (data.type === "heard") events.heard(data.itemId, data.samples, this.#heardAtMs(data.frame));
    else if (data.type === "preroll") events.preroll(ms(data.prerollSamples));
    else events[data.type](data.itemId);
  }

  /** What is rendered comes out of the device so much later; a browser that does not know says nothing or 0. */
  #outputLatencyMs() {
    return (this.#context.outputLatency || 0) * 1000;
  }

  /** @param {number} frame of the context's time */
  #heardAtMs(frame) {
    return performance.now() - this.#context.currentTime * 1000 + ms(frame) + this.#outputLatencyMs();
  }
}

/** @param {number} samples */
function ms(samples) {
  return (samples * 1000) / RATE_HZ;
}
