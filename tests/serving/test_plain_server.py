"""Served by a uvicorn whose private classes have changed, everything works, only with less protection."""

import logging
import sys
from typing import Any

import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import connect

from openvoicelive import serving as serving_package
from openvoicelive.serving import uvicorn_protocols
from openvoicelive.serving.fast_path import fast_path_of, missing_members
from openvoicelive.serving.server import PLAIN_PROTOCOLS, Protocols, choose_protocols
from tests.serving.test_server import echo, serving

SAID: list[str | bytes] = [b"one", "two", bytes(70_000), b"three"]


async def echo_without_fast_path(scope: Any, receive: Any, send: Any) -> None:
    assert fast_path_of(scope) is None
    await echo(scope, receive, send)


def test_the_installed_uvicorn_is_served_with_our_protocols(caplog: pytest.LogCaptureFixture) -> None:
    ours = Protocols(uvicorn_protocols.HttpConnection, uvicorn_protocols.WebSocketConnection)
    assert choose_protocols() == ours
    assert not caplog.records


@pytest.mark.parametrize(
    ("kind", "member"), [(HttpToolsProtocol, "on_message_begin"), (WebSocketsSansIOProtocol, "run_asgi")]
)
def test_a_uvicorn_without_a_member_that_we_use_is_served_plain_and_the_log_names_it(
    kind: type, member: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delattr(kind, member)
    assert choose_protocols() == PLAIN_PROTOCOLS
    assert f"{kind.__name__}.{member}" in caplog.text
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_a_uvicorn_without_a_module_that_we_use_is_served_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(serving_package, "uvicorn_protocols")
    monkeypatch.setitem(sys.modules, uvicorn_protocols.__name__, None)
    assert choose_protocols() == PLAIN_PROTOCOLS


async def test_messages_keep_their_order_through_plain_uvicorn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uvicorn_protocols, "missing_members", lambda: ["WebSocketsSansIOProtocol.renamed"])
    async with (
        serving(echo_without_fast_path) as port,
        connect(f"ws://127.0.0.1:{port}", max_size=None) as client,
    ):
        for message in SAID:
            await client.send(message)
        assert [await client.recv() for _ in SAID] == SAID


class Library:
    """A class of another package."""

    def __init__(self) -> None:
        self.queue: list[bytes] = []

    def send(self) -> None:
        """Do something."""


def test_members_are_missing_that_a_class_neither_defines_nor_sets() -> None:
    missing = missing_members(Library, methods=("send", "receive"), attributes=("queue", "transport"))
    assert missing == ["Library.receive", "Library.transport"]
    assert missing_members(type("Bare", (), {}), methods=(), attributes=("queue",)) == ["Bare.queue"]
