"""How much memory conversations take, and whether it comes back when they have ended.

First 48 conversations at once, with real clips at real-time pace, and a minute of silence after them; then 8
that hang up and connect again, for some minutes. The whole program runs in a process of its own, a scripted
chat model in another. Memory is the resident set. Run it with `python -m bench.memory`.
"""

import argparse
import asyncio
import time

import psutil
import uvloop
from websockets.asyncio.client import connect

from bench.machine import serving, write_result
from bench.voice_to_voice import UTTERANCE_EVERY_S, WORDS_PER_S, Conversation, Heard, prepare_frames
from tests.model_script import LAKE
from tests.scripted_model import scripted_model

MOST_MIB_PER_CONVERSATION = 8.0
MOST_TIMES_BEFORE = 1.2
_LOOK_EVERY_S = 0.5


class Memory:
    """The resident set of the program, looked at all the time."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self.most_mib = self.mib

    @property
    def mib(self) -> float:
        return round(float(self._process.memory_info().rss) / 2**20, 1)

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            self.most_mib = max(self.most_mib, self.mib)
            await asyncio.sleep(_LOOK_EVERY_S)


async def converse(port: int, conversations: int, utterances: int, *, connects: int = 1) -> Heard:
    """Hold so many conversations at once, spread evenly over 13 s, each on so many connections in turn."""
    heard = Heard()
    async with asyncio.TaskGroup() as tasks:
        for number in range(conversations):
            delay_s = number * UTTERANCE_EVERY_S / conversations
            tasks.create_task(_talk(port, heard, number, utterances, connects, delay_s))
    return heard


async def _talk(  # noqa: PLR0913, PLR0917 - one person's part of the load
    port: int, heard: Heard, number: int, utterances: int, connects: int, delay_s: float
) -> None:
    url = f"ws://127.0.0.1:{port}/voice-live/realtime?api-version=2026-07-15&model=gpt-4o"
    await asyncio.sleep(delay_s)
    clock = asyncio.get_running_loop().time
    for again in range(connects):
        async with connect(url, compression=None, open_timeout=60) as socket:
            await Conversation(socket, heard, number + again).hold(clock(), utterances)


async def measure_many(port: int, memory: Memory, conversations: int, idle_s: float) -> dict[str, object]:
    """Hold many conversations, and look at the memory before, meanwhile, and after."""
    before_mib = memory.mib
    watching = asyncio.create_task(memory.watch())
    heard = await converse(port, conversations, utterances=2)
    watching.cancel()
    ended_mib = memory.mib
    await asyncio.sleep(idle_s)
    after_mib = memory.mib
    return {
        "conversations": conversations,
        "answered": len(heard.latencies_ms),
        "unanswered": heard.unanswered,
        "before_mib": before_mib,
        "most_mib": memory.most_mib,
        "ended_mib": ended_mib,
        "after_mib": after_mib,
        "mib_per_conversation": round((memory.most_mib - before_mib) / conversations, 2),
        "times_before": round(after_mib / before_mib, 2),
    }


async def measure_reconnects(
    port: int, memory: Memory, conversations: int, connects: int, idle_s: float
) -> dict[str, object]:
    """Hold few conversations on many connections, and look at the memory after each round."""
    before_mib = memory.mib
    began_s = time.monotonic()
    rounds_mib = []
    for _ in range(connects):
        await converse(port, conversations, utterances=1)
        rounds_mib.append(memory.mib)
    lasted_s = time.monotonic() - began_s
    await asyncio.sleep(idle_s)
    return {
        "conversations": conversations,
        "connections": conversations * connects,
        "lasted_s": round(lasted_s),
        "before_mib": before_mib,
        "rounds_mib": rounds_mib,
        "after_mib": memory.mib,
    }


def main() -> None:
    """Measure, print and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=48)
    parser.add_argument("--reconnecting", type=int, default=8, help="conversations that connect again")
    parser.add_argument("--connects", type=int, default=6, help="how often each of them connects")
    parser.add_argument("--idle-seconds", type=float, default=60.0)
    options = parser.parse_args()
    idle_s = options.idle_seconds
    with (
        scripted_model(words_per_second=WORDS_PER_S, answer=LAKE) as chat_url,
        serving({"VOICE_LIVE_CHAT_URL": chat_url}) as (port, process, _),
    ):
        prepare_frames()
        memory = Memory(process)
        many = uvloop.run(measure_many(port, memory, options.conversations, idle_s))
        few = uvloop.run(measure_reconnects(port, memory, options.reconnecting, options.connects, idle_s))
    print(
        f"{many['conversations']} conversations: {many['before_mib']} MiB before, {many['most_mib']} at most "
        f"({many['mib_per_conversation']} each), {many['ended_mib']} when they ended, {many['after_mib']} "
        f"{idle_s:.0f} s later ({many['times_before']} times before); "
        f"{many['unanswered']} of their utterances unanswered"
    )
    print(
        f"{few['conversations']} conversations on {few['connections']} connections in {few['lasted_s']} s: "
        f"{few['before_mib']} MiB before, {few['rounds_mib']} after each round, {few['after_mib']} "
        f"{idle_s:.0f} s later"
    )
    print(f"targets: {MOST_MIB_PER_CONVERSATION:.0f} MiB each, {MOST_TIMES_BEFORE} times before")
    targets = {"mib_per_conversation": MOST_MIB_PER_CONVERSATION, "times_before": MOST_TIMES_BEFORE}
    write_result("memory", {"targets": targets, "many": many, "reconnects": few})


if __name__ == "__main__":
    main()
