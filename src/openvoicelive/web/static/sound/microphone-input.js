/** One opened microphone: what the browser gives for one request, until it is closed or pulled out. */

import { LevelTap } from "./levels.js";
import { RATE_HZ } from "./sound-format.js";
import { ModuleUnavailable, loadProcessor } from "./worklet.js";

/** @typedef {"refused" | "absent" | "in_use" | "insecure" | "failed"} MicrophoneFailure */

/**
 * What the user chose.
 *
 * @typedef {object} MicrophoneChoice
 * @property {string} deviceId empty for the one that the system uses; what is not there is replaced by that
 * @property {boolean} echoCancellation takes the agent's voice out of what the microphone hears
 * @property {boolean} noiseSuppression
 * @property {boolean} autoGainControl
 */

/** @type {Readonly<MicrophoneChoice>} */
export const USUAL_MICROPHONE = {
  deviceId: "",
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

/**
 * Why `getUserMedia` failed: https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getusermedia
 *
 * @type {Record<string, MicrophoneFailure>}
 */
const FAILURES = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "absent",
  OverconstrainedError: "absent",
  NotReadableError: "in_use",
  AbortError: "in_use",
};

/** There is no microphone to be had; `reason` says why. */
export class MicrophoneError extends Error {
  /**
   * @param {MicrophoneFailure} reason
   * @param {unknown} [cause]
   */
  constructor(reason, cause) {
    super(`microphone: ${reason}`, { cause });
    this.reason = reason;
  }
}

/**
 * @typedef {object} InputEvents
 * @property {(frame: ArrayBuffer, atMs: number) => void} frame 20 ms of sound; the receiver owns it; `atMs`: when
 *   it began, on the clock of `performance.now()`
 * @property {() => void} lost the device is gone
 * @property {(silent: boolean) => void} silenced the system or a key on the device has muted it, or unmuted it
 */

export class MicrophoneInput {
  #source;
  #track;
  #level;

  /**
   * Asks the user for the microphone and starts it. Close it, or the browser goes on recording.
   *
   * @param {MicrophoneChoice} choice
   * @param {InputEvents} events
   * @throws {MicrophoneError | ModuleUnavailable}
   */
  static async open(choice, events) {
    const stream = await askForStream(choice);
    try {
      return new MicrophoneInput(await connectStream(stream), events);
    } catch (error) {
      stopTracks(stream);
      if (error instanceof ModuleUnavailable) throw error;
      throw new MicrophoneError("failed", error);
    }
  }

  /**
   * @param {MediaStreamAudioSourceNode} source
   * @param {InputEvents} events
   */
  constructor(source, events) {
    this.#source = source;
    const processor = new AudioWorkletNode(source.context, "microphone", {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    processor.port.onmessage = ({ data }) => this.#report(data, events);
    source.connect(processor);
    this.#level = new LevelTap(source);
    this.#track = source.mediaStream.getAudioTracks()[0];
    this.#track.onended = () => events.lost();
    this.#track.onmute = () => events.silenced(true);
    this.#track.onunmute = () => events.silenced(false);
  }

  /**
   * The audio thread tells the time, so that a frame which had to wait for this thread keeps its own.
   *
   * @param {import("./microphone-processor.js").Captured} captured
   * @param {InputEvents} events
   */
  #report({ frame, capturedMs }, events) {
    events.frame(frame, performance.now() - this.#source.context.currentTime * 1000 + capturedMs);
  }

  /** The rate at which the device is read; frames are always at `RATE_HZ`. */
  get rateHz() {
    return this.#source.context.sampleRate;
  }

  /** The device's name, as the browser tells it. */
  get label() {
    return this.#track.label;
  }

  /** What the browser really does, which may be less than what was asked for. */
  get settings() {
    return this.#track.getSettings();
  }

  /** How loud it is now, in dBFS. */
  level() {
    return this.#level.read();
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.#track.enabled = !muted;
  }

  close() {
    stopTracks(this.#source.mediaStream);
    closeContext(this.#source.context);
  }
}

/**
 * Another microphone is better than none. The one chosen is asked for as required all the same: Chromium does not
 * heed a device that is only wished for.
 *
 * @param {MicrophoneChoice} choice
 */
async function askForStream({ deviceId, ...processing }) {
  const audio = { channelCount: 1, ...processing };
  const ask = (/** @type {MediaTrackConstraints} */ more) =>
    navigator.mediaDevices.getUserMedia({ audio: { ...audio, ...more } });
  try {
    if (!deviceId) return await ask({});
    return await ask({ deviceId: { exact: deviceId } }).catch((error) => {
      if (nameOf(error) === "OverconstrainedError") return ask({});
      throw error;
    });
  } catch (error) {
    throw new MicrophoneError(FAILURES[nameOf(error)] ?? "failed", error);
  }
}

/** @param {unknown} error not a DOMException in every browser: `OverconstrainedError` has become one lately */
function nameOf(error) {
  return error instanceof Object && "name" in error ? String(error.name) : "";
}

/** @param {MediaStream} stream */
async function connectStream(stream) {
  const source = sourceAtRate(stream) ?? new AudioContext().createMediaStreamSource(stream);
  const context = /** @type {AudioContext} */ (source.context);
  try {
    await loadProcessor(context, "microphone-processor");
    await context.resume();
    return source;
  } catch (error) {
    closeContext(context);
    throw error;
  }
}

/**
 * The stream at our own rate, where the browser converts it. Firefox refuses to connect a microphone to a
 * context of another rate than the device's; then the worklet converts.
 *
 * @param {MediaStream} stream
 */
function sourceAtRate(stream) {
  const context = new AudioContext({ sampleRate: RATE_HZ });
  try {
    return context.createMediaStreamSource(stream);
  } catch {
    closeContext(context);
    return null;
  }
}

/** @param {MediaStream} stream */
function stopTracks(stream) {
  for (const track of stream.getTracks()) {
    track.onended = track.onmute = track.onunmute = null;
    track.stop();
  }
}

/** @param {BaseAudioContext} context */
function closeContext(context) {
  if (context instanceof AudioContext && context.state !== "closed") void context.close();
}
