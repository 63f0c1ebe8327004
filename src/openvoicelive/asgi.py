"""Joins the page and the service on one port, as one ASGI application."""

from collections.abc import Awaitable, Callable, MutableMapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from openvoicelive.serving.draining import Draining
from openvoicelive.serving.host_check import HostCheck
from openvoicelive.settings import Settings
from openvoicelive.web.app import create_web_app

if TYPE_CHECKING:
    from openvoicelive.service.app import Service

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

# The service cannot be imported without these; they come with the extra "local".
_SERVICE_NEEDS = ("numpy", "openai", "soxr")
# The second is of API version 2025-05-01-preview.
_SERVICE_PATHS = ("/voice-live/", "/voice-agent/")


def create_app(settings: Settings, *, service_url: str, draining: Draining) -> Application:
    """Build the whole program.

    `service_url` is the URL of this application itself, because the page's assistant talks to the service as
    any client does. With an Azure endpoint in the settings there is no service of our own. The page and the
    service report each session to `draining`. `HostCheck` refuses requests for foreign host names.
    """
    web = create_web_app(settings, service_url=service_url, draining=draining)
    service = _own_service(settings, draining)

    async def lifespan(scope: Message, receive: Receive, send: Send) -> None:
        """Start the service before the page, and stop it after."""

        async def send_once_stopped(message: Message) -> None:
            # The server exits once it gets this, and would cancel what the service still frees.
            if service is not None and message["type"].startswith("lifespan.shutdown."):
                await service.stop()
            await send(message)

        if service is not None:
            await service.start()
        try:
            await web(scope, receive, send_once_stopped)  # type: ignore[arg-type]
        finally:
            if service is not None:
                await service.stop()

    async def application(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(scope, receive, send)
        elif service is not None and scope["path"].startswith(_SERVICE_PATHS):
            await service(scope, receive, send)
        else:
            await web(scope, receive, send)  # type: ignore[arg-type]

    return HostCheck(application, settings)


def service_is_installed() -> bool:
    """Return whether our own service can be imported."""
    return all(find_spec(name) for name in _SERVICE_NEEDS)


def _own_service(settings: Settings, draining: Draining) -> "Service | None":
    if not settings.uses_own_service or not settings.service_installed:
        return None
    # Not at the top of the file, because an installation for Azure alone lacks these packages.
    from openvoicelive.service.app import Service  # noqa: PLC0415 - see above

    return Service(settings, draining=draining)
