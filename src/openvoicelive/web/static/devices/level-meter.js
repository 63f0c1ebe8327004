/** A bar that shows how loud a microphone is. */

import { FLOOR_DBFS, meterPart } from "../sound/levels.js";
import { formatNumber } from "../texts.js";

/** As fast as an eye follows; slower for who asked for little motion, and for a screen reader. */
const DRAWN_EACH_MS = 33;
const CALM_EACH_MS = 250;
const TOLD_EACH_MS = 1_000;

/** The bar falls so slowly that peaks can be seen. */
const FALL_DB_PER_S = 40;

export class LevelMeter {
  #element;
  #read;
  #calm = matchMedia("(prefers-reduced-motion: reduce)");
  #running = false;
  #shown = FLOOR_DBFS;
  #drawnAt = 0;
  #toldAt = 0;

  /**
   * @param {HTMLElement} element of the role `meter`
   * @param {() => number} read the level now, in dBFS
   */
  constructor(element, read) {
    this.#element = element;
    this.#read = read;
    element.setAttribute("aria-valuemin", String(FLOOR_DBFS));
    element.setAttribute("aria-valuemax", "0");
    this.#draw();
    this.#tell();
  }

  /** @param {boolean} running nothing is drawn, and nothing costs, while it does not */
  run(running) {
    if (running === this.#running) return;
    this.#running = running;
    if (running) requestAnimationFrame(this.#step);
    else this.#rest();
  }

  /** @param {number} now in ms */
  #step = (now) => {
    if (!this.#running) return;
    requestAnimationFrame(this.#step);
    const elapsedMs = now - this.#drawnAt;
    if (elapsedMs < (this.#calm.matches ? CALM_EACH_MS : DRAWN_EACH_MS)) return;
    this.#drawnAt = now;
    this.#shown = Math.max(this.#read(), this.#shown - (FALL_DB_PER_S * elapsedMs) / 1000, FLOOR_DBFS);
    this.#draw();
    if (now - this.#toldAt < TOLD_EACH_MS) return;
    this.#toldAt = now;
    this.#tell();
  };

  #rest() {
    this.#shown = FLOOR_DBFS;
    this.#draw();
    this.#tell();
  }

  #draw() {
    this.#element.style.setProperty("--level", meterPart(this.#shown).toFixed(3));
  }

  #tell() {
    const level = Math.round(Math.min(0, this.#shown));
    this.#element.setAttribute("aria-valuenow", String(level));
    this.#element.setAttribute("aria-valuetext", `${formatNumber(level)} dB`);
  }
}
