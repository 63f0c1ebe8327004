"""How the program ends while people talk: SIGTERM from a platform that replaces it, and Ctrl+C."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from openvoicelive.serving.draining import Draining
from tests.cloud.running_program import Running, running_program
from tests.fake_voice_live import FakeVoiceLive, fake_voice_live
from tests.web.running_app import Browser


@pytest.fixture
async def service() -> AsyncIterator[FakeVoiceLive]:
    async with fake_voice_live() as fake:
        yield fake


@asynccontextmanager
async def program(folder: Path, service: FakeVoiceLive, **environment: str) -> AsyncIterator[Running]:
    azure = {
        "AZURE_VOICE_LIVE_ENDPOINT": service.url,
        "AZURE_VOICE_LIVE_API_KEY": "k",
        "VOICE_LIVE_MODEL": "gpt-4o",
    }
    async with running_program(folder, **azure, **environment) as running:
        yield running


async def notice(browser: Browser) -> str:
    """Wait until the page is told that its session will end."""
    while True:
        status = await browser.until(type="status")
        if "is being updated" in status["message"]:
            return str(status["message"])


async def test_health_and_the_log_name_the_build(tmp_path: Path, service: FakeVoiceLive) -> None:
    async with program(tmp_path, service, BUILD_ID="20261130-1") as running:
        status, body = await running.fetch("/healthz")
        assert (status, json.loads(body)["build"]) == (200, "20261130-1")
        assert any("build 20261130-1" in line for line in running.output)


async def test_without_conversations_sigterm_ends_the_program_at_once(
    tmp_path: Path, service: FakeVoiceLive
) -> None:
    async with program(tmp_path, service) as running:
        assert await running.signalled(signal.SIGTERM) == 0


async def test_a_running_conversation_is_told_and_goes_on(tmp_path: Path, service: FakeVoiceLive) -> None:
    async with program(tmp_path, service) as running, running.browser() as browser:
        await browser.start()
        session = await service.next_session()
        running.send_signal(signal.SIGTERM)
        assert "this session ends in" in await notice(browser)
        await session.answer("resp_1", "item_1", "Still here.", bytes(4800))
        assert await browser.until(type="transcript", text="Still here.", final=True)
        assert "this session ends in" in (await browser.until(type="status"))["message"]
        await browser.send("stop")
        assert (await browser.until(state="stopped"))["code"] is None
        assert await running.ended() == 0


async def test_while_it_drains_nobody_new_comes_in(tmp_path: Path, service: FakeVoiceLive) -> None:
    async with program(tmp_path, service) as running, running.browser() as browser:
        await browser.start()
        running.send_signal(signal.SIGTERM)
        await notice(browser)
        status, body = await running.fetch("/healthz")
        assert status == 503
        assert "is being updated" in json.loads(body)["why"]
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{running.socket_url}/ws")
        assert refused.value.response.status_code == 503
        assert "Retry-After" in refused.value.response.headers


async def test_a_socket_without_a_session_is_sent_elsewhere(tmp_path: Path, service: FakeVoiceLive) -> None:
    async with program(tmp_path, service) as running, running.browser() as idle, running.browser() as busy:
        await busy.start()
        running.send_signal(signal.SIGTERM)
        assert await idle.wait_closed() == 1012
        await notice(busy)


async def test_at_the_limit_the_conversation_ends_and_says_why(
    tmp_path: Path, service: FakeVoiceLive
) -> None:
    async with (
        program(tmp_path, service, VOICE_LIVE_DRAIN_SECONDS="1") as running,
        running.browser() as browser,
    ):
        await browser.start()
        running.send_signal(signal.SIGTERM)
        assert "this session ends in 1 s" in await notice(browser)
        stopped = await browser.until(state="stopped")
        assert stopped["message"] == (
            "The server is being updated, so the session has ended. Start another to go on."
        )
        assert await running.ended() == 0
        assert await browser.wait_closed() == 1012
    assert "Traceback" not in "".join(running.output)


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_ends_it_at_once(
    tmp_path: Path, service: FakeVoiceLive, second: signal.Signals
) -> None:
    async with program(tmp_path, service) as running, running.browser() as browser:
        await browser.start()
        running.send_signal(signal.SIGTERM)
        await notice(browser)
        assert await running.signalled(second) == 0


async def test_control_c_waits_for_no_conversation(tmp_path: Path, service: FakeVoiceLive) -> None:
    async with program(tmp_path, service) as running, running.browser() as browser:
        await browser.start()
        assert await running.signalled(signal.SIGINT) == 0
        assert await browser.wait_closed() == 1012


async def test_our_own_service_drains_with_the_page(tmp_path: Path) -> None:
    async with running_program(tmp_path, VOICE_LIVE_DRAIN_SECONDS="1") as running:
        await running.ready()
        async with running.browser() as browser, running.client() as client:
            await browser.start()
            running.send_signal(signal.SIGTERM)
            warning = await client.until("warning")
            assert warning["warning"]["code"] == "service_restarting"
            with pytest.raises(InvalidStatus) as refused:
                await connect(f"{running.socket_url}/voice-live/realtime?model=gpt-4o")
            assert refused.value.response.status_code == 503
            assert (await browser.until(state="stopped"))["message"].startswith("The server is being updated")
            assert (await client.until("error"))["error"]["code"] == "service_restarting"
            assert await client.wait_closed() == 1012
            assert await running.ended() == 0
    assert "Traceback" not in "".join(running.output)


async def test_who_comes_in_late_is_told_too() -> None:
    draining, told = Draining(), asyncio.Event()
    assert await draining.drain(5) == 0
    with draining.session(told.set):
        assert told.is_set()


async def test_who_does_not_leave_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openvoicelive.serving.draining.GRACE_S", 0.01)
    draining = Draining()
    with draining.session(lambda: None):
        assert await draining.drain(0) == 1
