"""A line whose way down is uneven: what comes from the server waits a random time, and nothing overtakes."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

_READ_BYTES = 65_536


@asynccontextmanager
async def jitter_proxy(port: int, jitter_ms: float, seed: int = 1) -> AsyncIterator[int]:
    """Pass connections on to a port of this machine; yields the proxy's own port."""
    line = _Line(port, jitter_ms, random.Random(seed))  # noqa: S311 - nothing secret
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        line.close()


class _Line:
    def __init__(self, port: int, jitter_ms: float, chance: random.Random) -> None:
        self._port = port
        self._jitter_s = jitter_ms / 1000
        self._chance = chance
        self._connections: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        for connection in self._connections:
            connection.cancel()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        with suppress(OSError, asyncio.CancelledError):
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self._port)
            waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
            async with asyncio.TaskGroup() as ways:
                ways.create_task(_copy(reader, to_server))
                ways.create_task(self._delay(from_server, waiting))
                ways.create_task(_deliver(waiting, writer))

    async def _delay(self, reader: asyncio.StreamReader, waiting: asyncio.Queue[tuple[float, bytes]]) -> None:
        clock = asyncio.get_running_loop().time
        while data := await reader.read(_READ_BYTES):
            waiting.put_nowait((clock() + self._chance.uniform(0, self._jitter_s), data))
        waiting.put_nowait((clock(), b""))


async def _deliver(waiting: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
    clock = asyncio.get_running_loop().time
    while True:
        due_s, data = await waiting.get()
        await asyncio.sleep(max(0.0, due_s - clock()))
        if not data:
            writer.close()
            return
        writer.write(data)
        await writer.drain()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_READ_BYTES):
        writer.write(data)
        await writer.drain()
    writer.close()
