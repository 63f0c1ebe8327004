/** How much of an answer to gather before it is played; pure, usable in a worklet. All counts are samples. */

/** How far ahead of the speaker the sound should at least be when more of it comes, as part of the least pre-roll. */
const MARGIN_PART = 0.4;

/** How much of what was too much is given back after each answer. */
const GIVEN_BACK = 0.1;

/**
 * Little where sound comes evenly, more where it does not.
 *
 * What counts is the slack: how much was still to be played when more came. If it was less than the margin, the
 * next pre-roll is longer by what was missing, at once; if an answer never came near the margin, the next one's
 * is a little shorter. This is how adaptive playout sets its delay at the beginning of a talk spurt (Ramjee,
 * Kurose, Towsley, Schulzrinne, "Adaptive playout mechanisms for packetized audio applications", 1994), but for
 * its estimate: with one sender and one receiver the slack itself is known.
 */
export class Preroll {
  #least;
  #most;
  #learned;
  /** What the way from the server needs, as measured without any sound. */
  #expected = 0;
  #leastSlack = Infinity;

  /**
   * @param {number} least
   * @param {number} most
   */
  constructor(least, most) {
    this.#least = least;
    this.#most = most;
    this.#learned = least;
  }

  get samples() {
    return Math.min(this.#most, Math.max(this.#learned, this.#expected));
  }

  /** @param {number} samples at least so many, until told otherwise */
  expect(samples) {
    this.#expected = samples;
  }

  /**
   * More of an answer has come.
   *
   * @param {number} slack what was still to be played; negative: for how long nothing was
   */
  arrived(slack) {
    if (slack < -this.#most) return; // the answer itself paused: no pre-roll hides that
    this.#leastSlack = Math.min(this.#leastSlack, slack);
    const missing = this.#margin - slack;
    if (missing <= 0) return;
    this.#learned = Math.min(this.#most, Math.max(this.#learned, this.samples + missing));
  }

  answerEnded() {
    const unused = Math.min(this.#leastSlack, this.#learned) - this.#margin;
    if (unused > 0) this.#learned = Math.max(this.#least, Math.round(this.#learned - unused * GIVEN_BACK));
    this.#leastSlack = Infinity;
  }

  get #margin() {
    return this.#least * MARGIN_PART;
  }
}
