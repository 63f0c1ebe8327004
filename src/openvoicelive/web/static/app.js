/** Ties the page's elements to a session. */

import { fetchConfiguration, whoAnswers } from "./configuration.js";
import { LogView } from "./insight/log.js";
import { offerLanguages } from "./language-choice.js";
import { Reminder } from "./talk/reminder.js";
import { Session } from "./talk/session.js";
import { StatusView } from "./talk/status.js";
import { sentence, translatePage, write } from "./texts.js";
import { TranscriptView } from "./talk/transcript.js";

/** @typedef {import("./talk/session.js").State} State */

/** States in which an answer can be stopped. */
const INTERRUPTIBLE = new Set(["processing", "assistant_speaking"]);

/** What is to be seen before a session, and during one. */
const BEFORE = ["start", "microphone-reason"];
const DURING = ["stop", "mute", "stop-speaking"];

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
const button = (id) => /** @type {HTMLButtonElement} */ (document.getElementById(id));
/** @param {string} id */
const input = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id));

const status = new StatusView(element("status"), element("state"), element("status-message"));
const transcript = new TranscriptView(element("transcript"), element("transcript-empty"));
const log = new LogView(element("log"));
const reminder = new Reminder(element("reminder"));

let configured = false;
let codeWanted = false;
let muted = false;
/** @type {Session | null} */
let session = null;

/**
 * @param {State} state
 * @param {import("./texts.js").Wording} [message]
 */
function showState(state, message) {
  status.show(state, message);
  if (state === "ready") reminder.wait(() => sentence(muted ? "reminder_muted" : "reminder"));
  else reminder.cancel();
  if (state === "listening") transcript.expectSpeech();
  if (state === "ready") transcript.forgetSpeech();
  button("stop-speaking").disabled = !INTERRUPTIBLE.has(state);
  const talking = session !== null && state !== "connecting" && state !== "starting";
  button("mute").disabled = button("send").disabled = input("message").disabled = !talking;
}

/** @param {boolean} on */
function showMuted(on) {
  muted = on;
  write(button("mute"), sentence(on ? "unmute" : "mute"));
  write(element("muted"), on ? sentence("muted") : "");
  document.body.dataset.muted = String(on);
}

/** What begins a session and what steers it change places; the keyboard's focus goes along. */
function showRunning() {
  const running = session !== null;
  const focused = document.activeElement;
  for (const id of BEFORE) element(id).hidden = running;
  for (const id of DURING) element(id).hidden = !running;
  element("access").hidden = running || !codeWanted;
  button("start").disabled = !configured;
  if (!focused || focused.checkVisibility()) return;
  button(running ? "stop" : "start").focus();
}

/** @returns {import("./talk/session.js").SessionEvents} */
function sessionEvents() {
  return {
    state: showState,
    ended(state, message) {
      session = null;
      transcript.forgetSpeech();
      showMuted(false);
      showState(state, message);
      showRunning();
    },
    transcript: (said) => transcript.show(said),
    cutOff: (itemId, audioEndMs) => transcript.markCutOff(itemId, audioEndMs),
    metrics: (figures) => log.add("info", sentence("log_turn", { figures: describe(figures) })),
    log: (level, message) => log.add(level, message),
  };
}

/** @param {import("./talk/connection.js").Metrics} figures */
function describe(figures) {
  const told = Object.entries(figures).filter(([, figure]) => figure !== null);
  return told.map(([name, figure]) => `${name} ${figure}`).join(", ");
}

/** @param {SubmitEvent} event */
function start(event) {
  event.preventDefault();
  const code = input("access-code").value;
  transcript.clear();
  session = new Session(sessionEvents());
  showRunning();
  void session.start(code ? { access_code: code } : {});
}

/** @param {SubmitEvent} event */
function sendMessage(event) {
  event.preventDefault();
  const message = input("message");
  const typed = message.value.trim();
  if (!session || !typed) return;
  transcript.addTyped(typed);
  session.sendText(typed);
  message.value = "";
}

async function configure() {
  const configuration = await fetchConfiguration();
  if (!configuration) return showNotice(sentence("config_unavailable"));
  const missing = configuration.missing ?? [];
  codeWanted = configuration.access_code_wanted === true;
  input("access-code").required = codeWanted;
  configured = missing.length === 0;
  if (!configured) {
    showNotice(sentence("missing_variables", { names: missing.join(", ") }));
    showState("idle", sentence("status_not_set_up"));
  } else showNotice(whoAnswers(configuration), configuration.answers === "guide" ? "guide" : "quiet");
  showRunning();
}

/**
 * @param {import("./texts.js").Wording} words
 * @param {"problem" | "guide" | "quiet"} kind
 */
function showNotice(words, kind = "problem") {
  const notice = element("notice");
  notice.dataset.kind = kind;
  write(notice, words);
  notice.hidden = !words;
  if (kind === "problem") log.add("error", words);
}

translatePage();
offerLanguages(/** @type {HTMLSelectElement} */ (element("language")));
showMuted(false);
showState("idle");
element("access").addEventListener("submit", start);
button("stop").addEventListener("click", () => session?.stop());
button("stop-speaking").addEventListener("click", () => session?.interrupt());
button("mute").addEventListener("click", () => {
  showMuted(!muted);
  session?.mute(muted);
});
element("composer").addEventListener("submit", sendMessage);
// Also when the page goes into the browser's back/forward cache.
window.addEventListener("pagehide", () => session?.stop());
await configure();
