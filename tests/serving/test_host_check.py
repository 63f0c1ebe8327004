"""While only this machine can connect, requests name it, or a page that the operator allows."""

import logging
from collections.abc import AsyncIterator

import aiohttp
import pytest
from websockets.exceptions import InvalidStatus

from openvoicelive.asgi import create_app
from openvoicelive.serving.admission import host_is_allowed
from openvoicelive.serving.draining import Draining
from openvoicelive.settings import Settings
from tests.fake_voice_live import FakeVoiceLive, fake_voice_live
from tests.web.conftest import azure_settings
from tests.web.running_app import RunningApp, serving

PUBLIC = {"host": "0.0.0.0", "access_code": "open sesame"}
PATHS = ("/", "/config", "/healthz", "/metrics", "/static/app.js", "/nothing", "/voice-live/healthz")


@pytest.fixture
async def service() -> AsyncIterator[FakeVoiceLive]:
    async with fake_voice_live() as fake:
        yield fake


def program(settings: Settings) -> object:
    return create_app(settings, service_url="http://127.0.0.1:1", draining=Draining())


async def status(app: RunningApp, path: str, host: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as client,
        client.get(app.url + path, headers={"Host": host}) as answer,
    ):
        return answer.status, await answer.text()


async def test_a_foreign_name_gets_nothing_but_what_to_set(
    service: FakeVoiceLive, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with serving(program(azure_settings(service))) as app:
        for path in PATHS:
            code, text = await status(app, path, "rebound.example:8000")
            assert code == 403, path
            assert "VOICE_LIVE_ALLOWED_ORIGINS" in text
        for path in ("/ws", "/voice-live/realtime"):
            with pytest.raises(InvalidStatus) as refused:
                await app.connect(path, additional_headers={"Host": "rebound.example"})
            assert refused.value.response.status_code == 403
    assert not service.sessions
    (line,) = [record.getMessage() for record in caplog.records]
    assert "'rebound.example:8000'" in line
    assert "VOICE_LIVE_ALLOWED_ORIGINS" in line


async def test_names_of_this_machine_and_of_allowed_pages_are_served(service: FakeVoiceLive) -> None:
    settings = azure_settings(service, allowed_origins=frozenset({"https://Voice.example.com"}))
    async with serving(program(settings)) as app:
        for host in (app.host, "localhost:1", "[::1]", "voice.example.com", "voice.example.com:8443"):
            assert (await status(app, "/config", host))[0] == 200, host
        socket = await app.connect("/ws", additional_headers={"Host": "voice.example.com"})
        await socket.close()


async def test_where_others_can_connect_every_name_is_served(service: FakeVoiceLive) -> None:
    async with serving(program(azure_settings(service, **PUBLIC))) as app:
        assert (await status(app, "/config", "voice.example.com"))[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "",
        " localhost",
        "localhost.example",
        "127.0.0.1.example",
        "0.0.0.0",
        "0x7f.1",
        "2130706433",
        "localhost:x",
        "localhost:80:80",
        "localhost@example",
        "localhost/example",
        "localhost,example",
        "example\\@localhost",
        "[::1]example",
        "[fe80::1]",
        "10.0.0.1",
        "null",
        "None",
    ],
)
def test_what_only_resembles_a_name_of_this_machine_is_none(host: str) -> None:
    assert not host_is_allowed(host, Settings(allowed_origins=frozenset({"null", "https://ok.example"})))
