/** The levels of both sides, drawn while there is something to hear. */

import { meterPart } from "../sound/levels.js";

/** About 30 pictures a second: smooth enough for the eye, and a phone stays cool. */
const INTERVAL_MS = 30;

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
  #running = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
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
    if (this.#running || this.#calm.matches) return;
    this.#running = true;
    this.#next();
  }

  stop() {
    this.#running = false;
    clearTimeout(this.#timer);
    this.#levelsNow = { user: 0, agent: 0 };
    this.#show();
  }

  /** A hidden page gets no pictures to draw, so nothing is done there. */
  #next() {
    this.#timer = setTimeout(() => requestAnimationFrame(() => this.#draw()), INTERVAL_MS);
  }

  #draw() {
    if (!this.#running) return;
    const { user, agent } = this.#levels();
    this.#levelsNow = {
      user: Math.max(meterPart(user), this.#levelsNow.user * DECAY),
      agent: Math.max(meterPart(agent), this.#levelsNow.agent * DECAY),
    };
    this.#show();
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
