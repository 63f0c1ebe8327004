"""The page and what tells about it: health, metrics, configuration."""

from typing import Literal

import aiohttp
import msgspec
from quart import Blueprint, Response, current_app, render_template

from openvoicelive.settings import DEFAULT_MODEL, Settings
from openvoicelive.web.live import LiveEndpoint

_HEALTH_DEADLINE_S = 2.0


class ServiceHealth(msgspec.Struct, frozen=True):
    """What our own service says at `/voice-live/healthz`."""

    ready: bool
    why: str | None = None
    answers: Literal["model", "guide"] = "model"
    """Who answers: a chat model, or the guide because none is connected."""

    chat_model: str | None = None


class Health(msgspec.Struct, frozen=True):
    """Whether a conversation could start now, and if not, why."""

    ready: bool
    why: str | None
    sessions: int


class PageConfiguration(msgspec.Struct, frozen=True):
    """What a page may know. Never a key."""

    ready: bool
    why: str | None
    missing: tuple[str, ...]
    answers: Literal["azure", "model", "guide"]
    """Who answers: Azure, or, in our own service, a chat model or the guide."""

    chat_model: str | None
    access_code_wanted: bool
    user_may_choose: tuple[str, ...]
    model: str
    """The Voice Live model that is asked for."""

    voice: str
    instructions: str | None
    session_limit_s: int


def create_blueprint(settings: Settings, live: LiveEndpoint) -> Blueprint:
    """Return the routes."""
    routes = Blueprint("page", __name__)

    @routes.get("/")
    async def page() -> str:
        return await render_template("index.html")

    @routes.get("/healthz")
    async def healthz() -> Response:
        health = await _health(settings, live.service_url)
        answer = Health(health.ready, health.why, live.sessions.taken)
        return _json(answer, status=200 if health.ready else 503)

    @routes.get("/metrics")
    async def metrics() -> Response:
        return Response(
            live.measurements.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8"
        )

    @routes.get("/config")
    async def config() -> Response:
        health = await _health(settings, live.service_url)
        return _json(
            PageConfiguration(
                ready=health.ready,
                why=health.why,
                missing=settings.missing,
                answers=health.answers if settings.uses_own_service else "azure",
                chat_model=health.chat_model,
                access_code_wanted=settings.access_code is not None,
                user_may_choose=tuple(sorted(settings.user_may_choose)),
                model=settings.model or DEFAULT_MODEL,
                voice=settings.voice,
                instructions=settings.instructions if "instructions" in settings.user_may_choose else None,
                session_limit_s=settings.session_limit_s,
            )
        )

    return routes


async def _health(settings: Settings, service_url: str) -> ServiceHealth:
    if settings.missing:
        return ServiceHealth(
            False, f"{' and '.join(settings.missing)} must be set; then start the app again."
        )
    if not settings.uses_own_service:
        return ServiceHealth(True)
    try:
        deadline = aiohttp.ClientTimeout(total=_HEALTH_DEADLINE_S)
        async with (
            aiohttp.ClientSession(timeout=deadline) as client,
            client.get(f"{service_url}/voice-live/healthz") as answer,
        ):
            return msgspec.json.decode(await answer.read(), type=ServiceHealth)
    except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError):
        current_app.logger.warning("Our own service does not answer at %s/voice-live/healthz.", service_url)
        return ServiceHealth(False, "Our own service does not answer yet. Try again in a moment.")


def _json(value: msgspec.Struct, *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status=status, content_type="application/json")
