/** The panel of the protocol's events: filter, pause, expand, copy; costs nothing while it is folded. */

import { copy } from "../copying.js";
import { formatNumber, formatUnit, onLanguageChange, sentence, text, write } from "../texts.js";
import { EventStore, asJson, matches } from "./events.js";

/** @typedef {import("./events.js").Entry} Entry */

const RENDER_EVERY_MS = 250;

export class EventsView {
  store = new EventStore();
  #panel;
  #list;
  #words;
  #direction;
  #pause;
  #status;
  /** The rows on the page, by their entries. @type {Map<Entry, HTMLLIElement>} */
  #rows = new Map();
  /** What was looked at already, shown or not. */
  #seenId = -1;
  /** What the list holds while it pauses. @type {Entry[] | null} */
  #frozen = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rendering;

  /** @param {HTMLDetailsElement} panel */
  constructor(panel) {
    const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (panel.querySelector(`#${id}`));
    this.#panel = panel;
    this.#list = find("events");
    this.#words = /** @type {HTMLInputElement} */ (find("events-words"));
    this.#direction = /** @type {HTMLSelectElement} */ (find("events-direction"));
    this.#pause = /** @type {HTMLButtonElement} */ (find("events-pause"));
    this.#status = find("events-status");
    for (const tool of [this.#words, this.#direction]) tool.addEventListener("input", () => this.#startOver());
    this.#pause.addEventListener("click", () => this.#pauseOrGoOn());
    find("events-copy").addEventListener("click", () => void this.#copyShown());
    panel.addEventListener("toggle", () => this.#startOver());
    onLanguageChange(() => this.#startOver());
  }

  /** The operator lets visitors see the events. */
  offer() {
    this.#panel.hidden = false;
  }

  /** Events are wanted from the beginning: the bundle is asked for when something has gone wrong already. */
  startChoices() {
    return this.#panel.hidden ? {} : { events: true };
  }

  sessionBegan() {
    this.store.clear();
    if (this.#frozen) this.#pauseOrGoOn();
    this.#startOver();
  }

  /** @param {import("../talk/connection.js").ProtocolEvent} event */
  add(event) {
    this.store.add(event);
    if (!this.#panel.open || this.#frozen || this.#rendering) return;
    this.#rendering = setTimeout(() => this.#render(), RENDER_EVERY_MS);
  }

  get #entries() {
    return this.#frozen ?? this.store.entries;
  }

  #pauseOrGoOn() {
    this.#render();
    this.#frozen = this.#frozen ? null : [...this.store.entries];
    this.#pause.setAttribute("aria-pressed", String(this.#frozen !== null));
    write(this.#status, this.#frozen ? sentence("events_paused") : "");
    this.#render();
  }

  #startOver() {
    this.#list.replaceChildren();
    this.#rows.clear();
    this.#seenId = -1;
    this.#render();
  }

  #render() {
    clearTimeout(this.#rendering);
    this.#rendering = undefined;
    if (!this.#panel.open) return;
    const atEnd = this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight < 48;
    this.#dropForgotten();
    this.#appendNew();
    for (const [entry, row] of this.#rows) showAmount(row, entry);
    if (atEnd) this.#list.scrollTop = this.#list.scrollHeight;
  }

  #dropForgotten() {
    const oldestId = this.#entries[0]?.id ?? Infinity;
    for (const [entry, row] of this.#rows) {
      if (entry.id >= oldestId) return;
      row.remove();
      this.#rows.delete(entry);
    }
  }

  #appendNew() {
    const direction = /** @type {import("./events.js").Direction | ""} */ (this.#direction.value);
    const filter = { direction, words: this.#words.value };
    const rows = document.createDocumentFragment();
    for (const entry of this.#entries) {
      if (entry.id <= this.#seenId) continue;
      this.#seenId = entry.id;
      if (!matches(entry, filter)) continue;
      const row = this.#row(entry);
      this.#rows.set(entry, row);
      rows.append(row);
    }
    this.#list.append(rows);
  }

  /** @param {Entry} entry */
  #row(entry) {
    const row = document.createElement("li");
    const fold = document.createElement("details");
    const line = document.createElement("summary");
    const time = document.createElement("time");
    time.textContent = formatUnit(entry.atMs / 1000, "second", 2);
    const type = document.createElement("code");
    type.textContent = entry.type;
    line.append(directionMark(entry.direction), type, document.createElement("small"), time);
    fold.append(line);
    fold.addEventListener("toggle", () => this.#expand(fold, entry), { once: true });
    row.append(fold);
    return row;
  }

  /**
   * @param {HTMLDetailsElement} fold
   * @param {Entry} entry
   */
  #expand(fold, entry) {
    const json = document.createElement("pre");
    json.tabIndex = 0; // it scrolls
    json.textContent = asJson(entry);
    const button = document.createElement("button");
    button.type = "button";
    write(button, sentence("copy"));
    button.addEventListener("click", () => void this.#copy(asJson(entry), 1));
    fold.append(json, button);
  }

  #copyShown() {
    const entries = [...this.#rows.keys()];
    return this.#copy(`[${entries.map(asJson).join(",\n")}]`, entries.length);
  }

  /**
   * @param {string} words
   * @param {number} count
   */
  async #copy(words, count) {
    const copied = await copy(words);
    write(this.#status, copied ? sentence("events_copied", { count }) : sentence("copy_failed"));
  }
}

/** @param {import("./events.js").Direction} direction */
function directionMark(direction) {
  const mark = document.createElement("span");
  mark.className = "direction";
  mark.dataset.direction = direction;
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", text(`events_${direction}`));
  mark.textContent = direction === "sent" ? "↑" : "↓";
  return mark;
}

/**
 * How many events a row stands for and how much sound is in them; both may still grow.
 *
 * @param {HTMLLIElement} row
 * @param {Entry} entry
 */
function showAmount(row, { count, audioBytes }) {
  if (row.dataset.count === String(count)) return;
  row.dataset.count = String(count);
  const place = /** @type {HTMLElement} */ (row.querySelector("small"));
  const size = audioBytes ? formatUnit(audioBytes / 1000, "kilobyte", 1) : "";
  place.textContent = count > 1 ? `×${formatNumber(count)} ${size}` : size;
}
