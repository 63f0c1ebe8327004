/** The files in which a conversation can be kept. */

import { asSrt, asText, asVtt } from "./captions.js";
import { gather } from "./gathering.js";
import { stereoWav } from "./wav.js";
import { zip } from "./zip.js";

/**
 * @typedef {object} Kept what the files are made from
 * @property {import("./conversation-record.js").Utterance[]} utterances
 * @property {import("./captions.js").Names} names
 * @property {import("./recording.js").Recording | null} recording
 * @property {() => object} report what a bug report should tell beside the conversation
 * @property {() => object[]} events the protocol's
 *
 * @typedef {"text" | "srt" | "vtt" | "wav" | "bundle"} Kind
 * @typedef {{ ending: string, make: (kept: Kept) => Blob | Promise<Blob> }} Format
 */

/** @type {Record<Kind, Format>} */
const FORMATS = {
  text: { ending: "txt", make: (kept) => textFile(asText(kept.utterances, kept.names), "text/plain") },
  srt: { ending: "srt", make: (kept) => textFile(asSrt(kept.utterances, kept.names), "application/x-subrip") },
  vtt: { ending: "vtt", make: (kept) => textFile(asVtt(kept.utterances, kept.names), "text/vtt") },
  wav: { ending: "wav", make: wavFile },
  bundle: { ending: "zip", make: bundle },
};

/**
 * Makes a file and hands it to the browser's downloads.
 *
 * @param {Kind} kind
 * @param {Kept} kept
 * @param {Date} now
 */
export async function save(kind, kept, now) {
  const { ending, make } = FORMATS[kind];
  const url = URL.createObjectURL(await make(kept));
  const link = document.createElement("a");
  link.href = url;
  link.download = `conversation-${now.toISOString().slice(0, 19).replaceAll(":", "-")}.${ending}`;
  link.click();
  // The browser begins the download after this task; what it has begun, it finishes.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/**
 * @param {string} words
 * @param {string} type
 */
function textFile(words, type) {
  return new Blob([words], { type: `${type};charset=utf-8` });
}

/** @param {Kept} kept */
async function wavFile({ recording }) {
  return gather(recording ? stereoWav(recording.user, recording.agent) : []);
}

/** @param {Kept} kept */
function bundle({ utterances, names, recording, report, events }) {
  const bytes = (/** @type {string} */ words) => [new TextEncoder().encode(words)];
  const json = (/** @type {object} */ value) => bytes(JSON.stringify(value, null, 2));
  const files = [
    { name: "conversation.txt", parts: bytes(asText(utterances, names)) },
    { name: "conversation.srt", parts: bytes(asSrt(utterances, names)) },
    { name: "conversation.vtt", parts: bytes(asVtt(utterances, names)) },
    { name: "conversation.json", parts: json(utterances) },
    { name: "report.json", parts: json(report()) },
    { name: "events.json", parts: json(events()) },
  ];
  if (!recording || recording.isEmpty) return zip(files, new Date());
  const wav = { name: "conversation.wav", parts: stereoWav(recording.user, recording.agent) };
  return zip([...files, wav], new Date());
}
