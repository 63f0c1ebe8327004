"""Every request is answered or given up, however a client sends it, and no refusal is an error in the log."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from openvoicelive.serving.server import server_config
from openvoicelive.serving.uvicorn_protocols import MAX_HEAD_BYTES, HttpConnection
from tests.serving.test_server import DEADLINE_S, echo, serving

UPGRADE = (
    b"Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
HANDSHAKE = b"GET / HTTP/1.1\r\n" + UPGRADE
IMPATIENT_S = 0.2


class HastyConnection(HttpConnection):
    """Waits for a request no longer than a test does."""

    request_deadline_s = IMPATIENT_S


@asynccontextmanager
async def line_to(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def answer_to(
    request: bytes, application: Any = echo, *, http: type[HttpConnection] = HttpConnection
) -> bytes:
    """Return all that a server answers before it closes the connection."""
    async with serving(application, http=http) as port, line_to(port) as (reader, writer):
        writer.write(request)
        return await reader.read()


async def deadline_passed(port: int) -> None:
    """Wait until a connection that says nothing is given up: whatever began before it has lasted longer."""
    async with line_to(port) as (reader, _):
        assert await reader.read() == b""


async def page(scope: Any, receive: Any, send: Any) -> None:
    """Answer a request when it is there, body and all."""
    assert scope["type"] == "http"
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    await send({"type": "http.response.body", "body": b"page"})


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /?x=" + b"a" * 9_000 + b" HTTP/1.1\r\n" + UPGRADE + b"\r\n", b"414"),
        (HANDSHAKE + b"Authorization: Bearer " + b"a" * 9_000 + b"\r\n\r\n", b"431"),
        (HANDSHAKE + b"".join(b"X-%d: y\r\n" % number for number in range(200)) + b"\r\n", b"431"),
        (HANDSHAKE + b"Content-Length: 5\r\n\r\nhello", b"400"),
        (HANDSHAKE + b"Content-Length: 5\r\n\r\nhe", b"400"),
        (HANDSHAKE + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\n" + UPGRADE + b"\r\n", b"405"),
        (HANDSHAKE.replace(b"dGhl", b"!!!!") + b"\r\n", b"400"),
    ],
    ids=["long line", "long header", "many headers", "body", "part of a body", "chunks", "method", "key"],
)
async def test_a_handshake_that_fails_is_answered_with_http_and_closed(
    request_: bytes, status: bytes
) -> None:
    head, body = (await answer_to(request_)).split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 " + status + b" ")
    assert b"content-length: %d" % len(body) in head.lower()
    assert b"connection: close" in head.lower()


@pytest.mark.parametrize(
    "beginning",
    [
        b"GET ",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        HANDSHAKE,
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhe",
    ],
    ids=["line", "header", "handshake", "body"],
)
async def test_a_request_that_never_ends_is_answered_with_408_and_closed(beginning: bytes) -> None:
    assert (await answer_to(beginning, page, http=HastyConnection)).startswith(b"HTTP/1.1 408 ")


async def test_a_request_that_comes_byte_by_byte_is_given_up_too() -> None:
    async with serving(page, http=HastyConnection) as port, line_to(port) as (reader, writer):
        answer = asyncio.create_task(reader.read())
        writer.write(b"GET / HTTP/1.1\r\nX-Slow: ")
        while not answer.done():
            writer.write(b"a")
            await asyncio.wait({answer}, timeout=IMPATIENT_S / 10)
        assert (await answer).startswith(b"HTTP/1.1 408 ")


async def test_a_connection_without_a_request_is_closed_without_an_answer() -> None:
    assert await answer_to(b"", page, http=HastyConnection) == b""


async def test_a_further_request_that_never_ends_is_given_up_too() -> None:
    whole = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    first, _, second = (await answer_to(whole + b"GET /", page, http=HastyConnection)).partition(b"page")
    assert first.startswith(b"HTTP/1.1 200 ")
    assert second.startswith(b"HTTP/1.1 408 ")


async def test_an_answer_that_takes_longer_than_a_request_may_comes_whole() -> None:
    async def slow_page(scope: Any, receive: Any, send: Any) -> None:
        await deadline_passed(scope["server"][1])
        await page(scope, receive, send)

    async with serving(slow_page, http=HastyConnection) as port, line_to(port) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await reader.readuntil(b"page")).startswith(b"HTTP/1.1 200 ")


async def test_a_conversation_goes_on_after_the_deadline_of_its_handshake() -> None:
    async with serving(echo, http=HastyConnection) as port, connect(f"ws://127.0.0.1:{port}") as client:
        await deadline_passed(port)
        await client.send("still here")
        assert await client.recv() == "still here"


async def test_a_head_without_an_end_is_answered_with_431_and_closed() -> None:
    async with serving(page) as port, line_to(port) as (reader, writer):
        answer = asyncio.create_task(reader.read())
        writer.write(b"GET / HTTP/1.1\r\nX-Long: ")
        sent = 0
        try:
            while not answer.done():
                writer.write(bytes([97]) * 1_024)
                await writer.drain()
                sent += 1_024
                await asyncio.wait({answer}, timeout=0.01)
        except ConnectionError:
            pass
        assert (await answer).startswith(b"HTTP/1.1 431 ")
        assert sent < 2 * MAX_HEAD_BYTES


async def test_a_body_longer_than_a_head_may_be_is_taken() -> None:
    request = b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 300000\r\n\r\n"
    assert (await answer_to(request + bytes(300_000), page)).endswith(b"page")


async def refuse(_scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.http.response.start", "status": 403, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b"You may not ", "more_body": True})
    await send({"type": "websocket.http.response.body", "body": b"connect."})


async def test_a_refused_handshake_is_no_error_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(refuse) as port:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://127.0.0.1:{port}")
    assert refused.value.response.status_code == 403
    assert refused.value.response.body == b"You may not connect."
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_an_application_that_does_not_end_a_handshake_is_an_error_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def forget(_scope: Any, receive: Any, _send: Any) -> None:
        await receive()

    assert (await answer_to(HANDSHAKE + b"\r\n", forget)).startswith(b"HTTP/1.1 500 ")
    assert "without completing handshake" in caplog.text


async def all_messages(client: ClientConnection) -> None:
    while True:
        await client.recv()


def text_frame(text: bytes, *, fin: bool = True) -> bytes:
    return bytes((0x81 if fin else 0x01, 0x80 | len(text))) + bytes(4) + text


CLOSE = b"\x88\x82" + bytes(4) + b"\x03\xe8"


@pytest.mark.parametrize(
    "frames",
    [
        text_frame(b"\xff"),
        text_frame(b"\xff") * 2,
        text_frame(b"\xc3", fin=False) + b"\x80\x81" + bytes(4) + b"x",
        text_frame(b"\xff") + CLOSE,
        CLOSE + text_frame(b"\xff"),
    ],
    ids=["one", "two", "fragments", "and a close", "after a close"],
)
async def test_text_that_is_not_utf_8_ends_the_connection_and_leaves_no_trace_in_the_log(
    frames: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(echo) as port, line_to(port) as (reader, writer):
        writer.write(HANDSHAKE + b"\r\n")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(frames)
        end = await reader.read()
    assert end in (b"\x88\x02\x03\xef", b"\x88\x02\x03\xe8")  # 1007, or the client's own 1000
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_text_in_fragments_that_cut_characters_is_text() -> None:
    async with serving(echo) as port, line_to(port) as (reader, writer):
        writer.write(HANDSHAKE + b"\r\n")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(text_frame(b"\xc3", fin=False) + b"\x80\x81" + bytes(4) + b"\xa9")
        assert await reader.readexactly(4) == b"\x81\x02\xc3\xa9"


async def test_text_that_is_not_utf_8_is_closed_with_1007_while_the_application_is_speaking(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def chatter(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while True:
            await send({"type": "websocket.send", "text": "and so on"})
            await asyncio.sleep(0)  # waits for nothing: lets the client be heard

    async with serving(chatter) as port, connect(f"ws://127.0.0.1:{port}") as client:
        await client.send(b"\xff", text=True)
        async with asyncio.timeout(DEADLINE_S):
            with pytest.raises(ConnectionClosedError):
                await all_messages(client)
    assert client.close_code == 1007
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_requests_are_waited_for_as_long_as_slow_lines_need() -> None:
    assert HttpConnection.request_deadline_s == 20
    assert server_config(echo, max_message_bytes=2**24).http is HttpConnection
