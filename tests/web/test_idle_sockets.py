"""Sockets without a session: each address has a part of them, and they end after a while."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from openvoicelive.serving.attempts import BURST, SPACING_S
from openvoicelive.settings import Settings
from openvoicelive.web import app as web_app
from openvoicelive.web.page.idle_socket import IDLE_LIMIT_S
from tests.fake_voice_live import FakeVoiceLive
from tests.service.virtual_time import VirtualTimeLoop
from tests.web.conftest import azure_settings
from tests.web.running_app import running_app

IDLE_SOCKETS = 64
OF_ONE_ADDRESS = IDLE_SOCKETS // 4


def address(number: int) -> dict[str, Any]:
    return {"additional_headers": {"X-Forwarded-For": f"203.0.113.{number}"}}


async def test_one_address_cannot_keep_the_others_out(service: FakeVoiceLive) -> None:
    async with running_app(azure_settings(service, max_sessions=1)) as app, AsyncExitStack() as open_sockets:
        for _ in range(OF_ONE_ADDRESS):
            await open_sockets.enter_async_context(app.browser(**address(1)))
        with pytest.raises(InvalidStatus) as refused:
            await app.connect("/ws", **address(1))
        assert refused.value.response.status_code == 503
        async with app.browser(**address(2)) as browser:
            await browser.start()


async def test_sockets_with_a_session_are_not_counted(service: FakeVoiceLive) -> None:
    settings = azure_settings(service, max_sessions=OF_ONE_ADDRESS + 1)
    async with running_app(settings) as app, AsyncExitStack() as open_sockets:
        for _ in range(OF_ONE_ADDRESS + 1):
            browser = await open_sockets.enter_async_context(app.browser(**address(1)))
            await browser.start()


class Socket:
    """A socket in the app's own process, in virtual time."""

    def __init__(
        self, app: Any, *, peer: str = "127.0.0.1", headers: list[tuple[bytes, bytes]] | None = None
    ) -> None:
        self._to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[Any] = []
        scope = {
            "type": "websocket",
            "path": "/ws",
            "headers": [(b"host", b"127.0.0.1"), *(headers or [])],
            "client": (peer, 1),
        }
        self._to_app.put_nowait({"type": "websocket.connect"})
        self.task = asyncio.create_task(app(scope, self._to_app.get, self._take))

    async def _take(self, message: Any) -> None:
        self.sent.append(message)

    def say(self, text: str) -> None:
        self._to_app.put_nowait({"type": "websocket.receive", "text": text})

    def go(self) -> None:
        self._to_app.put_nowait({"type": "websocket.disconnect"})


def test_an_operator_is_told_once_of_a_proxy_that_is_not_trusted(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        app = web_app.create_web_app(Settings(), service_url="http://127.0.0.1:1")
        headers = [(b"x-forwarded-for", b"198.51.100.1")]
        await asyncio.gather(*(Socket(app, peer="10.1.2.3", headers=headers).task for _ in range(3)))

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(scenario())
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("10.1.2.3 says")
    assert "VOICE_LIVE_TRUSTED_PROXIES" in line


def test_a_socket_without_a_session_is_closed_after_a_minute() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        app = web_app.create_web_app(Settings(access_code="code"), service_url="http://127.0.0.1:1")
        idle = Socket(app)
        busy = Socket(app)
        for second in range(int(IDLE_LIMIT_S) - 1):
            # Not even one that says something counts as busy.
            loop.call_at(second, busy.say, '{"type": "ping", "id": 1}')
        loop.call_at(1, busy.say, '{"type": "start"}')
        await asyncio.gather(idle.task, busy.task)
        assert loop.time() == pytest.approx(IDLE_LIMIT_S, abs=0.1)
        for socket in (idle, busy):
            assert socket.sent[-1] == {
                "type": "websocket.close",
                "code": 1000,
                "reason": "no session was begun",
            }

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(scenario())


def guessing_at_once() -> list[Socket]:
    """Open so many sockets that guess the access code that the first one's guess waits for the others'."""
    app = web_app.create_web_app(Settings(access_code="code"), service_url="http://127.0.0.1:1")
    attackers = [Socket(app, peer=f"203.0.113.{number}") for number in range(3 * BURST)]
    visitor = Socket(app, peer="198.51.100.1")
    for socket in (*attackers, visitor):
        socket.say('{"type": "start", "access_code": "guess"}')
    return [visitor, *attackers]


def test_pings_are_answered_while_an_access_code_waits_to_be_checked() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        visitor, *attackers = guessing_at_once()
        visitor.say('{"type": "ping", "id": 1}')
        await asyncio.gather(visitor.task, *(attacker.task for attacker in attackers))
        texts = [json.loads(message["text"]) for message in visitor.sent if message.get("text")]
        assert [text["type"] for text in texts] == ["pong", "status"]
        assert loop.time() == pytest.approx(IDLE_LIMIT_S, abs=0.1)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(scenario())


def test_a_socket_that_goes_while_its_access_code_waits_is_freed_at_once() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        visitor, *attackers = guessing_at_once()
        visitor.go()
        await visitor.task
        assert loop.time() < SPACING_S
        await asyncio.gather(*(attacker.task for attacker in attackers))

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(scenario())


async def test_a_socket_whose_session_has_ended_waits_anew(service: FakeVoiceLive) -> None:
    async with running_app(azure_settings(service, max_sessions=1)) as app:
        async with app.browser(**address(1)) as browser:
            await browser.start()
            await browser.send("stop")
            await browser.until(state="stopped")
            await browser.start()
        await app.wait_until_sessions(0)
