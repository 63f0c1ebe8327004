"""Azure on bad days, the app in front of it, and a browser."""

from collections.abc import AsyncIterator

import pytest

from openvoicelive.settings import Settings
from tests.cloud.fake_azure import FakeAzure, fake_azure
from tests.web.running_app import Browser, RunningApp, running_app

API_KEY = "secret-of-the-operator"


def azure_settings(azure: FakeAzure, **fields: object) -> Settings:
    """Settings of somebody whose endpoint this is, with a key unless another one or none is given."""
    return Settings(**{"endpoint": azure.url, "api_key": API_KEY, "model": "gpt-4o", **fields})  # type: ignore[arg-type]


@pytest.fixture
async def azure() -> AsyncIterator[FakeAzure]:
    async with fake_azure() as fake:
        yield fake


@pytest.fixture
async def app(azure: FakeAzure) -> AsyncIterator[RunningApp]:
    async with running_app(azure_settings(azure)) as running:
        yield running


@pytest.fixture
async def browser(app: RunningApp) -> AsyncIterator[Browser]:
    async with app.browser() as connected:
        yield connected
