/** Measures what a conversation depends on: the microphone, the way to the server, the agent's voice, its echo. */

import { Microphone, requireSecurePage } from "../sound/microphone.js";
import { MicrophoneError } from "../sound/microphone-input.js";
import { FRAME_MS, RATE_HZ } from "../sound/sound-format.js";
import { bad, isDead, judgeArrival, judgeEcho, judgeRoundTrip, judgeVoice } from "./judging.js";
import { Listener, echoLevel, lateness, quantile } from "./measuring.js";
import { Probe, Unreachable } from "./probe.js";
import { chime, playSound } from "./test-sound.js";

/** @typedef {import("./judging.js").Finding} Finding */
/** @typedef {"stage_speak" | "stage_connection" | "stage_sample" | "stage_echo"} Stage */

/** Speech for so long tells its level; who says nothing is not waited for longer. */
const ENOUGH_SPEECH_MS = 2_000;
const SPEAKING_FRAMES = 400;

/** How far speech stands out where its pauses are seen, so that what was heard is both. */
const DISTINCT_DB = 15;

const PINGS = 20;
const FRAME_SAMPLES = (RATE_HZ * FRAME_MS) / 1000;

/** What of the sample is played: enough syllables to know them again. */
const ECHO_SAMPLES = 4 * RATE_HZ;
/** Silence until the last of its echo is heard. */
const TAIL_FRAMES = 45;

/**
 * @typedef {object} SelfTestOptions
 * @property {import("./choice.js").ChosenDevices} devices
 * @property {import("./probe.js").SampleChoices} sampleChoices
 * @property {(stage: Stage) => void} stage what happens now, and what the user should do
 * @property {(finding: Finding) => void} found
 * @property {(microphone: Microphone) => void} listening its level can be shown
 */

export class SelfTest {
  #options;
  #stopping = new AbortController();
  #probe = new Probe(this.#stopping.signal);
  /** @type {Microphone | null} */
  #microphone = null;
  #listener = new Listener();
  /** Called after each frame of the microphone. */
  #heard = () => {};

  /** @param {SelfTestOptions} options */
  constructor(options) {
    this.#options = options;
  }

  /**
   * Call it while handling a click.
   *
   * @returns {Promise<boolean>} whether it came to its end
   */
  async run() {
    try {
      const noiseDbfs = await this.#testVoice();
      const sample = await this.#testConnection();
      if (noiseDbfs !== null) await this.#testEcho(sample, noiseDbfs);
      return !this.#stopping.signal.aborted;
    } finally {
      this.stop();
    }
  }

  stop() {
    this.#stopping.abort();
    this.#heard();
    this.#probe.close();
    this.#microphone?.close();
    this.#microphone = null;
  }

  /** @returns {Promise<number | null>} the level of the noise, in dBFS; nothing where nothing can be heard */
  async #testVoice() {
    try {
      requireSecurePage();
      const microphone = await Microphone.open(this.#options.devices.microphone, {
        frame: (frame) => {
          this.#listener.add(new Int16Array(frame));
          this.#heard();
        },
        lost: () => this.stop(),
      });
      if (this.#stopped) {
        microphone.close();
        return null;
      }
      this.#microphone = microphone;
    } catch (error) {
      this.#find(bad(error instanceof MicrophoneError ? `microphone_${error.reason}` : "found_unreachable"));
      return null;
    }
    this.#options.listening(this.#microphone);
    this.#options.stage("stage_speak");
    await this.#hear(() => this.#listener.powers.length >= SPEAKING_FRAMES || isEnough(this.#listener.voice()));
    const voice = this.#listener.voice();
    this.#find(judgeVoice(voice, this.#options.devices.microphone));
    return isDead(voice) ? null : voice.noiseDbfs;
  }

  /** @returns {Promise<Int16Array[]>} the agent's voice, empty if there is none */
  async #testConnection() {
    if (this.#stopped) return [];
    this.#options.stage("stage_connection");
    try {
      const roundTripsMs = [];
      // The first one also opens the connection, and does not count.
      await this.#probe.roundTrip(0);
      for (let id = 1; id <= PINGS; id++) roundTripsMs.push(await this.#probe.roundTrip(id));
      this.#find(judgeRoundTrip(quantile(roundTripsMs, 0.5)));
      this.#options.stage("stage_sample");
      const { sound, arrivals, failed } = await this.#probe.sample(this.#options.sampleChoices);
      if (failed === null && sound.length) this.#find(judgeArrival(lateness(arrivals)));
      else this.#find(bad("found_no_sample", { why: failed ?? "" }));
      return sound;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      this.#find(bad("found_unreachable"));
      return [];
    }
  }

  /**
   * @param {Int16Array[]} sample
   * @param {number} noiseDbfs
   */
  async #testEcho(sample, noiseDbfs) {
    if (this.#stopped) return;
    this.#options.stage("stage_echo");
    const sound = sample.length ? joined(sample) : chime();
    const { signal } = this.#stopping;
    const began = () => (this.#listener = new Listener());
    await playSound(sound, this.#options.devices.speaker, { signal, began });
    const listener = this.#listener;
    const end = listener.powers.length + TAIL_FRAMES;
    await this.#hear(() => listener.powers.length >= end);
    const echoDbfs = echoLevel(powersOf(sound), listener.powers);
    this.#find(judgeEcho(echoDbfs, noiseDbfs, this.#options.devices.microphone));
  }

  get #stopped() {
    return this.#stopping.signal.aborted;
  }

  /**
   * Listens until it is enough, or the test is stopped.
   *
   * @param {() => boolean} isEnough asked after each frame
   */
  async #hear(isEnough) {
    await new Promise((resolve) => {
      this.#heard = () => {
        if (this.#stopped || isEnough()) resolve(undefined);
      };
      this.#heard();
    });
    this.#heard = () => {};
  }

  /** @param {Finding} finding */
  #find(finding) {
    if (!this.#stopped) this.#options.found(finding);
  }
}

/** @param {import("./measuring.js").Voice} voice */
function isEnough({ speechMs, speechDbfs, noiseDbfs }) {
  return speechMs >= ENOUGH_SPEECH_MS && speechDbfs - noiseDbfs >= DISTINCT_DB;
}

/** @param {Int16Array[]} parts */
function joined(parts) {
  const sound = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    for (const sample of part) sound[at++] = sample / 0x8000;
  }
  return sound.slice(0, ECHO_SAMPLES);
}

/** @param {Float32Array} sound */
function powersOf(sound) {
  const listener = new Listener();
  for (let at = 0; at + FRAME_SAMPLES <= sound.length; at += FRAME_SAMPLES) {
    listener.add(Int16Array.from(sound.subarray(at, at + FRAME_SAMPLES), (sample) => sample * 0x7fff));
  }
  return listener.powers;
}
