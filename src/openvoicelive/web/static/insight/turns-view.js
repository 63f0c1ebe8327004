/** Shows how each turn went, and the figures of the running session; costs nothing while it is folded. */

import { FRAME_MS } from "../sound/sound-format.js";
import { formatNumber, formatUnit, onLanguageChange, text } from "../texts.js";
import { LiveFigures } from "./live-figures.js";
import { STAGES, Turns, percentile, scaleEnd } from "./turns.js";

/** The newest of them; all are in the bundle. */
const SHOWN_TURNS = 50;

const RENDER_EVERY_MS = 500;

export class TurnsView {
  turns = new Turns();
  #panel;
  #table;
  #figures = new LiveFigures(FRAME_MS);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rendering;

  /** @param {HTMLDetailsElement} panel */
  constructor(panel) {
    this.#panel = panel;
    this.#table = /** @type {HTMLTableElement} */ (panel.querySelector("table"));
    panel.addEventListener("toggle", () => this.#render());
    onLanguageChange(() => this.#render());
  }

  /** For a report: what the panel shows, as numbers. */
  get report() {
    const { roundTripMs, jitterMs, droppedFrames, gaps } = this.#figures;
    return { turns: this.turns.all, roundTripMs, jitterMs, droppedFrames, gaps };
  }

  sessionBegan() {
    this.turns.clear();
    this.#figures = new LiveFigures(FRAME_MS);
    this.#changed();
  }

  /** @param {number} ms */
  roundTrip(ms) {
    this.#figures.roundTrip(ms);
    this.#changed();
  }

  /** @param {number} jitterMs */
  jitter(jitterMs) {
    this.#figures.jitterMs = jitterMs;
    this.#changed();
  }

  gap() {
    this.#figures.gaps += 1;
    this.#changed();
  }

  /** @param {number} atMs when a frame that was sent had been captured */
  frame(atMs) {
    this.#figures.frame(atMs);
  }

  microphonePaused() {
    this.#figures.paused();
  }

  /** @param {import("../talk/connection.js").Metrics} metrics */
  answered(metrics) {
    this.turns.answered(metrics);
    this.#changed();
  }

  /**
   * The page is told to be silent: call it before the speaker is.
   *
   * @param {import("./turns.js").Cause} because
   * @param {number | null} [orderMs] from the beginning of the user's speech
   */
  stopOrdered(because, orderMs = null) {
    this.turns.stopOrdered(because, orderMs, performance.now());
  }

  /**
   * @param {string} itemId
   * @param {number} heardMs
   */
  cutOff(itemId, heardMs) {
    this.turns.cutOff(itemId, heardMs, performance.now());
    this.#changed();
  }

  #changed() {
    if (!this.#panel.open || this.#rendering) return;
    this.#rendering = setTimeout(() => this.#render(), RENDER_EVERY_MS);
  }

  #render() {
    clearTimeout(this.#rendering);
    this.#rendering = undefined;
    if (!this.#panel.open) return;
    this.#renderFigures();
    const shown = this.turns.all.slice(-SHOWN_TURNS);
    const scaleMs = scaleEnd(Math.max(0, ...shown.flatMap(({ marks }) => marks.map(Number))));
    for (const body of [...this.#table.tBodies]) body.remove();
    this.#table.append(...shown.map((turn) => turnRows(turn, scaleMs)).reverse());
    /** @type {HTMLElement} */ (this.#panel.querySelector(".turns-scroll")).hidden = shown.length === 0;
    /** @type {HTMLElement} */ (this.#panel.querySelector(".turns-empty")).hidden = shown.length > 0;
  }

  #renderFigures() {
    const { roundTripMs, jitterMs, droppedFrames, gaps } = this.#figures;
    const sounds = this.turns.all.flatMap(({ marks }) => marks[STAGES.indexOf("first_sound")] ?? []);
    /** @type {Record<string, string>} */
    const words = {
      p50: milliseconds(percentile(sounds, 50)),
      p95: milliseconds(percentile(sounds, 95)),
      roundTrip: milliseconds(roundTripMs),
      jitter: milliseconds(jitterMs),
      dropped: formatNumber(droppedFrames),
      gaps: formatNumber(gaps),
    };
    for (const [name, value] of Object.entries(words)) {
      const place = /** @type {HTMLElement} */ (this.#panel.querySelector(`[data-figure="${name}"]`));
      place.textContent = value;
    }
  }
}

/**
 * A turn as a group of rows: its numbers, the same as bars, and how it was interrupted.
 *
 * @param {import("./turns.js").Turn} turn
 * @param {number} scaleMs how long the whole width is
 */
function turnRows(turn, scaleMs) {
  const body = document.createElement("tbody");
  const numbers = body.insertRow();
  const name = document.createElement("th");
  name.scope = "row";
  name.textContent = formatNumber(turn.number);
  numbers.append(name);
  for (const mark of turn.marks) numbers.insertCell().textContent = milliseconds(mark);
  wideCell(body).append(bars(turn.marks, scaleMs));
  if (turn.interruption) wideCell(body).textContent = interruptionText(turn.interruption);
  return body;
}

/** @param {HTMLTableSectionElement} body */
function wideCell(body) {
  const cell = body.insertRow().insertCell();
  cell.colSpan = STAGES.length + 1;
  return cell;
}

/**
 * From each moment to the next, in the order in which they came.
 *
 * @param {(number | null)[]} marks
 * @param {number} scaleMs
 */
function bars(marks, scaleMs) {
  const strip = document.createElement("div");
  strip.className = "bars";
  strip.setAttribute("aria-hidden", "true"); // the numbers above say the same
  const known = STAGES.flatMap((stage, index) => (marks[index] === null ? [] : [{ stage, ms: Number(marks[index]) }]));
  let fromMs = 0;
  for (const { stage, ms } of known.sort((one, other) => one.ms - other.ms)) {
    const bar = document.createElement("i");
    bar.dataset.stage = stage;
    bar.style.setProperty("--part", `${((ms - fromMs) / scaleMs) * 100}%`);
    strip.append(bar);
    fromMs = ms;
  }
  return strip;
}

/** @param {import("./turns.js").Interruption} interruption */
function interruptionText({ because, orderMs, pageMs }) {
  const page = milliseconds(pageMs);
  if (because !== "speech") return text(`interrupted_${because}`, { page });
  if (orderMs === null) return text("interrupted_speech", { page });
  const [order, total] = [milliseconds(orderMs), milliseconds(orderMs + pageMs)];
  return text("interrupted_speech_timed", { total, order, page });
}

/** @param {number | null} figure */
function milliseconds(figure) {
  return figure === null ? "–" : formatUnit(Math.round(figure), "millisecond");
}
