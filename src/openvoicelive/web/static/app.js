/** Ties the page's parts to a session. */

import { fetchConfiguration, whoAnswers } from "./configuration.js";
import { DevicesPanel } from "./devices/panel.js";
import { offerModels } from "./connect-model.js";
import { button, element, input, panel } from "./elements.js";
import { EventsView } from "./insight/events-view.js";
import { LogView } from "./insight/log.js";
import { TurnsView } from "./insight/turns-view.js";
import { offerLanguages } from "./language-choice.js";
import { SavingView } from "./saving/saving-view.js";
import { RecognitionNotice } from "./settings/recognition-notice.js";
import { SettingsPanel } from "./settings/panel.js";
import { TalkControls } from "./talk/controls.js";
import { Session } from "./talk/session.js";
import { languageName, sentence, translatePage, write } from "./texts.js";
import { TranscriptView } from "./talk/transcript.js";

/** @typedef {import("./talk/session.js").State} State */
/** @typedef {{ words: import("./texts.js").Wording, kind: "problem" | "guide" | "quiet" }} Notice */

/** States that there are only with a service that has answered. @type {Set<State>} */
const ANSWERED = new Set(["ready", "listening", "processing", "assistant_speaking"]);

const transcript = new TranscriptView(element("transcript"), element("transcript-empty"));
const log = new LogView(element("log"));
const turns = new TurnsView(panel("turns-panel"));
const events = new EventsView(panel("events-panel"));
const saving = new SavingView(panel("saving-panel"), element("recording"), {
  record: (on) => session?.record(on),
  events: () => events.store.entries,
  report: () => ({ browser: navigator.userAgent, configuration, settings: applied, log: log.lines, ...turns.report }),
});

const controls = new TalkControls({
  mute(muted) {
    session?.mute(muted);
    turns.microphonePaused();
  },
  pushToTalk: (on) => session?.pushToTalk(on),
  stop: () => session?.stop(),
  stopSpeaking() {
    turns.stopOrdered("button");
    session?.interrupt();
  },
  levels: () => ({ user: session?.userLevel() ?? -Infinity, agent: session?.agentLevel() ?? -Infinity }),
});

const recognition = new RecognitionNotice(element("unrecognised"), element("unrecognised-words"));
const settings = new SettingsPanel({
  change: (changed) => session?.change(changed),
  chosen: () => controls.understand(recognition.show(settings.language, understood)),
  accessCode: () => input("access-code").value,
  speaker: () => devices.choice.speaker,
});

const devices = new DevicesPanel(
  panel("devices-panel"),
  element("device-notice"),
  () => {
    const { voice, language, speech_rate } = settings.startChoices();
    return { access_code: input("access-code").value || undefined, voice, language, speech_rate };
  },
);

/** @type {import("./configuration.js").Configuration | null} */
let configuration = null;
/** What holds in the session, as the app told it. @type {import("./talk/connection.js").Applied | null} */
let applied = null;
let configured = false;
/** Languages that are understood when they are spoken. @type {string[] | null | undefined} */
let understood;
let codeWanted = false;
/** What the notice says, but while a language could not be loaded. @type {Notice} */
let lasting = { words: "", kind: "quiet" };
/** Whether the session has no microphone, because its user wants to type. */
let typing = false;
/** @type {Session | null} */
let session = null;
/** Whether the service has answered: only then the session's conversation takes the place of the last one. */
let begun = false;

/**
 * @param {State} state
 * @param {import("./texts.js").Wording} [message]
 */
function showState(state, message) {
  controls.show(state, message);
  if (ANSWERED.has(state)) begin();
  if (begun) saving.state(state);
  if (state === "listening") transcript.expectSpeech();
  if (state === "ready") transcript.forgetSpeech();
}

function begin() {
  if (begun || !session) return;
  begun = true;
  transcript.clear();
  for (const view of [turns, events, saving]) view.sessionBegan();
}

function showRunning() {
  const running = session !== null;
  element("access").hidden = running || !codeWanted;
  button("start").disabled = !configured;
  settings.sessionRuns(running);
  controls.run(running, typing);
}

