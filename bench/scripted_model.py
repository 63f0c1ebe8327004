"""A chat model that answers at once, always the same, behind the OpenAI chat-completions API.

It costs almost nothing, so that what is measured is the service: `WORDS_PER_S` words a second, as fast models
write. Run it with `python -m bench.scripted_model`; it prints its port.
"""

import asyncio
import json

import uvloop

WORDS_PER_S = 80.0
ANSWER = (
    "The largest lake in the world is the Caspian Sea. It lies between Europe and Asia, "
    "and its water is slightly salty."
)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    try:
        while head := await _head(reader):
            length = next((int(line[15:]) for line in head if line.lower().startswith("content-length:")), 0)
            await reader.readexactly(length)
            if head[0].startswith("GET"):
                _reply(writer, {"object": "list", "data": [{"id": "scripted", "object": "model"}]})
            else:
                await _stream(writer)
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
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


async def _stream(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
    for word in ANSWER.split():
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
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
