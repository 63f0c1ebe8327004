"""The page and what tells about it: health, metrics, configuration."""

from pathlib import Path
from typing import Literal

import aiohttp
import msgspec
from quart import Blueprint, Response, current_app, render_template, request

from openvoicelive.serving.admission import presented_key
from openvoicelive.serving.clients import client_of, headers_of
from openvoicelive.serving.secret_guard import SecretGuard, TooManyAttemptsError
from openvoicelive.settings import DEFAULT_MODEL, Settings
from openvoicelive.web.page.browser import AppContext
from openvoicelive.web.page.choices import Choices, Defaults
from openvoicelive.web.page.page_texts import fill_texts, preferred_language
from openvoicelive.web.voice_live.deep_health import DeepHealth, VoiceLiveHealth

_HEALTH_DEADLINE_S = 2.0

_STATIC = Path(__file__).parent.parent / "static"
# Loaded with the page, all at once: a module that waits for another to name it costs a round trip.
_STYLES = tuple(
    f"styles/{name}.css"
    for name in ("base", "controls", "talk", "conversation", "panels", "devices", "settings", "insight")
)
# Besides the page's own script, what only the audio thread imports.
_NOT_PRELOADED = {"app", "heard-sound", "playback-buffer", "preroll", "resampling"}
_MODULES = tuple(
    sorted(
        path.relative_to(_STATIC).as_posix()
        for path in _STATIC.rglob("*.js")
        if not path.stem.endswith("-processor") and path.stem not in _NOT_PRELOADED
    )
)


class ServiceHealth(msgspec.Struct, frozen=True):
    """What our own service says at `/voice-live/healthz`."""

    ready: bool
    why: str | None = None
    damaged: tuple[str, ...] = ()
    """Sentences about engines that are installed and broken; others stand in for them."""

    answers: Literal["model", "guide"] = "model"
    """Who answers: a chat model, or the guide because none is connected."""

    chat_model: str | None = None
    recognition_languages: tuple[str, ...] | None = None
    synthesis_languages: tuple[str, ...] | None = None


