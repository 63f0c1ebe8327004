"""A server that sends everybody to another one, which keeps what it is sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

STATUSES = (301, 302, 303, 307, 308)


@dataclass
class Redirecting:
    """`url` redirects every request, also a WebSocket's handshake, to the same path of another origin."""

    url: str = ""
    elsewhere: str = ""
    asked: list[str] = field(default_factory=list)
    """The first lines of what came here."""
    arrived_elsewhere: list[bytes] = field(default_factory=list)


@asynccontextmanager
async def redirecting(status: int = 307) -> AsyncIterator[Redirecting]:
    """Serve both on free ports of this machine."""
    servers = Redirecting()

    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readuntil(b"\r\n\r\n")).decode().partition("\r\n")[0]
        servers.asked.append(line)
        target = servers.elsewhere + line.split()[1]
        head = f"HTTP/1.1 {status} Go\r\nLocation: {target}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        writer.write(head.encode())
        await writer.drain()
        writer.close()

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        servers.arrived_elsewhere.append(await reader.read(65_536))
        writer.close()

    async with (
        await asyncio.start_server(redirect, "127.0.0.1", 0) as here,
        await asyncio.start_server(keep, "127.0.0.1", 0) as elsewhere,
    ):
        servers.url = f"http://127.0.0.1:{here.sockets[0].getsockname()[1]}"
        servers.elsewhere = f"http://127.0.0.1:{elsewhere.sockets[0].getsockname()[1]}"
        yield servers
