/** When a lost connection is tried again, and when it is given up; no network, and time that the test moves. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Link } from "../../src/openvoicelive/web/static/talk/link.js";

/** A socket whose server says what a test wants. */
class Socket {
  static OPEN = 1;
  readyState = 0;
  bufferedAmount = 0;
  answersPings = true;
  /** @type {string[]} */
  sent = [];
  /** @type {(() => void) | null} */
  onopen = null;
  /** @type {((message: { data: string }) => void) | null} */
  onmessage = null;
  /** @type {(() => void) | null} */
  onclose = null;

  constructor() {
    sockets.push(this);
  }

  /** @param {string} message */
  send(message) {
    this.sent.push(message);
    const { type, id } = JSON.parse(message);
    if (type === "ping" && this.answersPings) this.onmessage?.({ data: JSON.stringify({ type: "pong", id }) });
  }

  close() {
    this.readyState = 3;
  }

  open() {
    this.readyState = Socket.OPEN;
    this.onopen?.();
  }

  /** @param {object} status */
  tell(status) {
    this.onmessage?.({ data: JSON.stringify({ type: "status", connected: true, ...status }) });
  }

  ready() {
    this.open();
    this.tell({ state: "ready" });
  }
}

/** @type {Socket[]} */
let sockets;
/** @type {string[]} */
let told;
let nowMs = 0;
/** @type {Link} */
let link;

beforeEach(() => {
  sockets = [];
  told = [];
  nowMs = 1000;
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(performance, "now", () => nowMs);
  Object.assign(globalThis, { WebSocket: Socket, document: { baseURI: "http://host/page/" } });
  link = new Link(() => ({ type: "start" }), {
    status: ({ state }) => told.push(state),
    lost: () => told.push("lost"),
    restored: () => told.push("restored"),
    closed: (refusal, wasOpen) => told.push(`closed ${refusal?.code ?? (wasOpen ? "open" : "never open")}`),
    roundTrip() {},
    sound() {},
  });
});

afterEach(() => {
  link.close();
  mock.timers.reset();
  mock.restoreAll();
});

/** @param {number} ms */
function pass(ms) {
  for (let step = 0; step < ms; step += 10) {
    nowMs += 10;
    mock.timers.tick(10);
  }
}

function socket() {
  return sockets[sockets.length - 1];
}

/** Loses the connection, and lets time pass until it is tried again; returns after how long. */
function loseAndWait() {
  const before = sockets.length;
  const lostAtMs = nowMs;
  socket().onclose?.();
  while (sockets.length === before && !told.at(-1)?.startsWith("closed")) pass(10);
  return nowMs - lostAtMs;
}

test("a connection begins with what the session wants, and tells the server's states", () => {
  socket().ready();
  assert.deepEqual(JSON.parse(socket().sent[0]), { type: "start" });
  assert.deepEqual(told, ["ready"]);
});

test("a first connection that is lost before it was ready is not tried again", () => {
  socket().onclose?.();
  assert.deepEqual(told, ["closed never open"]);
  pass(20_000);
  assert.equal(sockets.length, 1);
});

test("a lost connection is tried again after a quarter of a second, and told as restored", () => {
  socket().ready();
  assert.equal(loseAndWait(), 250);
  socket().ready();
  assert.deepEqual(told, ["ready", "lost", "restored", "ready"]);
});

test("the pauses between the tries double, up to three seconds, and end after a quarter of a minute", () => {
  socket().ready();
  const pausesMs = [];
  while (!told.at(-1)?.startsWith("closed")) pausesMs.push(loseAndWait());
  assert.deepEqual(pausesMs.slice(0, -1), [250, 500, 1000, 2000, 3000, 3000, 3000]);
  assert.deepEqual(told, ["ready", "lost", "closed open"]);
});

test("a connection that is lost again and again is given up as well", () => {
  const pausesMs = [];
  while (!told.at(-1)?.startsWith("closed")) {
    socket().ready();
    pausesMs.push(loseAndWait());
  }
  assert.deepEqual(pausesMs.slice(0, -1), [250, 500, 1000, 2000, 3000, 3000, 3000]);
});

test("a connection that has held for ten seconds is tried again as quickly as the first", () => {
  socket().ready();
  for (const pauseMs of [250, 500]) {
    assert.equal(loseAndWait(), pauseMs);
    socket().ready();
  }
  pass(10_010);
  assert.equal(loseAndWait(), 250);
});

for (const [state, code] of [
  ["stopped", "draining"],
  ["error", "service_lost"],
]) {
  test(`an end with the code ${code} is tried to be mended`, () => {
    socket().ready();
    socket().tell({ state, code, connected: false });
    assert.deepEqual(told, ["ready", "lost"]);
    pass(250);
    assert.equal(sockets.length, 2);
  });
}

test("an end that no other try can mend is told", () => {
  socket().ready();
  socket().tell({ state: "error", code: "wrong_key", connected: false });
  assert.deepEqual(told, ["ready", "error"]);
  pass(20_000);
  assert.equal(sockets.length, 1);
});

test("a try whose server says nothing for six seconds is given up for the next one", () => {
  socket().ready();
  loseAndWait();
  socket().open();
  pass(5990);
  assert.equal(socket().readyState, Socket.OPEN);
  pass(10 + 500);
  assert.equal(sockets.length, 3);
});

test("a try whose server begins and then says nothing is given up for the next one", () => {
  socket().ready();
  loseAndWait();
  socket().answersPings = false;
  socket().open();
  socket().tell({ state: "starting" });
  const [beganMs, before] = [nowMs, sockets.length];
  while (sockets.length === before) pass(10);
  assert.ok(nowMs - beganMs < 10_000);
});

test("a try whose server goes on beginning is given up after 20 s, and with it the connection", () => {
  socket().ready();
  loseAndWait();
  socket().open();
  for (let seconds = 0; seconds < 19; seconds++) {
    socket().tell({ state: "starting" });
    pass(1000);
  }
  assert.equal(told.at(-1), "starting");
  pass(1000);
  assert.equal(told.at(-1), "closed open");
});

test("a first connection that is silent is given up at once", () => {
  socket().answersPings = false;
  socket().open();
  pass(8500);
  assert.deepEqual(told, ["closed open"]);
});

test("a first connection may take 70 s to become ready", () => {
  socket().open();
  socket().tell({ state: "connecting" });
  pass(69_990);
  assert.deepEqual(told, ["connecting"]);
  pass(10);
  assert.deepEqual(told, ["connecting", "closed open"]);
});

test("a line on which no answer comes for six seconds is lost", () => {
  socket().ready();
  pass(20_000);
  assert.deepEqual(told, ["ready"]);
  socket().answersPings = false;
  pass(5900);
  assert.deepEqual(told, ["ready"]);
  pass(2500); // a second until the first ping, and one until it is looked at again
  assert.deepEqual(told, ["ready", "lost"]);
});

test("a link that is closed tries nothing again", () => {
  socket().ready();
  socket().onclose?.();
  link.close();
  pass(20_000);
  assert.equal(sockets.length, 1);
  assert.deepEqual(told, ["ready", "lost"]);
});
