"""The whole program, as a person starts it, with a scripted chat model or with the guide."""

import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.packaging.program import Program, running
from tests.scripted_model import scripted_model


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def program(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    """Run openvoicelive with a scripted model."""
    folder = tmp_path_factory.mktemp("program")
    with scripted_model(words_per_second=80) as chat_url:
        async with running(
            *(sys.executable, "-m", "openvoicelive", "serve"),
            cwd=folder,
            environment={"PORT": "0", "VOICE_LIVE_CHAT_URL": chat_url},
        ) as started:
            await started.ready()
            yield started


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def guided_program(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    """Run openvoicelive as it is without any setting."""
    folder = tmp_path_factory.mktemp("guided")
    async with running(
        *(sys.executable, "-m", "openvoicelive", "serve"), cwd=folder, environment={"PORT": "0"}
    ) as started:
        await started.ready()
        yield started
