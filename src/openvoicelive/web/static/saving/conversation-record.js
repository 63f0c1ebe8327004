/** Who said what and when, for the files that a user may save; pure: times come in, in ms since the session began. */

/**
 * @typedef {{ text: string, start_ms: number, end_ms: number }} Word in ms of its answer's sound
 *
 * @typedef {{ atMs: number, lengthMs: number }} Pause where an answer's sound had to be waited for
 *
 * @typedef {object} Utterance
 * @property {"user" | "assistant"} role
 * @property {string} itemId empty until the server names it
 * @property {string} text
 * @property {boolean} final nothing will change in the text
 * @property {boolean} spoken and not typed
 * @property {number} startMs
 * @property {number} endMs
 * @property {Word[]} words where the service tells them
 * @property {number} soundMs how much of its sound has come
 * @property {number} heardMs how much of that was heard
 * @property {Pause[]} pauses
 * @property {boolean} cutOff the rest was not heard
 */

/** What is later than this waited for more sound; less is this page being busy. */
const LEAST_PAUSE_MS = 100;

/** Less than this was on its way out of the speaker when the session ended. */
const LEAST_REST_MS = 200;

/** The oldest are forgotten, as on the page. */
const MAX_UTTERANCES = 500;

export class ConversationRecord {
  /** @type {Utterance[]} */
  #utterances = [];
  /** What the user said or typed that the server has not named yet. @type {Utterance[]} */
  #unnamed = [];
  /** @type {Utterance | undefined} */
  #speaking;

  /** What has words, in the order in which it began. */
  get utterances() {
    return this.#utterances
      .filter(({ text }) => text.trim() !== "")
      .sort((one, other) => one.startMs - other.startMs);
  }

  /** @param {number} atMs */
  speechBegan(atMs) {
    if (this.#speaking) return;
    this.#speaking = this.#add({ role: "user", itemId: "", text: "", startMs: Math.max(0, atMs) });
    this.#unnamed.push(this.#speaking);
  }

  /** @param {number} nowMs */
  speechEnded(nowMs) {
    if (this.#speaking) this.#speaking.endMs = Math.max(nowMs, this.#speaking.startMs);
    this.#speaking = undefined;
  }

  /**
   * The session is over: what is still to be played is not heard any more.
   *
   * @param {number} nowMs
   */
  ended(nowMs) {
    this.speechEnded(nowMs);
    for (const answer of this.#utterances) answer.cutOff ||= answer.soundMs - answer.heardMs > LEAST_REST_MS;
  }

  /** Nothing more is expected: what sounded like speech was none. */
  forgetSpeech() {
    this.#unnamed = this.#unnamed.filter(({ spoken }) => !spoken);
  }

  /**
   * @param {string} typed
   * @param {number} nowMs
   */
  typed(typed, nowMs) {
    this.#unnamed.push(this.#add({ role: "user", itemId: "", text: typed, final: true, startMs: nowMs, spoken: false }));
  }

  /**
   * @param {import("../talk/connection.js").Transcript} transcript
   * @param {number} nowMs
   */
  transcript({ role, item_id, text, final }, nowMs) {
    const utterance = this.#named(role, item_id, text, nowMs);
    utterance.text = final ? text : utterance.text + text;
    utterance.final = final;
  }

  /**
   * @param {string} itemId
   * @param {Word[]} words more of them
   * @param {number} nowMs
   */
  words(itemId, words, nowMs) {
    this.#named("assistant", itemId, "", nowMs).words.push(...words);
  }

  /**
   * @param {string} itemId
   * @param {number} durationMs so much more sound of an answer has come
   * @param {number} nowMs
   */
  sound(itemId, durationMs, nowMs) {
    this.#named("assistant", itemId, "", nowMs).soundMs += durationMs;
  }

  /**
   * @param {string} itemId
   * @param {number} heardMs how much of the answer was heard until now
   * @param {number} nowMs
   */
  played(itemId, heardMs, nowMs) {
    const answer = this.#named("assistant", itemId, "", nowMs);
    if (answer.heardMs <= 0) answer.startMs = nowMs - heardMs;
    else place(answer, nowMs - heardMs);
    answer.heardMs = heardMs;
    answer.endMs = Math.max(answer.startMs, nowMs);
  }

  /**
   * @param {string} itemId
   * @param {number} heardMs the rest of the answer was not heard
   * @param {number} nowMs
   */
  cutOff(itemId, heardMs, nowMs) {
    this.played(itemId, heardMs, nowMs);
    this.#named("assistant", itemId, "", nowMs).cutOff = true;
  }

  /**
   * @param {"user" | "assistant"} role
   * @param {string} itemId
   * @param {string} text
   * @param {number} nowMs
   * @returns {Utterance}
   */
  #named(role, itemId, text, nowMs) {
    const known = this.#utterances.find((utterance) => utterance.itemId === itemId);
    if (known) return known;
    const named = role === "user" ? this.#takeUnnamed(text) : undefined;
    return Object.assign(named ?? this.#add({ role, startMs: nowMs }), { itemId });
  }

  /** @param {string} text */
  #takeUnnamed(text) {
    const taken =
      this.#unnamed.find((place) => !place.spoken && place.text === text) ??
      this.#unnamed.find((place) => place.spoken);
    this.#unnamed = this.#unnamed.filter((place) => place !== taken);
    return taken;
  }

  /** @param {Partial<Utterance> & Pick<Utterance, "role" | "startMs">} about */
  #add(about) {
    /** @type {Utterance} */
    const utterance = { ...blank(), ...about, endMs: about.startMs };
    this.#utterances.push(utterance);
    if (this.#utterances.length > MAX_UTTERANCES) {
      const forgotten = this.#utterances.shift();
      this.#unnamed = this.#unnamed.filter((place) => place !== forgotten);
    }
    return utterance;
  }
}

function blank() {
  return { itemId: "", text: "", final: false, spoken: true, words: [], pauses: [], soundMs: 0, heardMs: 0, cutOff: false };
}

/**
 * Learns from one more report where the answer's sound is in time. A report may come late but never early, so
 * the earliest counts.
 *
 * @param {Utterance} answer
 * @param {number} startMs when the answer began, by this report and without its pauses
 */
function place(answer, startMs) {
  const pausedMs = answer.pauses.reduce((sum, { lengthMs }) => sum + lengthMs, 0);
  const lateMs = startMs - answer.startMs - pausedMs;
  if (lateMs > LEAST_PAUSE_MS) answer.pauses.push({ atMs: answer.heardMs, lengthMs: lateMs });
  let earlyMs = Math.max(0, -lateMs);
  while (earlyMs > 0 && answer.pauses.length > 0) {
    const last = answer.pauses[answer.pauses.length - 1];
    const takenMs = Math.min(earlyMs, last.lengthMs);
    last.lengthMs -= takenMs;
    earlyMs -= takenMs;
    if (last.lengthMs === 0) answer.pauses.pop();
  }
  answer.startMs -= earlyMs;
}
