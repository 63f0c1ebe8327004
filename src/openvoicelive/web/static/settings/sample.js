/** Lets a voice be heard before a session: one sentence, over a socket of its own. */

import { Speaker } from "../sound/speaker.js";
import { RATE_HZ } from "../sound/sound-format.js";
import { Connection } from "../talk/connection.js";
import { problemWords } from "../talk/problems.js";
import { sentence } from "../texts.js";

/** @typedef {Extract<import("../talk/connection.js").ToApp, { type: "sample" }>} SampleOrder */

export class VoiceSample {
  #ended;
  #over = false;
  #sentMs = 0;
  #playedMs = 0;
  #allSent = false;
  /** @type {Speaker | null} */
  #speaker = null;
  /** @type {Connection | null} */
  #connection = null;

  /** @param {(problem?: import("../texts.js").Wording) => void} ended */
  constructor(ended) {
    this.#ended = ended;
  }

  /**
   * Call it while handling a click.
   *
   * @param {SampleOrder} order
   * @param {string} speakerId empty for the system's speaker
   */
  async play(order, speakerId) {
    try {
      this.#speaker = await Speaker.open(speakerId, {
        played: (_, playedMs) => this.#played(playedMs),
        playing() {},
        heard() {},
        preroll() {},
        gap() {},
        overflow() {},
      });
    } catch {
      return this.#end(sentence("sample_unheard"));
    }
    if (this.#over) return this.#release();
    this.#connection = new Connection(order, {
      audio: ({ item_id }) => this.#speaker?.begin(item_id),
      sound: (sound) => this.#sound(sound),
      status: (status) => {
        if (status.state === "error") this.#end(problemWords(status));
      },
      sample_done: (done) => this.#done(done),
      closed: () => this.#end(sentence("sample_unheard")),
    });
  }

  stop() {
    this.#end();
  }

  /** @param {ArrayBuffer} sound */
  #sound(sound) {
    this.#sentMs += (sound.byteLength / Int16Array.BYTES_PER_ELEMENT / RATE_HZ) * 1000;
    this.#speaker?.play(sound);
  }

  /** @param {import("../talk/connection.js").SampleDone} done */
  #done({ failed, code, values }) {
    this.#allSent = true;
    if (failed) this.#end(problemWords({ message: failed, code, values }));
    else this.#played(this.#playedMs);
  }

  /** @param {number} playedMs whole milliseconds */
  #played(playedMs) {
    this.#playedMs = playedMs;
    if (this.#allSent && playedMs >= Math.floor(this.#sentMs)) this.#end();
  }

  /** @param {import("../texts.js").Wording} [problem] */
  #end(problem) {
    if (this.#over) return;
    this.#over = true;
    this.#release();
    this.#ended(problem);
  }

  #release() {
    this.#speaker?.close();
    this.#connection?.close();
    this.#speaker = this.#connection = null;
  }
}