/** @returns {import("./talk/session.js").SessionEvents} */
function sessionEvents() {
  return {
    state: showState,
    ended(state, message) {
      session = null;
      devices.detach();
      if (begun) saving.sessionEnded();
      begun = false;
      transcript.forgetSpeech();
      showRunning();
      showState(state, message);
    },
    transcript(said) {
      transcript.show(said);
      saving.transcript(said);
    },
    words(words) {
      transcript.time(words);
      saving.words(words);
    },
    arrived(itemId, soundMs) {
      transcript.arrived(itemId, soundMs);
      saving.arrived(itemId, soundMs);
    },
    playing(itemId, playedMs) {
      transcript.played(itemId, playedMs);
      saving.playing(itemId, playedMs);
    },
    played: (itemId, playedMs) => transcript.played(itemId, playedMs),
    session(now) {
      begin();
      applied = now;
      settings.applied(now);
      controls.applied(now);
      saving.applied(now);
    },
    event(event) {
      begin();
      events.add(event);
    },
    roundTrip: (ms) => turns.roundTrip(ms),
    jitter: (jitterMs) => begun && turns.jitter(jitterMs),
    gap: () => turns.gap(),
    interrupted({ because, after_ms }) {
      turns.stopOrdered(because ?? "button", after_ms);
      if (because === "speech" && typeof after_ms === "number") saving.speechNoticed(after_ms);
    },
    sent(frame, atMs) {
      turns.frame(atMs);
      saving.sent(frame, atMs);
    },
    heard: (_itemId, samples, atMs) => saving.heard(samples, atMs),
    said: () => (begun ? saving.said : []),
    restored: () => transcript.note(sentence("restored")),
    microphone: (event) => devices.microphoneEvent(event),
    cutOff(itemId, audioEndMs) {
      transcript.markCutOff(itemId, audioEndMs);
      turns.cutOff(itemId, audioEndMs);
      saving.cutOff(itemId, audioEndMs);
    },
    metrics(figures) {
      turns.answered(figures);
      log.add("info", sentence("log_turn", { figures: describe(figures) }));
    },
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
  if (session) return input("message").focus();
  typing = event.submitter?.id === "type-instead";
  const code = input("access-code").value;
  session = new Session(sessionEvents(), devices.choice);
  devices.attach(session);
  showRunning();
  session.mute(controls.muted);
  const choices = {
    ...settings.startChoices(),
    ...events.startChoices(),
    ...controls.startChoices(),
    ...(code ? { access_code: code } : {}),
  };
  void session.start(choices, { typing }).then(() => devices.refresh());
}

/** @param {SubmitEvent} event */
function sendMessage(event) {
  event.preventDefault();
  const message = input("message");
  const typed = message.value.trim();
  if (!session || !begun || !typed) return;
  transcript.addTyped(typed);
  saving.typed(typed);
  turns.stopOrdered("typed");
  session.sendText(typed);
  message.value = "";
}

async function configure() {
  configuration = await fetchConfiguration();
  if (!configuration) return showNotice(sentence("config_unavailable"));
  understood = configuration.recognition_languages;
  settings.configure(configuration);
  if (configuration.choices?.show_events) events.offer();
  if (configuration.answers === "guide") offerModels(element("connect-model"));
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
 * @param {Notice["words"]} words
 * @param {Notice["kind"]} kind
 */
function showNotice(words, kind = "problem") {
  lasting = { words, kind };
  writeNotice(lasting);
  if (kind === "problem") log.add("error", words);
}

/** @param {Notice} notice */
function writeNotice({ words, kind }) {
  const place = element("notice");
  place.dataset.kind = kind;
  write(place, words);
  place.hidden = !words;
}

translatePage();
offerLanguages(/** @type {HTMLSelectElement} */ (element("language")), {
  changed: () => writeNotice(lasting),
  failed(language) {
    const words = sentence("language_unavailable", { language: languageName(language) });
    writeNotice({ words, kind: "problem" });
    log.add("error", words);
  },
});
showState("idle");
element("access").addEventListener("submit", start);
element("composer").addEventListener("submit", sendMessage);
// Also when the page goes into the browser's back/forward cache.
window.addEventListener("pagehide", () => {
  session?.stop();
  saving.forget();
});
await configure();
