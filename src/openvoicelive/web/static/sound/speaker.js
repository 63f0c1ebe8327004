/** The agent's voice, out of the user's speakers. */

import { RATE_HZ } from "./sound-format.js";
import { ModuleUnavailable, loadProcessor } from "./worklet.js";

/**
 * @typedef {object} SpeakerEvents
 * @property {(itemId: string, audioEndMs: number, cutOff: boolean) => void} played
 *   how much of an answer was really heard, and whether the rest was dropped; an answer that runs dry and goes
 *   on is told more than once, and the last time counts
 * @property {(itemId: string) => void} gap more of an answer came after it had run dry
 * @property {(itemId: string) => void} overflow an answer does not fit; its end is dropped
 */

/** This browser cannot play sound. */
export class SpeakerError extends Error {}

export class Speaker {
  #context;
  #processor;

  /**
   * Call it while handling a click: browsers keep a page silent until its user has done something.
   *
   * @param {SpeakerEvents} events
   * @throws {SpeakerError | ModuleUnavailable}
   */
  static async open(events) {
    let context;
    try {
      context = new AudioContext({ sampleRate: RATE_HZ, latencyHint: "interactive" });
      await loadProcessor(context, "speaker-processor");
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
    this.#processor.port.onmessage = ({ data }) => report(data, events);
    this.#processor.connect(context.destination);
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
}

/**
 * Samples are counted as they are rendered. The device plays them `outputLatency` later, but it does play
 * them: nothing rendered can be called back, so nothing is subtracted.
 *
 * @param {import("./speaker-processor.js").Report} data
 * @param {SpeakerEvents} events
 */
function report(data, events) {
  if (data.type !== "played") events[data.type](data.itemId);
  else events.played(data.itemId, Math.floor((data.playedSamples * 1000) / RATE_HZ), data.droppedSamples > 0);
}
