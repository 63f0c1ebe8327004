"""A chat model that follows a script, behind the OpenAI chat-completions API. It streams every answer.

It replaces Ollama, vLLM, Azure OpenAI or OpenAI in tests, in the official suite and in benchmarks. It costs
almost no CPU, so benchmarks measure the service. `scripted_model` runs it in a process of its own.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import uvloop

from tests.model_script import Message, Request, ScriptedAnswer, scripted_answer

ROOT = Path(__file__).resolve().parents[1]
MODEL = "scripted"
PROMPT_TOKENS = 10


@contextmanager
def scripted_model(*, words_per_second: float = 1000.0, answer: str | None = None) -> Iterator[str]:
    """Run the model on a free port and give its chat URL; `answer` replaces the script."""
    options = ["--words-per-second", str(words_per_second)]
    options += [] if answer is None else ["--answer", answer]
    with subprocess.Popen(
        [sys.executable, "-m", __name__, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as program:
        try:
            assert program.stdout is not None
            yield f"http://127.0.0.1:{int(program.stdout.readline())}/v1"
        finally:
            program.terminate()


class ScriptedModel:
    """Answers each request by its script, and keeps what it was asked if that is wanted."""

    def __init__(
        self,
        script: Callable[[Request], ScriptedAnswer] = scripted_answer,
        *,
        words_per_second: float = 80.0,
        keeps_requests: bool = False,
    ) -> None:
        self.requests: list[list[Message]] = []
        """The messages of each request, in order."""
        self._script = script
        self._word_s = 1 / words_per_second
        self._keeps_requests = keeps_requests
        self._call_numbers = count(1)

    async def serve(self) -> int:
        """Listen on a free port until the process ends; return the port."""
        server = await asyncio.start_server(self._serve_connection, "127.0.0.1", 0)
        return int(server.sockets[0].getsockname()[1])

    async def _serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                if head.startswith("GET"):
                    models = [{"id": MODEL, "object": "model", "owned_by": "tests"}]
                    await _write_json(writer, {"object": "list", "data": models})
                else:
                    await self._stream(json.loads(await reader.readexactly(_content_length(head))), writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # also at the end of the loop: asyncio would report a cancelled connection as an error
        finally:
            writer.close()

    async def _stream(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if self._keeps_requests:
            self.requests.append(request["messages"])
        answer = self._script(request)
        completion = _Completion(request, answer, call_id=f"call_{next(self._call_numbers)}")
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for delta in completion.deltas():
            await _write_event(writer, completion.chunk(delta))
            await asyncio.sleep(self._word_s)
        for event in completion.closing_chunks():
            await _write_event(writer, event)
        await _write_chunk(writer, b"data: [DONE]\n\n")
        await _write_chunk(writer, b"")


class _Completion:
    """One answer in the API's chunks."""

    def __init__(self, request: Request, answer: ScriptedAnswer, *, call_id: str) -> None:
        self._text = answer.text
        self._arguments = answer.arguments
        self._call = {"index": 0, "id": call_id, "type": "function"} if answer.function else None
        self._function = answer.function
        self._reports_usage = (request.get("stream_options") or {}).get("include_usage", False)
        self._base = {
            "id": "chatcmpl-scripted",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": request.get("model", MODEL),
        }
        tokens = len(answer.text.split()) + 1
        self._usage = {
            "prompt_tokens": PROMPT_TOKENS,
            "completion_tokens": tokens,
            "total_tokens": PROMPT_TOKENS + tokens,
        }
        self._finish_reason = "tool_calls" if answer.function else "stop"

    def deltas(self) -> Iterator[Message]:
        """Give the text word by word, then a call with its arguments in two pieces, as models do."""
        for word in self._text.split():
            yield {"content": f"{word} "}
        if self._call is not None:
            yield {"tool_calls": [{**self._call, "function": {"name": self._function, "arguments": ""}}]}
            for piece in (self._arguments[:6], self._arguments[6:]):
                if piece:
                    yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}

    def chunk(self, delta: Message, *, finish_reason: str | None = None) -> Message:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return {**self._base, "choices": [choice], "usage": None}

    def closing_chunks(self) -> Iterator[Message]:
        yield self.chunk({}, finish_reason=self._finish_reason)
        if self._reports_usage:
            yield {**self._base, "choices": [], "usage": self._usage}


def _content_length(head: str) -> int:
    lines = (line.partition(":") for line in head.splitlines())
    return next((int(value) for name, _, value in lines if name.lower() == "content-length"), 0)


async def _write_json(writer: asyncio.StreamWriter, body: Message) -> None:
    data = json.dumps(body).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(data)
    writer.write(head + data)
    await writer.drain()


async def _write_event(writer: asyncio.StreamWriter, event: Any) -> None:
    await _write_chunk(writer, b"data: " + json.dumps(event).encode() + b"\n\n")


async def _write_chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    if writer.is_closing():
        raise ConnectionResetError  # uvloop's transport would raise a RuntimeError
    writer.write(b"%x\r\n" % len(data) + data + b"\r\n")
    await writer.drain()


async def main() -> None:
    """Print the port, and serve until terminated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words-per-second", type=float, default=80.0)
    parser.add_argument("--answer", help="say this to everything")
    options = parser.parse_args()
    model = ScriptedModel(
        always(options.answer) if options.answer is not None else scripted_answer,
        words_per_second=options.words_per_second,
    )
    print(await model.serve(), flush=True)  # noqa: T201 - for the process that has started this one
    await asyncio.Event().wait()


def always(text: str) -> Callable[[Request], ScriptedAnswer]:
    """Return a script that says one thing to everything."""
    return lambda _request: ScriptedAnswer(text)


if __name__ == "__main__":
    uvloop.run(main())
