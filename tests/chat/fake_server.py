"""A real loopback HTTP server whose answers a test writes itself."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Send = Callable[[str], Awaitable[None]]
Answer = Callable[["FakeServer", asyncio.StreamWriter], Awaitable[None]]

EVENT_STREAM = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


def event(delta: dict[str, Any] | None = None, *, finish: str | None = None, **more: Any) -> str:
    """One chunk of a streamed answer."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": choices}
    return f"data: {json.dumps(chunk | more)}\n\n"


def json_answer(body: Any, status: int = 200) -> str:
    data = json.dumps(body)
    head = (
        f"HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {len(data.encode())}"
    )
    return f"{head}\r\nConnection: close\r\n\r\n{data}"


@dataclass
class FakeServer:
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    received_bytes: int = 0
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the client has closed its connection."""
    release: asyncio.Event = field(default_factory=asyncio.Event)
    """An answer that hangs waits for it; set at the end."""


@asynccontextmanager
async def serving(*answer: str, hang: bool = False, keeps: bool = True) -> AsyncIterator[FakeServer]:
    """Serve each request with the same text, then close, or hang until the client goes.

    Without `keeps` the requests are only counted, in bytes, so that large ones take no time here.
    """
    server = FakeServer()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        server.headers.append(head)
        length = next(
            (
                int(line.split(":")[1])
                for line in head.splitlines()
                if line.lower().startswith("content-length")
            ),
            0,
        )
        while not keeps and server.received_bytes < length:
            server.received_bytes += len(await reader.read(65_536))
        if length and keeps:
            server.requests.append(json.loads(await reader.readexactly(length)))
        for part in answer:
            writer.write(part.encode())
            await writer.drain()
        if hang:
            waits = [asyncio.create_task(reader.read()), asyncio.create_task(server.release.wait())]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if waits[0].done():
                server.gone.set()
            for wait in waits:
                wait.cancel()
        writer.close()

    listener = await asyncio.start_server(handle, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1"
    try:
        yield server
    finally:
        server.release.set()
        listener.close()
        await listener.wait_closed()
