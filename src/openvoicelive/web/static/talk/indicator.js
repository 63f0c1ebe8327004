/** The levels of both sides, drawn while there is something to hear. */

import { meterPart } from "../sound/levels.js";

/** So often at most: smooth enough for the eye, and a phone stays cool. */
const INTERVAL_MS = 1000 / 30;

/** A change that nobody sees is not drawn. */
const LEAST_CHANGE = 0.03;

/** How much of a louder level a quieter one keeps from one picture to the next: bars fall softly. */
const DECAY = 0.75;

/** @typedef {{ user: number, agent: number }} Levels in dBFS */

export class Indicator {
  #element;
  #levels;
  #levelsNow = { user: 0, agent: 0 };
  #shown = { user: 0, agent: 0 };
  #drawnAtMs = 0;
  /** @type {number | undefined} */
  #request;
  #calm = matchMedia("(prefers-reduced-motion: reduce)");

  /**
   * @param {HTMLElement} element gets `--user` and `--agent`, from 0 to 1, for its style
   * @param {() => Levels} levels asked for each picture
   */
  constructor(element, levels) {
    this.#element = element;
    this.#levels = levels;
  }

  start() {
    // A hidden page gets no pictures to draw, so this costs nothing there.
    if (this.#request === undefined && !this.#calm.matches) this.#next();
  }

  stop() {
    if (this.#request !== undefined) cancelAnimationFrame(this.#request);
    this.#request = undefined;
    this.#levelsNow = { user: 0, agent: 0 };
    this.#show();
  }

  #next() {
    this.#request = requestAnimationFrame((nowMs) => this.#draw(nowMs));
  }

  /** @param {number} nowMs */
  #draw(nowMs) {
    if (nowMs - this.#drawnAtMs >= INTERVAL_MS - 2) {
      this.#drawnAtMs = nowMs;
      const { user, agent } = this.#levels();
      this.#levelsNow = {
        user: Math.max(meterPart(user), this.#levelsNow.user * DECAY),
        agent: Math.max(meterPart(agent), this.#levelsNow.agent * DECAY),
      };
      this.#show();
    }
    this.#next();
  }

  #show() {
    for (const side of /** @type {(keyof Levels)[]} */ (["user", "agent"])) {
      const level = this.#levelsNow[side] < LEAST_CHANGE ? 0 : this.#levelsNow[side];
      const change = Math.abs(level - this.#shown[side]);
      if (level === 0 ? change === 0 : change < LEAST_CHANGE) continue;
      this.#shown[side] = level;
      this.#element.style.setProperty(`--${side}`, level.toFixed(2));
    }
  }
}
