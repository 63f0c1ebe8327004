/** The sound between page and server, both ways: 16-bit PCM, mono, little-endian, at this rate. */

export const RATE_HZ = 24_000;

export const BYTES_PER_SECOND = RATE_HZ * Int16Array.BYTES_PER_ELEMENT;

/** The microphone's frames: short, because the agent cannot hear a word before its frame is full. */
export const FRAME_MS = 20;
