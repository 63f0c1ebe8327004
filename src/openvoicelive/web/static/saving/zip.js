/**
 * Several files as one ZIP archive, stored as they are: PCM hardly shrinks, and every system opens a ZIP, where
 * sound inside JSON would need base64 (a third more) and a program of ours to get it out.
 *
 * The format: PKWARE's APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory) and 4.3.16 (end).
 */

import { gather } from "./gathering.js";

/** @typedef {{ name: string, parts: Iterable<Uint8Array<ArrayBuffer>> }} ZipFile */

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_DIRECTORY = 0x06054b50;
const VERSION = 20;
/** Bit 11: names are UTF-8. */
const FLAGS = 0x0800;

/** The polynomial of CRC-32, reversed (APPNOTE 4.4.7). */
const POLYNOMIAL = 0xedb88320;

const CRC_OF_BYTE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

/**
 * @param {ZipFile[]} files together less than 4 GB
 * @param {Date} modified
 */
export async function zip(files, modified) {
  /** @type {BlobPart[]} */
  const archive = [];
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const directory = [];
  let offset = 0;
  for (const { name, parts } of files) {
    const { crc, content } = await checked(parts);
    const letters = new TextEncoder().encode(name);
    const about = [VERSION, FLAGS, 0, dosTime(modified), dosDate(modified)];
    const sizes = [crc, content.size, content.size];
    archive.push(record([LOCAL_HEADER], about, sizes, [letters.length, 0]), letters, content);
    const rest = [letters.length, 0, 0, 0, 0];
    directory.push(record([CENTRAL_HEADER], [VERSION, ...about], sizes, rest, [0, offset]), letters);
    offset += 30 + letters.length + content.size;
  }
  const directoryBytes = directory.reduce((sum, { length }) => sum + length, 0);
  const count = files.length;
  const end = record([END_OF_DIRECTORY], [0, 0, count, count], [directoryBytes, offset], [0]);
  return new Blob([...archive, ...directory, end], { type: "application/zip" });
}

/**
 * Little-endian numbers: four bytes each in the first group, two in the second, and so on in turn.
 *
 * @param {number[][]} groups
 */
function record(...groups) {
  const fields = groups.flatMap((numbers, index) => numbers.map((number) => [number, index % 2 ? 2 : 4]));
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [, bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [number, bytes] of fields) {
    if (bytes === 2) view.setUint16(at, number, true);
    else view.setUint32(at, number, true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

/** @param {Iterable<Uint8Array<ArrayBuffer>>} parts */
async function checked(parts) {
  let crc = 0xffffffff;
  const content = await gather(parts, (part) => {
    for (let at = 0; at < part.length; at++) crc = (crc >>> 8) ^ CRC_OF_BYTE[(crc ^ part[at]) & 0xff];
  });
  return { crc: ~crc >>> 0, content };
}

/** @param {Date} date */
function dosTime(date) {
  return (date.getHours() << 11) | (date.getMinutes() << 5) | (date.getSeconds() >> 1);
}

/** @param {Date} date */
function dosDate(date) {
  return ((date.getFullYear() - 1980) << 9) | ((date.getMonth() + 1) << 5) | date.getDate();
}
