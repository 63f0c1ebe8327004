"""Whether Voice Live answers: one short session with a typed message, as a page would hold it."""

import asyncio

import msgspec

from openvoicelive.web.page.browser import AppContext
from openvoicelive.web.page.messages import Said, Start
from openvoicelive.web.page.problems import Problem
from openvoicelive.web.page.session_choice import options_of_session
from openvoicelive.web.voice_live.connection import Service, open_service
from openvoicelive.web.voice_live.failures import ServiceClosed, ServiceUnavailable
from openvoicelive.web.voice_live.service_events import ServerEvent, ServiceError

# A model that thinks before it answers takes some seconds, a first connection some more.
DEADLINE_S = 30.0
_MESSAGE = "This is a health check. Answer with one short word."


class VoiceLiveHealth(msgspec.Struct, frozen=True):
    """Whether a conversation was held just now; if not, why, with the page's code for it."""

    ready: bool
    code: str | None = None
    why: str | None = None


class DeepHealth:
    """Asks Voice Live, for one caller at a time: each question is a session that costs money."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._asking = asyncio.Lock()

    async def ask(self) -> VoiceLiveHealth:
        """Hold a short session; it takes a session slot, as a conversation does, so there may be none."""
        async with self._asking:
            if not self._context.sessions.acquire():
                problem: Problem | None = Problem.of("busy")
            else:
                try:
                    problem = await self._problem()
                finally:
                    self._context.sessions.release()
        if problem is None:
            return VoiceLiveHealth(True)
        return VoiceLiveHealth(False, problem.code, problem.sentence)

    async def _problem(self) -> Problem | None:
        context = self._context
        settings = context.settings
        options = options_of_session(Start(), context.offer, settings)
        endpoint = settings.endpoint or context.service_url
        try:
            async with (
                asyncio.timeout(DEADLINE_S),
                open_service(
                    endpoint, context.credentials.get(), options.model, is_own=options.is_own_service
                ) as service,
            ):
                await service.configure(options.session())
                return await _answer(service)
        except TimeoutError:
            return Problem.of("service_silent", endpoint=endpoint, seconds=round(DEADLINE_S))
        except (ServiceUnavailable, ServiceClosed) as error:
            return error.problem


async def _answer(service: Service) -> Problem | None:
    """Say a sentence once the session is configured; returns why it was not answered."""
    while True:
        match await service.receive():
            case ServerEvent(type="session.updated"):
                await service.add(Said(role="user", text=_MESSAGE))
                await service.respond()
            case ServerEvent(type="response.done", response=response):
                if response is None or response.status == "completed":
                    return None
                details = response.status_details
                return ((details and details.error) or ServiceError()).problem("session_refused")
            case ServerEvent(type="error", error=error):
                return (error or ServiceError()).problem("session_refused")
