"""A small HTTP server where a chat model would be, which behaves as badly as a test wants."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

Behaviour = Literal["answer", "say nothing", "die in mid-answer", "fail"]
DEATH_AFTER_WORDS = 12


@dataclass
class ChatEndpoint:
    """Answers every request in the way that `behaviour` says at that moment."""

    url: str = ""
    behaviour: Behaviour = "answer"
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await reader.readuntil(b"\r\n\r\n")
            match self.behaviour:
                case "fail":
                    writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: 10\r\n\r\n/srv/x.py!")
                case "say nothing":
                    await reader.read()  # until the client gives up
                case behaviour:
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
                    for number in range(DEATH_AFTER_WORDS):
                        self._chunk(writer, {"content": f"word{number} "}, None)
                    if behaviour == "answer":
                        self._chunk(writer, {}, "stop")
                        writer.write(b"data: [DONE]\n\n")
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client left first
        finally:
            self.connections -= 1
            writer.close()

    @staticmethod
    def _chunk(writer: asyncio.StreamWriter, delta: dict[str, str], finish_reason: str | None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        chunk = {
            "id": "c",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "m",
            "choices": [choice],
        }
        writer.write(f"data: {json.dumps(chunk)}\n\n".encode())


@asynccontextmanager
async def chat_endpoint() -> AsyncIterator[ChatEndpoint]:
    """Serve on a port of its own."""
    endpoint = ChatEndpoint()
    async with await asyncio.start_server(endpoint.serve, "127.0.0.1", 0) as server:
        endpoint.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        yield endpoint
