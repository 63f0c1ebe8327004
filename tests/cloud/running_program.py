"""The whole program in a process of its own, as a container runs it, with browsers and clients."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.packaging.program import Program, running
from tests.web.running_app import DEADLINE_S, Browser

END_DEADLINE_S = 20
"""Far less than a drain lasts that nothing ends early."""


class Client:
    """A client of the program's own service."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def until(self, type: str) -> dict[str, Any]:
        """Skip events until one is of this type."""
        while True:
            async with asyncio.timeout(DEADLINE_S):
                event: dict[str, Any] = json.loads(await self._socket.recv())
            if event["type"] == type:
                return event

    async def wait_closed(self) -> int | None:
        async with asyncio.timeout(DEADLINE_S):
            await self._socket.wait_closed()
        return self._socket.close_code


class Running:
    """The program: `output` is what it has said so far."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.fetch = program.fetch
        self.ready = program.ready
        self.output = program.output
        self.socket_url = program.link.replace("http", "ws", 1)

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[Browser]:
        async with connect(f"{self.socket_url}/ws", compression=None) as socket:
            yield Browser(socket)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Client]:
        async with connect(f"{self.socket_url}/voice-live/realtime?model=gpt-4o") as socket:
            yield Client(socket)

    def send_signal(self, number: signal.Signals) -> None:
        self._program.process.send_signal(number)

    async def ended(self) -> int:
        """Wait for the end, and return the exit status."""
        return await asyncio.wait_for(self._program.process.wait(), END_DEADLINE_S)

    async def signalled(self, number: signal.Signals) -> int:
        self.send_signal(number)
        return await self.ended()


@asynccontextmanager
async def running_program(folder: Path, **environment: str) -> AsyncIterator[Running]:
    """Start it in an empty folder, where no `.env` is."""
    command = (sys.executable, "-m", "openvoicelive", "serve")
    async with running(*command, cwd=folder, environment={"PORT": "0", **environment}) as program:
        yield Running(program)
