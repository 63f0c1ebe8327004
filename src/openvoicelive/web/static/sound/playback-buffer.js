/** What the agent says and the user has not heard yet; pure, usable in a worklet. */

/**
 * @typedef {object} PlaybackEvents
 * @property {(itemId: string, playedSamples: number, droppedSamples: number) => void} played
 *   how much of an answer was heard so far, told when its sound ends, runs dry or is stopped
 * @property {(itemId: string) => void} gap more of an answer came after it had run dry
 * @property {(itemId: string) => void} overflow an answer does not fit; what is too much is dropped
 */

/** @typedef {{ itemId: string, start: number, told: number }} Answer `start` and `told` in samples */

/** The longest fade when playback stops: one render quantum, so that the cut does not click. */
const FADE_SAMPLES = 128;

/**
 * A ring of samples with the borders of the answers in it.
 *
 * Playback of an answer begins when its pre-roll is there besides the newest piece, for that came as early as
 * it could; or when as much time has passed since its first sample: a short answer never has that many. After
 * running dry it waits in the same way again.
 */
export class PlaybackBuffer {
  #ring;
  #preroll;
  #events;
  /** Samples ever written and read; the ring's indices are these, modulo its length. */
  #written = 0;
  #read = 0;
  /** @type {Answer[]} */
  #answers = [];
  #newestSamples = 0;
  #waiting = true;
  #waitedSamples = 0;
  /** How long nothing was there to play, since it ran dry. */
  #drySamples = 0;
  #fade = new Float32Array(FADE_SAMPLES);
  #fadeSamples = 0;

  /**
   * @param {number} capacity in samples
   * @param {import("./preroll.js").Preroll} preroll
   * @param {PlaybackEvents} events
   */
  constructor(capacity, preroll, events) {
    this.#ring = new Int16Array(capacity);
    this.#preroll = preroll;
    this.#events = events;
  }

  /**
   * What is written from now on belongs to this answer.
   *
   * @param {string} itemId
   */
  begin(itemId) {
    if (this.#answers.at(-1)?.itemId === itemId) return;
    this.#preroll.answerEnded();
    this.#answers.push({ itemId, start: this.#written, told: 0 });
    this.#leaveFinishedAnswers();
  }

  /** @param {Int16Array} samples */
  write(samples) {
    const answer = this.#answers.at(-1);
    if (!answer) return; // sound that was on its way when its answer was stopped
    if (this.#written > answer.start) this.#goesOn(answer);
    const room = this.#ring.length - (this.#written - this.#read);
    const kept = samples.subarray(0, room);
    if (kept.length < samples.length) this.#events.overflow(answer.itemId);
    const at = this.#written % this.#ring.length;
    const beforeWrap = kept.subarray(0, this.#ring.length - at);
    this.#ring.set(beforeWrap, at);
    this.#ring.set(kept.subarray(beforeWrap.length), 0);
    this.#written += kept.length;
    this.#newestSamples = kept.length;
  }

  /**
   * Fills one render quantum with the next samples, the fade after a stop, or silence.
   *
   * @param {Float32Array} output
   */
  read(output) {
    output.fill(0);
    if (this.#readFade(output)) return;
    if (this.#isDry()) this.#drySamples += output.length;
    if (this.#isDry() || !this.#isPrerolled(output.length)) return;
    const count = Math.min(output.length, this.#written - this.#read);
    for (let index = 0; index < count; index++) output[index] = this.#sample(index);
    this.#read += count;
    this.#leaveFinishedAnswers();
    if (this.#isDry()) this.#runDry();
  }

  /**
   * Silence from the next quantum's end on: everything is dropped, but for a fade. Tells each answer it knows,
   * also one that had run dry: only who sends the sound knows whether more of it was to come.
   */
  stop() {
    if (!this.#isDry() && !this.#waiting) this.#keepFade();
    const heard = this.#read;
    const ends = [...this.#answers.slice(1).map(({ start }) => start), this.#written];
    this.#answers.forEach(({ itemId, start }, index) => {
      const played = Math.max(0, Math.min(heard, ends[index]) - start);
      this.#events.played(itemId, played, ends[index] - start - played);
    });
    this.#answers = [];
    this.#read = this.#written;
    this.#wait();
  }

  /**
   * The answer that sounds now and how much of it was played; `null` while there is silence.
   *
   * @returns {{ itemId: string, playedSamples: number } | null}
   */
  position() {
    if (this.#waiting || this.#answers.length === 0) return null;
    const { itemId, start } = this.#answers[0];
    return { itemId, playedSamples: this.#read - start };
  }

  /** @param {Answer} answer */
  #goesOn(answer) {
    if (this.#isDry()) this.#events.gap(answer.itemId);
    else if (this.#waiting) return;
    this.#preroll.arrived(this.#isDry() ? -this.#drySamples : this.#written - this.#read);
  }

  #isDry() {
    return this.#read === this.#written;
  }

  /** @param {number} ahead */
  #sample(ahead) {
    return this.#ring[(this.#read + ahead) % this.#ring.length] / 0x8000;
  }

  /** @param {number} quantumSamples */
  #isPrerolled(quantumSamples) {
    if (!this.#waiting) return true;
    const buffered = this.#written - this.#read;
    const wanted = this.#preroll.samples;
    // Of a large piece only a part: who sends those sends them ahead, and nobody is to wait for the next.
    const newest = Math.min(this.#newestSamples, wanted / 2);
    this.#waiting = buffered < wanted + newest && this.#waitedSamples < wanted;
    this.#waitedSamples += quantumSamples;
    return !this.#waiting;
  }

  #wait() {
    this.#waiting = true;
    this.#waitedSamples = this.#drySamples = 0;
  }

  #runDry() {
    this.#wait();
    const answer = this.#answers.at(-1);
    if (answer) this.#tell(answer, this.#read);
  }

  /** Answers whose successor has begun to play are over. */
  #leaveFinishedAnswers() {
    while (this.#answers.length > 1 && this.#answers[1].start <= this.#read) {
      const [answer, successor] = this.#answers;
      this.#tell(answer, successor.start);
      this.#answers.shift();
    }
  }

  /**
   * @param {Answer} answer
   * @param {number} end
   */
  #tell(answer, end) {
    const played = end - answer.start;
    if (played === answer.told) return;
    answer.told = played;
    this.#events.played(answer.itemId, played, 0);
  }

  #keepFade() {
    this.#fadeSamples = Math.min(FADE_SAMPLES, this.#written - this.#read);
    for (let index = 0; index < this.#fadeSamples; index++) {
      this.#fade[index] = this.#sample(index) * (1 - (index + 1) / this.#fadeSamples);
    }
    this.#read += this.#fadeSamples;
  }

  /**
   * @param {Float32Array} output
   * @returns {boolean} whether there was one: the next answer begins after it, for the sum of both could clip
   */
  #readFade(output) {
    if (this.#fadeSamples === 0) return false;
    output.set(this.#fade.subarray(0, Math.min(this.#fadeSamples, output.length)));
    this.#fadeSamples = 0;
    return true;
  }
}
