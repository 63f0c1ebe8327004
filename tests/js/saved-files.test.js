/** A conversation's sound as a WAV file, and all its files as a ZIP archive, read again by strict readers. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";

import { LIMIT_MINUTES, Recording } from "../../src/openvoicelive/web/static/saving/recording.js";
import { Track } from "../../src/openvoicelive/web/static/saving/track.js";
import { stereoWav } from "../../src/openvoicelive/web/static/saving/wav.js";
import { zip } from "../../src/openvoicelive/web/static/saving/zip.js";
import { RATE_HZ } from "./signals.js";

/** @param {Iterable<Uint8Array<ArrayBuffer>>} parts */
function readStereoWav(parts) {
  const file = Buffer.concat([...parts]);
  assert.equal(file.toString("latin1", 0, 4), "RIFF");
  assert.equal(file.readUInt32LE(4), file.length - 8);
  assert.equal(file.toString("latin1", 8, 16), "WAVEfmt ");
  assert.equal(file.readUInt32LE(16), 16);
  const [format, channels, frameBytes, bits] = [20, 22, 32, 34].map((at) => file.readUInt16LE(at));
  assert.deepEqual({ format, channels, frameBytes, bits }, { format: 1, channels: 2, frameBytes: 4, bits: 16 });
  assert.deepEqual([file.readUInt32LE(24), file.readUInt32LE(28)], [RATE_HZ, RATE_HZ * 4]);
  assert.equal(file.toString("latin1", 36, 40), "data");
  assert.equal(file.readUInt32LE(40), file.length - 44);
  const channel = (/** @type {number} */ offset) =>
    Int16Array.from({ length: (file.length - 44) / 4 }, (_, index) => file.readInt16LE(44 + index * 4 + offset));
  return { left: channel(0), right: channel(2) };
}

test("two tracks become a stereo WAV, aligned in time", () => {
  const [user, agent] = [new Track(), new Track()];
  for (let frame = 0; frame < 150; frame++) {
    // Each frame is told up to 15 ms late; the frames follow each other all the same.
    user.write(500 + frame * 20 + ((frame * 7) % 15), new Int16Array(480).fill(frame + 1));
  }
  agent.write(2250, new Int16Array(12_000).fill(-5));
  agent.write(4000, new Int16Array(2400).fill(-6));

  const { left, right } = readStereoWav(stereoWav(user, agent));
  assert.equal(left.length, 98_400);
  const voice = Int16Array.from({ length: 150 * 480 }, (_, index) => Math.floor(index / 480) + 1);
  assert.deepEqual(left.slice(12_000, 12_000 + voice.length), voice);
  assert.equal(left.filter(Boolean).length, voice.length);
  assert.deepEqual(right.slice(54_000, 66_000), new Int16Array(12_000).fill(-5));
  assert.deepEqual(right.slice(96_000), new Int16Array(2400).fill(-6));
  assert.equal(right.filter(Boolean).length, 14_400);
});

test("sound that is told too early follows what is there, and nothing is lost", () => {
  const track = new Track();
  track.write(0, new Int16Array(2400).fill(1));
  track.write(200, new Int16Array(2400).fill(2)); // a clock that was read 100 ms late
  track.write(210, new Int16Array(2400).fill(3));
  track.write(400, new Int16Array(2400).fill(4)); // the clock is right again
  const { left } = readStereoWav(stereoWav(track, new Track()));
  const sounds = [1, 2, 3, 4].map((value) => left.filter((sample) => sample === value).length);
  assert.deepEqual(sounds, [2400, 2400, 2400, 2400]);
  assert.deepEqual([2, 3, 4].map((value) => left.indexOf(value)), [4800, 7200, 9600]);
});

