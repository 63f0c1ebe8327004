"""The page's HTTP side: what it serves, what it tells, and what it never tells."""

import asyncio
import json
import logging

import pytest

from openvoicelive.serving.attempts import TRIES
from openvoicelive.settings import Settings
from tests.fake_voice_live import FakeVoiceLive
from tests.web.conftest import API_KEY, azure_settings
from tests.web.running_app import Browser, RunningApp, running_app

SECRETS = {
    "api_key": API_KEY,
    "access_code": "open sesame",
    "service_api_key": "secret-of-the-service",
    "chat_api_key": "secret-of-the-model",
}


async def test_the_page_has_no_inline_script_and_a_strict_policy(app: RunningApp) -> None:
    status, page, headers = await app.get("/")
    assert status == 200
    assert "<script>" not in page
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "microphone=(self)" in headers["permissions-policy"]


@pytest.mark.parametrize(
    "path", ["/config", "/healthz", "/metrics", "/static/styles/base.css", "/nothing-here"]
)
async def test_every_answer_carries_the_security_headers(app: RunningApp, path: str) -> None:
    _, _, headers = await app.get(path)
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]


async def test_the_configuration_tells_the_page_what_it_may_know(service: FakeVoiceLive) -> None:
    settings = azure_settings(service, access_code="open sesame", user_may_choose=frozenset({"voice"}))
    async with running_app(settings) as app:
        _, text, headers = await app.get("/config")
    assert headers["content-type"] == "application/json"
    told = json.loads(text)
    assert told.pop("choices")["voices"][0] == {
        "name": "en-US-AvaNeural",
        "label": "Ava",
        "language": "en-US",
    }
    assert told.pop("defaults")["turn_detection"] == {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 500,
    }
    assert told == {
        "ready": True,
        "why": None,
        "missing": [],
        "answers": "azure",
        "chat_model": None,
        "access_code_wanted": True,
        "user_may_choose": ["voice"],
        "model": "gpt-4o",
        "voice": "en-US-AvaNeural",
        "instructions": None,
        "session_limit_s": 3600,
        "recognition_languages": None,
        "synthesis_languages": None,
    }


