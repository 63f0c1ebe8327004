"""Random messages over real sockets against the real service; afterwards nothing of them may be left.

    python -m tests.fuzz.flood 100000

Several clients talk at once, each with its own seed. Some leave without a word. Every event is checked, every
message answered within a deadline, and the engines are scripted so that a run is about the service.
"""

import asyncio
import gc
import logging
import sys
import threading
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from random import Random

import uvloop
from websockets.asyncio.client import connect

from openvoicelive.chat.interface import (
    ChatDelta,
    ChatEnd,
    ChatRequest,
    TextDelta,
    ToolCallArguments,
    ToolCallBegan,
)
from tests.fuzz.messages import Writer
from tests.robustness.running_service import Client, RunningService, running_service, threaded
from tests.service.scripted_engines import ScriptedEngines, ScriptedRecognizer, ScriptedSynthesizer

CLIENTS = 8
MESSAGES_PER_CONNECTION = 500
MESSAGES_PER_LOOK = 25
"""After so many a client waits until all of them are answered."""
COMMITTED = "input_audio_buffer.committed"
WRITTEN_DOWN = tuple(
    f"conversation.item.input_audio_transcription.{ending}" for ending in ("completed", "failed")
)
MODELS = ("gpt-4o", "gpt-realtime")


class Listener(ScriptedRecognizer):
    """Understands the same whatever it hears, for ever."""

    def next_transcript(self) -> str:
        return "What is two plus three?"


class Speaker:
    """Answers everything: with a call, where there is a function, or in words, or in both."""

    name = "a speaker"

    def __init__(self) -> None:
        self._call_numbers = count(1)

    async def reply(self, request: ChatRequest) -> AsyncGenerator[ChatDelta, None]:
        number = next(self._call_numbers)
        if not request.tools or number % 2:
            for part in ("Well, two", " plus three is five.", " That is", " all there is", " to say."):
                yield TextDelta(part)
        for tool in request.tools:
            yield ToolCallBegan(f"call_{number}_{tool.name}", tool.name)
            yield ToolCallArguments(f"call_{number}_{tool.name}", "{}")
        yield ChatEnd("tool_calls" if request.tools else "stop")

    async def close(self) -> None:
        """There is nothing to close."""


class FloodingClient(Client):
    """Sends random messages and reads all that comes."""

    def __init__(self, client: Client, seed: int) -> None:
        super().__init__(client.socket)
        self.checker = client.checker
        self.chance = Random(seed)  # noqa: S311 - it must be the same each time
        self.writer = Writer(self.chance)

    async def flood(self, count: int) -> None:
        """Send so many messages, and see that the service keeps up."""
        for start in range(0, count, MESSAGES_PER_LOOK):
            for _ in range(min(MESSAGES_PER_LOOK, count - start)):
                await self.socket.send(self.writer.message())
            await self.look()
            if self.chance.random() < 0.5:
                await self.listen()

    async def listen(self) -> None:
        """Hear the answer to its end, if one is being given, or is as soon as words are known."""
        while self.checker.counts[COMMITTED] > sum(self.checker.counts[kind] for kind in WRITTEN_DOWN):
            await self.next()
        answer = self.checker.response_id
        while answer is not None and self.checker.response_id == answer:
            await self.next()

    async def look(self) -> None:
        """Wait until all that was sent is answered; the last answer names an id of ours."""
        mark = f"look_{self.chance.randrange(10**9)}"
        await self.send("no.such.event", event_id=mark)
        while (event := await self.next())["type"] != "error" or event["error"]["event_id"] != mark:
            pass
        self.writer.hear(self.events)
        self.events.clear()

    async def come_to_an_end(self) -> None:
        """Stop all answers; the conversation must then be whole."""
        await self.send("session.update", session={"turn_detection": None})
        await self.send("input_audio_buffer.clear")
        await self.look()
        while self.checker.response_id is not None:
            await self.send("response.cancel")
            await self.look()
        self.checker.finish()


async def flood(messages: int, *, first_seed: int = 0) -> Counter[str]:
    """Send random messages; return how many events of each type came.

    Raises:
        AssertionError: If an event is wrong, an answer does not come, or something is left behind.

    """
    counts: Counter[str] = Counter()
    per_client = messages // CLIENTS
    engines = ScriptedEngines(recognizer=Listener(), synthesizer=ScriptedSynthesizer(word_ms=20))
    together = threaded(engines)
    together.chat = Speaker()
    with nothing_is_reported():
        async with nothing_is_left(), running_service(together) as service, asyncio.TaskGroup() as clients:
            for number in range(CLIENTS):
                clients.create_task(_talk(service, per_client, first_seed + number, counts))
    return counts


async def _talk(service: RunningService, messages: int, seed: int, counts: Counter[str]) -> None:
    for start in range(0, messages, MESSAGES_PER_CONNECTION):
        socket = await connect(service.url.replace("gpt-4o", MODELS[seed % 2]), compression=None)
        client = FloodingClient(Client(socket), seed * 10_000 + start)
        await client.until("session.created")
        await client.flood(min(MESSAGES_PER_CONNECTION, messages - start))
        counts.update(client.checker.counts)
        if client.chance.random() < 0.3:
            socket.transport.abort()
        else:
            await client.come_to_an_end()
        await socket.close()


@asynccontextmanager
async def nothing_is_left() -> AsyncIterator[None]:
    """See that all tasks and threads that began have ended."""
    tasks, threads = asyncio.all_tasks(), set(threading.enumerate())
    yield
    # The loop keeps the threads of `asyncio.to_thread` for later.
    await asyncio.get_running_loop().shutdown_default_executor()
    left_tasks = {task for task in asyncio.all_tasks() - tasks if not task.done()}
    left_threads = {thread for thread in set(threading.enumerate()) - threads if thread.is_alive()}
    assert not left_tasks, left_tasks
    assert not left_threads, left_threads


@contextmanager
def nothing_is_reported() -> Iterator[None]:
    """See that nobody logs an error."""
    errors: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            errors.append(logging.Formatter().format(record))

    keeper = Keeper(logging.ERROR)
    logging.getLogger().addHandler(keeper)
    try:
        yield
        gc.collect()  # asyncio tells of exceptions that nobody took when their tasks are freed
    finally:
        logging.getLogger().removeHandler(keeper)
    assert not errors, "\n".join(errors)


def main(messages: int) -> None:
    """Flood, and say what came of it."""
    began_s = time.monotonic()
    counts = uvloop.run(flood(messages))
    seconds = time.monotonic() - began_s
    print(f"{messages} random messages, {counts.total()} events, {seconds:.0f} s, nothing left behind.")  # noqa: T201 - a program's answer


if __name__ == "__main__":
    main(int(sys.argv[1]))
