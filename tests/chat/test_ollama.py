"""Whether an Ollama may be there."""

import asyncio
import socket

from openvoicelive.chat.ollama import is_listening


async def test_somebody_listens() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert await is_listening(f"http://127.0.0.1:{port}", deadline_s=5)


async def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert not await is_listening(f"http://127.0.0.1:{port}", deadline_s=5)
