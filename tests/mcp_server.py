"""A real MCP server, in a process of its own: tools that answer, fail, are slow or say too much.

It speaks streamable HTTP at `/mcp`, and misbehaves at the other addresses of `Application`.
"""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import uvicorn
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

MEGABYTE = 1024 * 1024

server = MCPServer("test", version="1")
seen: dict[str, str] = {}
calls: list[str] = []


@server.tool(description="The weather in a town.")
async def get_weather(location: str) -> str:
    calls.append(location)
    return f"It is sunny in {location}."


@server.tool()
async def get_forecast(location: str) -> dict[str, Any]:
    return {"location": location, "days": [{"sun": True}, {"sun": False}]}


@server.tool()
async def break_down() -> str:
    message = "The thermometer is broken."
    raise ToolError(message)


@server.tool()
async def wait_long() -> str:
    calls.append("began to wait")
    try:
        await asyncio.Event().wait()
    finally:
        calls.append("stopped waiting")
    return ""


@server.tool()
async def say_much(characters: int) -> str:
    return "x" * characters


@server.tool()
async def seen_headers() -> str:
    return json.dumps(seen)


@server.tool()
async def made_calls() -> str:
    return json.dumps(calls)


@server.tool()
async def die() -> str:
    os._exit(1)


Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class Application:
    """The server, and the addresses that misbehave."""

    def __init__(self) -> None:
        self._app = server.streamable_http_app(stateless_http=False, json_response=False)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            seen.update({name.decode(): value.decode() for name, value in scope["headers"]})
            match scope["path"]:
                case "/away":
                    elsewhere = scope["query_string"] or b"http://169.254.169.254/mcp"
                    return await _answer(send, 307, [(b"location", elsewhere)])
                case "/moved":
                    return await _answer(send, 307, [(b"location", b"/mcp")])
                case "/endless":
                    return await _endless(send)
                case "/html":
                    return await _answer(send, 200, [(b"content-type", b"text/html")], b"<p>Hello.</p>")
                case "/packed":
                    packed = [(b"content-type", b"application/json"), (b"content-encoding", b"gzip")]
                    return await _answer(send, 200, packed, b"\x1f\x8b")
                case "/silent":
                    while (await receive())["type"] != "http.disconnect":
                        pass
                    return None
        return await self._app(scope, receive, send)


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _endless(send: Send) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    with contextlib.suppress(OSError):
        for _ in range(64):
            await send({"type": "http.response.body", "body": b" " * MEGABYTE, "more_body": True})


@contextlib.contextmanager
def mcp_server(port: int = 0) -> Iterator[str]:
    """Run the server, on a free port if none is given; give its address, without a path."""
    command = [sys.executable, __file__, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def main() -> None:
    """Listen, say where, and serve."""
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)  # noqa: T201 - the parent reads it
        config = uvicorn.Config(Application(), log_level="warning", timeout_graceful_shutdown=1)
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
