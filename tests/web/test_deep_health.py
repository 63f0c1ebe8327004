"""`/healthz?deep=1`: a session with Voice Live, for whoever runs the app."""

import asyncio
import json
from http import HTTPStatus

import pytest

from tests.fake_voice_live import FakeVoiceLive
from tests.web.conftest import azure_settings
from tests.web.running_app import RunningApp, running_app

FROM_ELSEWHERE = {"X_Forwarded_For": "203.0.113.9"}


async def test_a_session_is_held_and_freed(app: RunningApp, service: FakeVoiceLive) -> None:
    asking = asyncio.create_task(app.get("/healthz?deep=1"))
    session = await service.next_session()
    await session.expect("conversation.item.create")
    await session.expect("response.create")
    await session.answer("response_1", "item_1", "Fine.", b"")
    status, text, _ = await asking
    assert status == 200
    assert json.loads(text)["voice_live"] == {"ready": True, "code": None, "why": None}
    await app.wait_until_sessions(0)


@pytest.mark.parametrize(
    ("refusal", "code"),
    [(HTTPStatus.FORBIDDEN, "identity_refused"), (HTTPStatus.BAD_REQUEST, "model_refused")],
)
async def test_a_refusal_is_told_with_its_code(
    app: RunningApp, service: FakeVoiceLive, refusal: HTTPStatus, code: str
) -> None:
    service.refuse = refusal
    status, text, _ = await app.get("/healthz?deep=1")
    assert status == 503
    health = json.loads(text)
    assert health["ready"] is False
    assert health["voice_live"]["code"] == code
    assert str(refusal.value) in health["voice_live"]["why"]


async def test_a_response_that_fails_is_told(app: RunningApp, service: FakeVoiceLive) -> None:
    asking = asyncio.create_task(app.get("/healthz?deep=1"))
    session = await service.next_session()
    await session.expect("conversation.item.create")
    await session.response_done("response_1", "failed", error={"message": "The model is retired."})
    status, text, _ = await asking
    assert status == 503
    assert "The model is retired." in json.loads(text)["voice_live"]["why"]


async def test_from_elsewhere_it_wants_the_key(service: FakeVoiceLive) -> None:
    async with running_app(azure_settings(service, service_api_key="key-of-the-operator")) as app:
        status, text, _ = await app.get("/healthz?deep=1", **FROM_ELSEWHERE)
        assert status == 403
        assert "VOICE_LIVE_SERVICE_API_KEY" in text
        assert (await app.get("/healthz", **FROM_ELSEWHERE))[0] == 200
        service.refuse = HTTPStatus.FORBIDDEN
        keyed = {**FROM_ELSEWHERE, "api_key": "key-of-the-operator"}
        status, text, _ = await app.get("/healthz?deep=1", **keyed)
        assert (status, json.loads(text)["voice_live"]["code"]) == (503, "identity_refused")


async def test_without_deep_nobody_is_asked(app: RunningApp) -> None:
    status, text, _ = await app.get("/healthz")
    assert status == 200
    assert "voice_live" not in json.loads(text)
