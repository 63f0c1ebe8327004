"""Clients that do their worst, for `bench.bad_neighbours`: `python -m bench.bad_clients ATTACK PORT`.

An attack repeats what it does until the process is ended. It makes its messages first and then prints a line,
so that they cost the machine nothing while it attacks.
"""

import argparse
import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import numpy as np
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from bench.clips import RATE_HZ, sentences, speech

MIB = 1024 * 1024
G711_BYTES_PER_S = 8_000
LONGEST_SOUND_S = 327
"""The longest that one append or item may be."""
ITEMS = 16
IDLE_SOCKETS = 512
SPELLINGS_AT_ONCE = 16
INTERRUPTED_AT_ONCE = 4
MEGABYTES_OF_TEXT = (1, 4, 20)
TELEPHONE = {
    "input_audio_format": "g711_ulaw",
    "input_audio_sampling_rate": 8_000,
    "input_audio_noise_reduction": {"type": "azure_deep_noise_suppression"},
    "input_audio_echo_cancellation": {"type": "server_echo_cancellation"},
}

Attack = Callable[[int], Coroutine[None, None, None]]


def message(type: str, **fields: Any) -> str:
    """Return an event as text."""
    return json.dumps({"type": type, **fields})


def ready() -> None:
    """Tell that the messages are made."""
    print("ready", flush=True)


@asynccontextmanager
async def session(port: int, **options: Any) -> AsyncIterator[ClientConnection]:
    """Open a session with options."""
    url = f"ws://127.0.0.1:{port}/voice-live/realtime?model=gpt-4o"
    async with connect(url, compression=None, max_size=None, ping_interval=None) as socket:
        await socket.send(message("session.update", session=options))
        yield socket


async def until(socket: ClientConnection, *types: str) -> None:
    """Wait for an event of one of these types."""
    while json.loads(await socket.recv())["type"] not in types:
        pass


async def long_texts(port: int) -> None:
    """Have texts of 1, 4 and 20 MB said word for word."""
    requests = []
    for megabytes in MEGABYTES_OF_TEXT:
        text = "This is one sentence of many. " * (megabytes * 1_000_000 // 30)
        said = {"type": "message", "role": "assistant", "content": [{"type": "text", "text": text}]}
        requests.append(message("response.create", response={"pre_generated_assistant_message": said}))
    ready()
    async with session(port) as socket:
        while True:
            for request in requests:
                await socket.send(request)
                await until(socket, "error", "response.done")


async def many_values(port: int) -> None:
    """Send 20 MB of tiny objects as the schema of a tool."""
    values = "{}," * (20 * MIB // 3)
    tool = f'{{"type": "function", "name": "f", "parameters": {{"a": [{values}0]}}}}'
    update = f'{{"type": "session.update", "session": {{"tools": [{tool}]}}}}'
    ready()
    async with session(port) as socket:
        while True:
            await socket.send(update)
            await until(socket, "error", "session.updated")


async def large_appends(port: int) -> None:
    """Append 15 MiB of a telephone's sound, which is half an hour, with all that can be worked on it."""
    await _append(port, 15 * MIB)


async def longest_appends(port: int) -> None:
    """Append the longest sound that is taken, of a telephone, with all that can be worked on it."""
    await _append(port, LONGEST_SOUND_S * G711_BYTES_PER_S)


async def _append(port: int, size_bytes: int) -> None:
    noise = np.random.default_rng(1).integers(0, 256, size_bytes, dtype=np.uint8).tobytes()
    append = message("input_audio_buffer.append", audio=base64.b64encode(noise).decode())
    ready()
    async with session(port, **TELEPHONE) as socket:
        reading = asyncio.create_task(_read(socket))
        while not reading.done():
            await socket.send(append)


async def audio_items(port: int) -> None:
    """Have 16 items of the longest sound transcribed at once."""
    silence = base64.b64encode(b"\xff" * LONGEST_SOUND_S * G711_BYTES_PER_S).decode()
    part = {"type": "input_audio", "audio": silence}
    create = message("conversation.item.create", item={"type": "message", "role": "user", "content": [part]})
    ready()
    while True:
        async with session(port, **TELEPHONE) as socket:
            reading = asyncio.create_task(_read(socket))
            for _ in range(ITEMS):
                await socket.send(create)
            reading.cancel()


async def endless_talk(port: int) -> None:
    """Talk without a pause, as a television does, 20 times as fast as one can."""
    talk = np.concatenate([speech(name) for name in sentences()])
    second = 2 * RATE_HZ
    sound = talk.tobytes()
    pieces = [sound[start : start + second] for start in range(0, len(sound), second)]
    appends = [
        message("input_audio_buffer.append", audio=base64.b64encode(piece).decode()) for piece in pieces
    ]
    ready()
    detection = {"type": "server_vad", "silence_duration_ms": 5_000}
    async with session(port, turn_detection=detection) as socket:
        reading = asyncio.create_task(_read(socket))
        while not reading.done():
            for append in appends:
                await socket.send(append)
                await asyncio.sleep(0.05)


async def interrupted_answers(port: int) -> None:
    """Ask for answers and interrupt each at its first sound."""
    ready()
    text = "The weather will be fine in the whole country, with some clouds in the north. " * 10
    said = {"type": "message", "role": "assistant", "content": [{"type": "text", "text": text}]}
    request = message("response.create", response={"pre_generated_assistant_message": said})

    async def interrupt() -> None:
        async with session(port) as socket:
            while True:
                await socket.send(request)
                await until(socket, "response.audio.delta")
                await socket.send(message("response.cancel"))
                await until(socket, "response.done")

    await asyncio.gather(*(interrupt() for _ in range(INTERRUPTED_AT_ONCE)))


async def idle_sockets(port: int) -> None:
    """Open sockets of the page and say nothing on them."""
    ready()
    async with contextlib.AsyncExitStack() as sockets:
        for _ in range(IDLE_SOCKETS):
            with contextlib.suppress(OSError, WebSocketException):
                await sockets.enter_async_context(connect(f"ws://127.0.0.1:{port}/ws", compression=None))
        await asyncio.Event().wait()


async def wrong_codes(port: int) -> None:
    """Try access codes, each few on a socket of their own."""
    ready()
    for number in count():
        with contextlib.suppress(OSError, WebSocketException):
            async with connect(f"ws://127.0.0.1:{port}/ws", compression=None) as socket:
                for _ in range(5):
                    await socket.send(message("start", access_code=f"{number}"))
                    await socket.recv()


async def static_spellings(port: int) -> None:
    """Ask for one file under ever new names."""
    ready()
    numbers = count()

    async def ask() -> None:
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await _get(port, f"/static/{next(numbers):01000}/../app.js")

    await asyncio.gather(*(ask() for _ in range(SPELLINGS_AT_ONCE)))


async def _get(port: int, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
    await reader.read()
    writer.close()


async def _read(socket: ClientConnection) -> None:
    async for _ in socket:
        pass


ATTACKS: dict[str, Attack] = {
    attack.__name__: attack
    for attack in (
        long_texts,
        many_values,
        large_appends,
        longest_appends,
        audio_items,
        endless_talk,
        interrupted_answers,
        idle_sockets,
        wrong_codes,
        static_spellings,
    )
}


def main() -> None:
    """Attack until terminated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("attack", choices=ATTACKS)
    parser.add_argument("port", type=int)
    options = parser.parse_args()
    uvloop.run(ATTACKS[options.attack](options.port))


if __name__ == "__main__":
    main()
