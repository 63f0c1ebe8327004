"""A scripted service, the app in front of it, and a browser with a running session."""

import socket
from collections.abc import AsyncIterator, Iterator

import pytest

from openvoicelive.settings import Settings
from tests.fake_voice_live import FakeSession, FakeVoiceLive, fake_voice_live
from tests.web.running_app import Browser, RunningApp, running_app

API_KEY = "secret-of-the-operator"


def azure_settings(service: FakeVoiceLive, **fields: object) -> Settings:
    """Settings of somebody whose Voice Live endpoint is the scripted one."""
    fixed = {"endpoint": service.url, "api_key": API_KEY, "model": "gpt-4o", "busy_limit_s": 0}
    return Settings(**{**fixed, **fields})  # type: ignore[arg-type]


@pytest.fixture
async def service() -> AsyncIterator[FakeVoiceLive]:
    async with fake_voice_live() as fake:
        yield fake


@pytest.fixture
def by_any_server() -> bool:
    """Whether the app is served by a server that knows nothing of it."""
    return False


@pytest.fixture
async def app(service: FakeVoiceLive, *, by_any_server: bool) -> AsyncIterator[RunningApp]:
    async with running_app(azure_settings(service), by_any_server=by_any_server) as running:
        yield running


@pytest.fixture
async def browser(app: RunningApp) -> AsyncIterator[Browser]:
    async with app.browser() as connected:
        yield connected


@pytest.fixture
async def session(browser: Browser, service: FakeVoiceLive) -> FakeSession:
    """The service's end of a session that the browser has started."""
    await browser.start()
    return await service.next_session()


@pytest.fixture
def unanswering_port() -> Iterator[int]:
    """A port where connections are accepted and nobody ever answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]