test("silence takes no memory, and a recording ends at its limit", () => {
  const recording = new Recording();
  assert.ok(recording.isEmpty);
  const second = new Int16Array(RATE_HZ).fill(1);
  let seconds = 0;
  while (!recording.isFull) recording.keep("user", 5000 + seconds++ * 1000, second);
  recording.keep("agent", 9000, second);
  assert.equal(LIMIT_MINUTES, 30);
  assert.equal(seconds - 1, 30 * 60);
  assert.equal(recording.user.bytes, 30 * 60 * 48_000);
  assert.equal(recording.agent.bytes, 0);
  assert.ok(!recording.isEmpty);
});

/**
 * Reads an archive of stored files as APPNOTE 6.3.10 describes it: from its end, by way of the directory.
 *
 * @param {Buffer} archive
 */
function readZip(archive) {
  const end = archive.length - 22;
  assert.equal(archive.readUInt32LE(end), 0x06054b50);
  const count = archive.readUInt16LE(end + 10);
  assert.equal(archive.readUInt16LE(end + 8), count);
  let entry = archive.readUInt32LE(end + 16);
  assert.equal(entry + archive.readUInt32LE(end + 12), end);
  const files = [];
  for (let number = 0; number < count; number++) {
    assert.equal(archive.readUInt32LE(entry), 0x02014b50);
    const [time, date] = [archive.readUInt16LE(entry + 12), archive.readUInt16LE(entry + 14)];
    const size = archive.readUInt32LE(entry + 24);
    const nameBytes = archive.readUInt16LE(entry + 28);
    const name = archive.toString("utf-8", entry + 46, entry + 46 + nameBytes);
    const local = archive.readUInt32LE(entry + 42);
    assert.equal(archive.readUInt32LE(local), 0x04034b50);
    // Versions, flags, times, sums, sizes and the name's length stand in both places.
    assert.deepEqual(archive.subarray(local + 4, local + 28), archive.subarray(entry + 6, entry + 30));
    assert.equal(archive.readUInt16LE(entry + 8), 0x0800, "names are UTF-8, and no size comes after the content");
    assert.equal(archive.readUInt16LE(entry + 10), 0, "stored");
    assert.equal(archive.readUInt32LE(entry + 20), size);
    assert.equal(archive.toString("utf-8", local + 30, local + 30 + nameBytes), name);
    const start = local + 30 + nameBytes + archive.readUInt16LE(local + 28);
    const content = archive.subarray(start, start + size);
    assert.equal(archive.readUInt32LE(entry + 16), crc32(content));
    files.push({ name, content, modified: fromDos(date, time) });
    entry += 46 + nameBytes + archive.readUInt16LE(entry + 30) + archive.readUInt16LE(entry + 32);
  }
  assert.equal(entry, end);
  return files;
}

/**
 * @param {number} date
 * @param {number} time
 */
function fromDos(date, time) {
  const [year, month, day] = [(date >> 9) + 1980, (date >> 5) & 15, date & 31];
  return new Date(year, month - 1, day, time >> 11, (time >> 5) & 63, (time & 31) * 2);
}

test("files become a ZIP archive", async () => {
  const modified = new Date(2026, 10, 20, 17, 4, 6);
  const large = Uint8Array.from({ length: 300_000 }, (_, index) => index * index);
  const archive = await zip(
    [
      { name: "empty.txt", parts: [] },
      { name: "Gespräch.txt", parts: [Uint8Array.of(104, 105), Uint8Array.of(33)] },
      { name: "large.bin", parts: Array(8).fill(large) },
    ],
    modified,
  );
  const files = readZip(Buffer.from(await archive.arrayBuffer()));
  assert.deepEqual(
    files.map(({ name, content }) => [name, content.length]),
    [
      ["empty.txt", 0],
      ["Gespräch.txt", 3],
      ["large.bin", 2_400_000],
    ],
  );
  assert.equal(files[1].content.toString(), "hi!");
  assert.ok(files[2].content.equals(Buffer.concat(Array(8).fill(large))));
  for (const file of files) assert.deepEqual(file.modified, modified);
});
