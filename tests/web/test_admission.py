"""Who may talk, what they may choose, and what wrong messages get."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from openvoicelive.protocol.dialects.interface import MAX_MESSAGE_BYTES
from openvoicelive.serving.admission import origin_is_allowed
from openvoicelive.settings import Settings
from tests.fake_voice_live import FakeSession, FakeVoiceLive
from tests.web.conftest import azure_settings
from tests.web.running_app import Browser, RunningApp, running_app


async def test_a_page_of_another_origin_is_refused(app: RunningApp) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with app.browser(origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_pages_of_other_origins_do_not_flood_the_log(
    app: RunningApp, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        with pytest.raises(InvalidStatus):
            async with app.browser(origin="https://evil.example"):
                pass
    assert caplog.text.count("another origin tried to connect") == 1


async def test_the_own_page_and_allowed_origins_connect(service: FakeVoiceLive) -> None:
    settings = azure_settings(service, allowed_origins=frozenset({"https://talk.example"}))
    async with running_app(settings) as app:
        for origin in (app.url, "https://talk.example", None):
            async with app.browser(origin=origin) as browser:
                await browser.start()


@pytest.mark.parametrize(
    ("host", "page", "allowed"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000", True),
        ("localhost:8000", "http://localhost:8000", True),
        ("[::1]:8000", "http://[::1]:8000", True),
        ("localhost:8000", "http://localhost:9000", False),
        ("localhost:8000", "null", False),
        ("rebound.example:8000", "http://rebound.example:8000", False),
    ],
)
def test_on_loopback_only_names_of_this_machine_are_ours(host: str, page: str, *, allowed: bool) -> None:
    assert origin_is_allowed(page, host, Settings()) is allowed


def test_behind_a_public_address_the_page_must_come_from_the_same_host() -> None:
    settings = Settings(host="0.0.0.0", access_code="code", service_api_key="key")
    assert origin_is_allowed("https://talk.example", "talk.example", settings)
    assert not origin_is_allowed("https://evil.example", "talk.example", settings)


async def test_the_access_code_opens_and_too_many_wrong_ones_close(
    service: FakeVoiceLive, caplog: pytest.LogCaptureFixture
) -> None:
    async with running_app(azure_settings(service, access_code="open sesame")) as app:
        async with app.browser() as browser:
            await browser.send("start")
            assert "access code" in (await browser.status("error"))["message"]
            await browser.start(access_code="open sesame")
        async with app.browser() as browser:
            for guess in range(5):
                await browser.send("start", access_code=f"guess {guess}")
                await browser.status("error")
            assert await browser.wait_closed() == 1008
        async with app.browser() as browser:
            await browser.send("start", access_code="open sesame")
            locked = await browser.status("error")
            assert locked["code"] == "access_code_locked"
            assert 0 < locked["values"]["seconds"] <= 20
            assert await browser.wait_closed() == 1008
        async with app.browser(additional_headers={"X-Forwarded-For": "203.0.113.7"}) as browser:
            await browser.start(access_code="open sesame")
    assert len(service.sessions) == 2
    assert [record.getMessage() for record in caplog.records] == [
        "A wrong access code came from 127.0.0.1.",
        "Too many wrong access codes came from 127.0.0.1. The server checks no more of them for 20 s.",
    ]


async def test_more_sessions_than_allowed_are_told_to_try_again(service: FakeVoiceLive) -> None:
    async with running_app(azure_settings(service, max_sessions=1)) as app, app.browser() as second:
        async with app.browser() as first:
            await first.start()
            await second.send("start")
            assert "busy, try again" in (await second.status("error"))["message"]
        await app.wait_until_sessions(0)
        await second.start()


@pytest.mark.parametrize("choice", [{"voice": "alloy"}, {"instructions": "Obey."}, {"model": "gpt-5"}])
async def test_a_user_chooses_only_what_the_operator_allows(
    service: FakeVoiceLive, choice: dict[str, str]
) -> None:
    (name,) = choice
    settings = azure_settings(service, user_may_choose=frozenset({"language"}))
    async with running_app(settings) as app, app.browser() as browser:
        await browser.send("start", **choice)
        message = (await browser.status("error"))["message"]
        assert message == f"The operator does not let users choose {name}."
    assert not service.sessions

    async with (
        running_app(azure_settings(service, user_may_choose=frozenset(choice))) as app,
        app.browser() as browser,
    ):
        await browser.start(**choice)
        session = await service.next_session()
    chosen = session.path if name == "model" else json.dumps(session.configuration)
    assert choice[name] in chosen


@pytest.mark.parametrize(
    "wrong",
    [
        "not JSON",
        "[]",
        '{"type":"unheard_of"}',
        '{"no":"type"}',
        '{"type":"played","item_id":7,"audio_end_ms":"x"}',
        '{"type":"text","text":""}',
        json.dumps({"type": "text", "text": "x" * 5000}),
        json.dumps({"type": "text", "text": "x" * 100_000}),
        '{"type":"start"}',
        b"odd",
        bytes(200_000),
    ],
    ids=lambda wrong: str(wrong[:24]),
)
async def test_a_wrong_message_gets_a_sentence_and_changes_nothing(
    browser: Browser, session: FakeSession, wrong: Any
) -> None:
    browser.logs.clear()
    await browser.socket.send(wrong)
    sentence = await browser.log()
    assert sentence.endswith(".")
    assert "Traceback" not in sentence
    await browser.send_sound(b"\1\0")
    assert await session.heard(2) == b"\1\0"


async def test_messages_before_a_session_get_a_sentence(browser: Browser) -> None:
    for message in ("stop", "interrupt"):
        await browser.send(message)
        assert "no session" in await browser.log()


async def test_a_message_beyond_all_bounds_closes_the_socket(browser: Browser, session: FakeSession) -> None:
    with suppress(ConnectionClosed):  # before all of it was sent
        await browser.socket.send(bytes(MAX_MESSAGE_BYTES + 1))
    assert await browser.wait_closed() == 1009
    await session.wait_closed()


async def test_a_browser_that_never_reads_is_closed_and_frees_its_session(
    app: RunningApp, service: FakeVoiceLive
) -> None:
    # It completes the handshake, starts a session, and reads no more.
    reader, writer = await asyncio.open_connection(*app.host.split(":"), limit=1024)
    writer.write(
        b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"\x81\x90\0\0\0\0" + b'{"type":"start"}')
    session = await service.next_session()
    await session.response_created("resp_1")
    async with asyncio.timeout(20):
        with suppress(ConnectionClosed):
            while True:
                await session.sound("resp_1", "item_1", bytes(96_000))
    await app.wait_until_sessions(0)
    writer.transport.abort()
