"""The web app: the page, its socket, and what tells about both."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from quart import Quart, Response

from openvoicelive.serving.draining import Draining
from openvoicelive.serving.limits import SessionSlots
from openvoicelive.serving.refusal import Scope, refuse
from openvoicelive.serving.secret_guard import SecretGuard
from openvoicelive.settings import Settings
from openvoicelive.web.conversation.session_record import NoTelemetry, Telemetry
from openvoicelive.web.page.browser import AppContext, Receive
from openvoicelive.web.page.choices import read_offer
from openvoicelive.web.page.live import LiveEndpoint
from openvoicelive.web.page.measurements import Measurements
from openvoicelive.web.page.outbox import Send
from openvoicelive.web.page.routes import create_blueprint
from openvoicelive.web.page.static_files import StaticFiles
from openvoicelive.web.voice_live.credentials import Credentials

logger = logging.getLogger(__name__)

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; media-src 'self' blob:; worker-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

# Ten times as long as the longest of ours; a router takes milliseconds for some that are longer.
_MAX_PATH_CHARACTERS = 1024

_Asgi = Callable[[Any, Any, Any], Awaitable[None]]


def create_web_app(settings: Settings, *, service_url: str, draining: Draining | None = None) -> Quart:
    """Build the web app.

    Args:
        settings: What the operator set.
        service_url: Where our own service answers, such as `http://127.0.0.1:8000`; used when no other
            endpoint is set.
        draining: What is told of each socket, and tells them that the program is about to end.

    Raises:
        SettingsError: If the file of what users may choose cannot be used.

    """
    app = Quart(__name__, static_folder=None)
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = None
    credentials = Credentials(settings)
    measurements = Measurements()
    telemetry = _telemetry(settings, measurements)
    context = AppContext(
        settings=settings,
        offer=read_offer(settings),
        service_url=service_url,
        credentials=credentials,
        measurements=measurements,
        telemetry=telemetry,
        draining=draining or Draining(),
        sessions=SessionSlots(settings.max_sessions),
        access_code=SecretGuard("access code", settings.access_code),
        service_key=SecretGuard("API key", settings.service_api_key),
        metrics_key=SecretGuard("metrics key", settings.metrics_key),
    )
    app.register_blueprint(create_blueprint(context))

    StaticFiles(Path(__file__).parent / "static").register(app)

    app.after_request(_with_headers)

    @app.before_serving
    async def load_credentials() -> None:
        credentials.get()  # imports for half a second, which nobody's conversation should feel

    @app.after_serving
    async def close() -> None:
        await credentials.close()
        await asyncio.to_thread(telemetry.close)

    # Wrapping `asgi_app` is Quart's way to put ASGI in front of an app and keep the app itself.
    app.asgi_app = _with_live(app.asgi_app, LiveEndpoint(context))  # type: ignore[method-assign, assignment]
    return app


async def _with_headers(response: Response) -> Response:
    response.headers.update(_HEADERS)
    # Asked for each time: modules of two versions of the page do not fit together.
    response.headers["Cache-Control"] = "no-cache"
    return response


def _telemetry(settings: Settings, measurements: Measurements) -> Telemetry:
    if settings.telemetry_connection is None:
        return NoTelemetry()
    # A second at the start that only who wants it pays, and an extra that may not be installed.
    try:
        from openvoicelive.web.telemetry import AzureMonitor  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        logger.warning(
            "APPLICATIONINSIGHTS_CONNECTION_STRING is set, but %s is not installed, so no telemetry is sent. "
            "Run: pip install 'openvoicelive[telemetry]'",
            error.name,
        )
        return NoTelemetry()
    try:
        return AzureMonitor(settings.telemetry_connection, settings, measurements)
    except ValueError as error:
        logger.warning(
            "APPLICATIONINSIGHTS_CONNECTION_STRING cannot be used: %s No telemetry is sent.", error
        )
        return NoTelemetry()


def _with_live(quart: _Asgi, live: LiveEndpoint) -> _Asgi:
    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "websocket" and path == "/ws":
            await live(scope, receive, send)
        elif scope["type"] == "http" and len(path) > _MAX_PATH_CHARACTERS:
            await refuse(scope, send, 404, "Not found.\n")
        else:
            await quart(scope, receive, send)

    return dispatch
