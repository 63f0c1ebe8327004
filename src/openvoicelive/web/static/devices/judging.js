/** What the self-test thinks of its measurements: pure, a finding for each, with what to change. */

/**
 * Levels in dBFS. Those of speech and echo were measured with our own service's voice activity detector on 20 clips
 * of real people in white noise: below -45 dB it loses more and more of the speech, at -60 dB a third of the
 * utterances; of an echo at -70 dB it takes hardly any for speech, at -65 dB every fourth, at -60 dB most; and
 * hardly any if the echo is more than 10 dB below the noise.
 */
const DEAD_DBFS = -90;
const FAINT_DBFS = -45;
const ECHO_DBFS = -65;
const ECHO_UNDER_NOISE_DB = 10;

/** Clipping of one sample in a thousand can be heard as a crackle. */
const CLIPPED_PART = 0.001;

/** With the same detector: under 10 dB between speech and noise it loses words; 5 dB more for other noises. */
const NOISY_DB = 15;

/** A voice that does not stand out from the noise by so much is none. */
const NO_VOICE_DB = 6;

/** People leave 200 ms between their turns (Stivers et al., PNAS 2009): a longer way alone makes an answer late. */
const SLOW_MS = 200;

/** Playback waits 100 ms for late sound; less than half of that leaves room for worse moments. */
const UNEVEN_MS = 40;

/**
 * @typedef {object} Finding
 * @property {boolean} good
 * @property {import("../texts.js").TextKey} key
 * @property {import("../texts.js").Values} values
 */

/**
 * Whether a microphone that has heard this hears nothing at all.
 *
 * @param {import("./measuring.js").Voice} voice
 */
export function isDead({ speechDbfs }) {
  return !(speechDbfs > DEAD_DBFS);
}

/**
 * @param {import("./measuring.js").Voice} voice
 * @param {{ noiseSuppression: boolean, autoGainControl: boolean }} processing
 * @returns {Finding}
 */
export function judgeVoice(voice, { noiseSuppression, autoGainControl }) {
  const { speechDbfs, noiseDbfs, clippedPart } = voice;
  const above = speechDbfs - noiseDbfs;
  const values = { level: Math.round(speechDbfs), above: Math.round(above) };
  if (isDead(voice)) return bad("found_dead");
  if (above < NO_VOICE_DB) return bad("found_no_voice");
  if (clippedPart > CLIPPED_PART) return bad(autoGainControl ? "found_loud_levelled" : "found_loud");
  if (speechDbfs < FAINT_DBFS) return bad("found_faint", values);
  if (above < NOISY_DB) return bad(noiseSuppression ? "found_noisy" : "found_noisy_unsuppressed", values);
  return Number.isFinite(above) ? good("found_voice", values) : good("found_voice_clean", values);
}

/**
 * @param {number} roundTripMs
 * @returns {Finding}
 */
export function judgeRoundTrip(roundTripMs) {
  const values = { ms: Math.round(roundTripMs) };
  return roundTripMs > SLOW_MS ? bad("found_slow", values) : good("found_quick", values);
}

/**
 * @param {number} latenessMs
 * @returns {Finding}
 */
export function judgeArrival(latenessMs) {
  const values = { ms: Math.round(latenessMs) };
  return latenessMs > UNEVEN_MS ? bad("found_uneven", values) : good("found_even", values);
}

/**
 * @param {number} echoDbfs
 * @param {number} noiseDbfs
 * @param {{ echoCancellation: boolean }} processing
 * @returns {Finding}
 */
export function judgeEcho(echoDbfs, noiseDbfs, { echoCancellation }) {
  const heard = echoDbfs > ECHO_DBFS && echoDbfs > noiseDbfs - ECHO_UNDER_NOISE_DB;
  if (!heard) return good("found_no_echo");
  return bad(echoCancellation ? "found_echo" : "found_echo_uncancelled", { level: Math.round(echoDbfs) });
}

/**
 * @param {Finding["key"]} key
 * @param {Finding["values"]} [values]
 * @returns {Finding}
 */
export function bad(key, values = {}) {
  return { good: false, key, values };
}

/**
 * @param {Finding["key"]} key
 * @param {Finding["values"]} [values]
 * @returns {Finding}
 */
function good(key, values = {}) {
  return { good: true, key, values };
}
