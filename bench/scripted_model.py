"""A chat model that answers at once, always the same, behind the OpenAI chat-completions API.

It costs almost nothing, so that what is measured is the service: `WORDS_PER_S` words a second, as fast models
write. Run it with `python -m bench.scripted_model`; it prints its port.
"""

import asyncio
import json
from typing import Any

import uvloop

WORDS_PER_S = 80.0
ANSWER = (
    "The largest lake in the world is the Caspian Sea. It lies between Europe and Asia, "
    "and its water is slightly salty."
)
Message = dict[str, Any]


class ScriptedModel:
    """Gives one answer to everything, and keeps what it was asked if that is wanted."""

    def __init__(self, answer: str = ANSWER, *, keeps_requests: bool = False) -> None:
        self.requests: list[list[Message]] = []
        """The messages of each request, in order."""
        self._answer = answer
        self._keeps_requests = keeps_requests

    async def serve(self) -> int:
        """Listen until the process ends; return the port."""
        server = await asyncio.start_server(self._converse, "127.0.0.1", 0)
        return int(server.sockets[0].getsockname()[1])

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await _head(reader):
                length = next(
                    (int(line[15:]) for line in head if line.lower().startswith("content-length:")), 0
                )
                body = await reader.readexactly(length)
                if head[0].startswith("GET"):
                    _reply(writer, {"object": "list", "data": [{"id": "scripted", "object": "model"}]})
                else:
                    if self._keeps_requests:
                        self.requests.append(json.loads(body)["messages"])
                    await _stream(writer, self._answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # also at the end of the loop: asyncio would report a cancelled connection as an error
        finally:
            writer.close()


async def _head(reader: asyncio.StreamReader) -> list[str]:
    text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    return text.strip().split("\r\n")


def _reply(writer: asyncio.StreamWriter, body: object) -> None:
    data = json.dumps(body).encode()
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(data) + data
    )


async def _stream(writer: asyncio.StreamWriter, answer: str) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    for word in answer.split():
        _chunk(writer, {"content": f"{word} "}, None)
        await writer.drain()
        await asyncio.sleep(1 / WORDS_PER_S)
    _chunk(writer, {}, "stop")
    _write_chunk(writer, b"data: [DONE]\n\n")
    writer.write(b"0\r\n\r\n")


def _chunk(writer: asyncio.StreamWriter, delta: object, finish_reason: str | None) -> None:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    body = {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "scripted",
        "choices": [choice],
    }
    _write_chunk(writer, b"data: " + json.dumps(body).encode() + b"\n\n")


def _write_chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(b"%x\r\n" % len(data) + data + b"\r\n")


async def main() -> None:
    """Serve until terminated."""
    print(await ScriptedModel().serve(), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
