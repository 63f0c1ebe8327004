"""What `azdeploy.sh` runs after a deployment: a typed message through the page's own socket."""

import asyncio
import sys
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.fake_voice_live import FakeVoiceLive
from tests.web.running_app import RunningApp

SCRIPT = Path(__file__).resolve().parents[2] / "deploy" / "azure" / "talk_once.py"


async def talk_once(url: str) -> tuple[int | None, str]:
    """Run the script; returns its exit status and what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", SCRIPT, url, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    return process.returncode, printed.decode().strip()


async def test_an_answer_is_waited_for(app: RunningApp, service: FakeVoiceLive) -> None:
    talking = asyncio.create_task(talk_once(app.url))
    session = await service.next_session()
    await session.expect("conversation.item.create")
    await session.expect("response.create")
    await session.answer("response_1", "item_1", "Fine.", b"\0" * 4800)
    assert await talking == (0, "answered")


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (HTTPStatus.FORBIDDEN, "identity_refused"),
        (HTTPStatus.BAD_REQUEST, "model_refused"),
        (HTTPStatus.NOT_FOUND, "service_absent"),
    ],
)
async def test_a_refusal_is_told_with_its_code(
    app: RunningApp, service: FakeVoiceLive, refusal: HTTPStatus, code: str
) -> None:
    service.refuse = refusal
    status, printed = await talk_once(app.url)
    assert status == 1
    assert printed.startswith(f"{code}\t")
    assert str(refusal.value) in printed


async def test_a_service_that_hangs_up_is_told(app: RunningApp, service: FakeVoiceLive) -> None:
    talking = asyncio.create_task(talk_once(app.url))
    session = await service.next_session()
    await session.expect("conversation.item.create")
    await session.close(1011)
    status, printed = await talking
    assert status == 1
    assert printed.startswith("service_failed\t")


async def test_an_app_that_cannot_be_reached_is_not_judged() -> None:
    status, printed = await talk_once("http://127.0.0.1:1")
    assert status == 2
    assert printed.startswith("cannot_ask\t")


async def test_what_is_no_websocket_is_not_judged(service: FakeVoiceLive) -> None:
    status, printed = await talk_once(service.url)
    assert (status, printed.partition("\t")[0]) == (2, "cannot_ask")