class Health(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether a conversation could start now, and if not, why."""

    ready: bool
    why: str | None
    damaged: tuple[str, ...]
    """Sentences about engines that are installed and broken, while others stand in for them."""

    sessions: int
    build: str | None
    """Which build of the image answers: whoever deploys waits for the new one."""

    voice_live: VoiceLiveHealth | None = None
    """The result of a session held for this question (`?deep=1`); left out if none was."""


class Readiness(msgspec.Struct, frozen=True):
    """What anybody may know of the health: platforms and scripts that deploy ask without a key."""

    ready: bool
    build: str | None


class PageConfiguration(msgspec.Struct, frozen=True):
    """What a page may know. Never a key."""

    ready: bool
    why: str | None
    missing: tuple[str, ...]
    answers: Literal["azure", "model", "guide"]
    """Who answers: Azure, or, in our own service, a chat model or the guide."""

    chat_model: str | None
    """With its host if the page is on this machine."""

    access_code_wanted: bool
    user_may_choose: tuple[str, ...]
    choices: Choices
    """Among what."""

    defaults: Defaults
    """What applies to whoever chooses nothing."""

    model: str
    """The Voice Live model that is asked for."""

    voice: str
    instructions: str | None
    session_limit_s: int
    recognition_languages: tuple[str, ...] | None
    """Which languages are understood when they are spoken, such as `en`; null: not known, as with Azure."""

    synthesis_languages: tuple[str, ...] | None
    """Which languages there are voices for, in the same way."""


def create_blueprint(context: AppContext) -> Blueprint:
    """Return the routes."""
    settings, offer = context.settings, context.offer
    routes = Blueprint("page", __name__)
    deep_health = DeepHealth(context)

    @routes.get("/")
    async def page() -> Response:
        language = preferred_language(request.accept_languages.values())
        html = await render_template("index.html", styles=_STYLES, modules=_MODULES, language=language)
        answer = Response(fill_texts(html, language), content_type="text/html; charset=utf-8")
        answer.vary.add("Accept-Language")
        return answer

    @routes.get("/healthz")
    async def healthz() -> Response:
        return await _health_answer(context, deep_health)

    @routes.get("/metrics")
    async def metrics() -> Response:
        return await _metrics(context)

    @routes.get("/config")
    async def config() -> Response:
        health, is_local = await _health(context), _is_local(settings)
        return _json(
            PageConfiguration(
                ready=health.ready,
                why=health.why if is_local else None,
                missing=settings.missing,
                answers=health.answers if settings.uses_own_service else "azure",
                # The service names the chat server's host with the model; that is for this machine.
                chat_model=health.chat_model if is_local else settings.chat_model,
                access_code_wanted=settings.access_code is not None,
                user_may_choose=tuple(sorted(offer.choices.names)),
                choices=offer.choices,
                defaults=offer.defaults,
                model=settings.model or DEFAULT_MODEL,
                voice=settings.voice,
                instructions=settings.instructions if offer.choices.instructions else None,
                session_limit_s=settings.session_limit_s,
                recognition_languages=health.recognition_languages,
                synthesis_languages=health.synthesis_languages,
            )
        )

    return routes


async def _health_answer(context: AppContext, deep_health: DeepHealth) -> Response:
    settings = context.settings
    health, is_deep = await _health(context), request.args.get("deep") == "1"
    is_local = _is_local(settings)
    if not (is_local or (settings.service_api_key and await _shows(context.service_key, settings))):
        if is_deep:
            return _text("A deep check requires the key VOICE_LIVE_SERVICE_API_KEY.\n", 403)
        return _json(Readiness(health.ready, settings.build), status=200 if health.ready else 503)
    deep = await deep_health.ask() if health.ready and is_deep else None
    ready = health.ready and (deep is None or deep.ready)
    taken = context.sessions.in_use
    full = Health(ready, health.why, health.damaged, taken, settings.build, voice_live=deep)
    return _json(full, status=200 if ready else 503)


async def _metrics(context: AppContext) -> Response:
    settings = context.settings
    wanted = settings.metrics_key
    if wanted and not await _shows(context.metrics_key, settings):
        answer = _text("The metrics require the key VOICE_LIVE_METRICS_KEY as a bearer token.\n", 401)
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    if not wanted and not _is_local(settings):
        return _text("To read the metrics from another machine, set VOICE_LIVE_METRICS_KEY.\n", 403)
    return Response(
        context.measurements.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8"
    )


async def _health(context: AppContext) -> ServiceHealth:
    settings = context.settings
    if context.draining.is_on:
        return ServiceHealth(False, "The server is being updated. Try again in a moment.")
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
            client.get(
                f"{context.service_url}/voice-live/healthz",
                headers={"api-key": settings.internal_key},
                allow_redirects=False,
            ) as answer,
        ):
            return msgspec.json.decode(await answer.read(), type=ServiceHealth)
    except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError):
        url = f"{context.service_url}/voice-live/healthz"
        current_app.logger.warning("Our own service does not answer at %s.", url)
        return ServiceHealth(False, "Our own service does not answer yet. Try again in a moment.")


def _text(sentence: str, status: int) -> Response:
    return Response(sentence, status=status, content_type="text/plain; charset=utf-8")


def _is_local(settings: Settings) -> bool:
    return client_of(request.scope, settings).is_local


async def _shows(key: SecretGuard, settings: Settings) -> bool:
    """Return whether the request has this key, and its address has not sent too many wrong ones."""
    shown = presented_key(headers_of(request.scope), {})
    try:
        return await key.is_right(shown, client_of(request.scope, settings).address)
    except TooManyAttemptsError:
        return False


def _json(value: msgspec.Struct, *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status=status, content_type="application/json")
