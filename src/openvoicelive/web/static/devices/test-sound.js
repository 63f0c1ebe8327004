/** A short sound to hear whether the right speaker plays, and how loud. */

import { playOn } from "../sound/output.js";
import { RATE_HZ } from "../sound/sound-format.js";

/** A rising chord, E flat to B flat: each note in Hz. */
const NOTES_HZ = [311.13, 392, 466.16, 622.25];

const NOTE_S = 0.35;
/** A fifth of full scale: as loud as the agent's voice. */
const AMPLITUDE = 0.2;

/** The sound: notes that begin at once and die away, so that no edge clicks. */
export function chime() {
  const noteSamples = NOTE_S * RATE_HZ;
  const sound = new Float32Array(NOTES_HZ.length * noteSamples);
  for (let index = 0; index < sound.length; index++) {
    const seconds = (index % noteSamples) / RATE_HZ;
    const hz = NOTES_HZ[Math.floor(index / noteSamples)];
    const loudness = Math.min(1, seconds / 0.005) * Math.exp(-seconds * 9) * Math.min(1, (NOTE_S - seconds) / 0.02);
    sound[index] = AMPLITUDE * loudness * Math.sin(2 * Math.PI * hz * seconds);
  }
  return sound;
}

/**
 * Plays a sound to its end. Call it while handling a click, or soon after.
 *
 * @param {Float32Array<ArrayBuffer>} sound at `RATE_HZ`
 * @param {string} speaker its id; empty for the system's
 * @param {{ signal?: AbortSignal, began?: () => void }} [options]
 */
export async function playSound(sound, speaker, { signal, began } = {}) {
  const context = new AudioContext({ sampleRate: RATE_HZ });
  try {
    if (speaker) await playOn(context, speaker);
    await context.resume();
    if (signal?.aborted) return;
    const source = context.createBufferSource();
    source.buffer = context.createBuffer(1, sound.length, RATE_HZ);
    source.buffer.copyToChannel(sound, 0);
    source.connect(context.destination);
    await new Promise((resolve) => {
      source.onended = resolve;
      signal?.addEventListener("abort", resolve);
      source.start();
      began?.();
    });
  } finally {
    void context.close();
  }
}