async def test_no_key_leaves_the_app(service: FakeVoiceLive, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    said = ""
    async with running_app(azure_settings(service, **SECRETS)) as app, app.browser() as browser:
        await browser.start(access_code=SECRETS["access_code"])
        await (await service.next_session()).close(1011)
        said += str(await browser.status("error"))
        for path in ("/", "/config", "/healthz", "/metrics"):
            _, text, headers = await app.get(path)
            said += text + str(headers)
        said += "".join(browser.logs)
    for secret in SECRETS.values():
        assert secret not in said
        assert secret not in caplog.text
    assert all(secret not in repr(azure_settings(service, **SECRETS)) for secret in SECRETS.values())


async def test_metrics_count_sessions_turns_frames_and_errors(
    app: RunningApp, browser: Browser, service: FakeVoiceLive
) -> None:
    await browser.start()
    session = await service.next_session()
    await browser.send_sound(bytes(960))
    await session.heard(960)
    await session.speech_started()
    await session.speech_stopped()
    await session.answer("resp_1", "item_1", "Hi.", bytes(960))
    await browser.until(type="metrics")
    await session.error("some_code", "Something.")
    await browser.until(state="error")
    assert await app.metric("openvoicelive_web_sessions_now ") == 1
    assert await app.metric("openvoicelive_web_sessions_total ") == 1
    assert await app.metric("openvoicelive_web_turns_total ") == 1
    assert await app.metric('openvoicelive_web_frames_total{direction="up"}') == 1
    assert await app.metric('openvoicelive_web_frames_total{direction="down"}') == 1
    assert await app.metric("openvoicelive_web_first_sound_seconds_count ") == 1
    assert await app.metric("openvoicelive_web_errors_total ") == 1


async def test_our_own_service_is_asked_whether_it_is_ready() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        body = (
            b'{"ready":false,"why":"The voices are loading.","answers":"guide","damaged":["flite"],"more":1,'
            b'"recognition_languages":["en"],"synthesis_languages":["en","it"]}'
        )
        assert request.startswith(b"GET /voice-live/healthz ")
        writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with running_app(Settings(), service_url=url) as app:
            status, text, _ = await app.get("/healthz")
            assert status == 503
            assert json.loads(text) == {
                "ready": False,
                "why": "The voices are loading.",
                "damaged": ["flite"],
                "sessions": 0,
                "build": None,
            }
            _, text, _ = await app.get("/config")
            configuration = json.loads(text)
    assert configuration["answers"] == "guide"
    assert configuration["recognition_languages"] == ["en"]
    assert configuration["synthesis_languages"] == ["en", "it"]


async def test_our_own_service_that_does_not_answer_is_not_ready() -> None:
    async with running_app(Settings(), service_url="http://127.0.0.1:1") as app:
        status, text, _ = await app.get("/healthz")
        _, configuration, _ = await app.get("/config")
    assert json.loads(configuration)["recognition_languages"] is None
    assert status == 503
    assert "does not answer yet" in text


async def test_our_own_service_is_the_endpoint_when_no_other_is_set(service: FakeVoiceLive) -> None:
    settings = Settings(service_api_key="secret-of-the-service")
    async with running_app(settings, service_url=service.url) as app, app.browser() as browser:
        await browser.start()
        session = await service.next_session()
        assert session.headers["api-key"] == settings.internal_key
    assert "model=gpt-realtime" in session.path


STRANGER = {"X_Forwarded_For": "203.0.113.7"}


async def test_strangers_are_told_only_whether_it_is_ready(service: FakeVoiceLive) -> None:
    settings = azure_settings(service, service_api_key="secret-of-the-service", build="abc123")
    async with running_app(settings) as app:
        status, text, _ = await app.get("/healthz", **STRANGER)
        assert (status, json.loads(text)) == (200, {"ready": True, "build": "abc123"})
        _, text, _ = await app.get("/healthz", **STRANGER, api_key="secret-of-the-service")
        assert json.loads(text) == {
            "ready": True,
            "why": None,
            "damaged": [],
            "sessions": 0,
            "build": "abc123",
        }


async def test_only_this_machine_is_told_where_the_chat_server_is() -> None:
    asked = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        body = b'{"ready":false,"why":"The voice of 10.0.0.5 is missing.","answers":"model",'
        body += b'"chat_model":"a-model at 10.0.0.5:11434"}'
        writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        settings = Settings(chat_model="a-model")
        async with running_app(settings, service_url=url) as app:
            for path in ("/config", "/healthz"):
                assert "10.0.0.5" in (await app.get(path))[1]
                assert "10.0.0.5" not in (await app.get(path, **STRANGER))[1]
            _, text, _ = await app.get("/config", **STRANGER)
            assert json.loads(text)["chat_model"] == "a-model"
    assert all(f"api-key: {settings.internal_key}\r\n" in one for one in asked)


async def test_metrics_are_for_this_machine_or_for_their_key(service: FakeVoiceLive) -> None:
    async with running_app(azure_settings(service)) as app:
        assert (await app.get("/metrics"))[0] == 200
        status, text, _ = await app.get("/metrics", **STRANGER)
        assert status == 403
        assert "VOICE_LIVE_METRICS_KEY" in text
    async with running_app(azure_settings(service, metrics_key="for prometheus")) as app:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "for prometheus"}):
            status, _, answered = await app.get("/metrics", **headers)
            assert (status, answered["www-authenticate"]) == (401, "Bearer")
        status, text, _ = await app.get("/metrics", **STRANGER, Authorization="Bearer for prometheus")
        assert status == 200
        assert "openvoicelive_web_sessions_now" in text


@pytest.mark.parametrize(
    ("path", "name", "refused"), [("/metrics", "metrics key", 401), ("/healthz?deep=1", "API key", 403)]
)
async def test_an_address_that_guesses_keys_is_locked_and_logged(
    service: FakeVoiceLive, caplog: pytest.LogCaptureFixture, path: str, name: str, refused: int
) -> None:
    settings = azure_settings(service, metrics_key="right", service_api_key="right")
    async with running_app(settings) as app:
        for number in range(TRIES):
            assert (await app.get(path, **STRANGER, Authorization=f"Bearer {number}"))[0] == refused
        assert (await app.get(path, **STRANGER, Authorization="Bearer right"))[0] == refused
    address = STRANGER["X_Forwarded_For"]
    assert [record.getMessage() for record in caplog.records] == [
        f"A wrong {name} came from {address}.",
        f"Too many wrong {name}s came from {address}. The server checks no more of them for 20 s.",
    ]
