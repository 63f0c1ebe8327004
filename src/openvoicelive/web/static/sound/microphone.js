/** The user's microphone, as frames of PCM. */

import { RATE_HZ } from "./sound-format.js";
import { ModuleUnavailable, loadProcessor } from "./worklet.js";

/** @typedef {"refused" | "absent" | "in_use" | "insecure" | "failed"} MicrophoneFailure */

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
 * @typedef {object} MicrophoneEvents
 * @property {(frame: ArrayBuffer) => void} frame 20 ms of sound; the receiver owns it
 * @property {() => void} lost the device is gone
 */

export class Microphone {
  #source;
  #muted = false;

  /**
   * Asks the user for the microphone and starts it. Close it, or the browser goes on recording.
   *
   * @param {MicrophoneEvents} events
   * @throws {MicrophoneError | ModuleUnavailable}
   */
  static async open(events) {
    const stream = await askForStream();
    try {
      const source = await connectStream(stream);
      return new Microphone(source, events);
    } catch (error) {
      stopTracks(stream);
      if (error instanceof ModuleUnavailable) throw error;
      throw new MicrophoneError("failed", error);
    }
  }

  /**
   * @param {MediaStreamAudioSourceNode} source
   * @param {MicrophoneEvents} events
   */
  constructor(source, events) {
    this.#source = source;
    const processor = new AudioWorkletNode(source.context, "microphone", {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    processor.port.onmessage = ({ data }) => {
      if (!this.#muted) events.frame(data);
    };
    source.connect(processor);
    for (const track of source.mediaStream.getAudioTracks()) track.onended = () => events.lost();
  }

  /** The rate at which the device is read; frames are always at `RATE_HZ`. */
  get rateHz() {
    return this.#source.context.sampleRate;
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.#muted = muted;
    for (const track of this.#source.mediaStream.getAudioTracks()) track.enabled = !muted;
  }

  close() {
    this.#muted = true;
    stopTracks(this.#source.mediaStream);
    closeContext(this.#source.context);
  }
}

/**
 * Browsers have neither microphone nor worklets on a page that came without https, but from this machine.
 *
 * @throws {MicrophoneError}
 */
export function requireSecurePage() {
  if (!window.isSecureContext) throw new MicrophoneError("insecure");
}

async function askForStream() {
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    throw new MicrophoneError(FAILURES[name] ?? "failed", error);
  }
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
    track.onended = null;
    track.stop();
  }
}

/** @param {BaseAudioContext} context */
function closeContext(context) {
  if (context instanceof AudioContext && context.state !== "closed") void context.close();
}
