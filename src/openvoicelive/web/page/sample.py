"""A voice to hear before it is chosen: one sentence, spoken by the service outside of any conversation."""

import asyncio
import logging
from collections.abc import Callable

from openvoicelive.language.registry import primary_subtag
from openvoicelive.serving.limits import SessionSlots
from openvoicelive.web.page.messages import BYTES_PER_MS, Audio, SampleDone, ToPage
from openvoicelive.web.page.problems import Problem
from openvoicelive.web.voice_live.connection import Service, open_service
from openvoicelive.web.voice_live.credentials import Credential
from openvoicelive.web.voice_live.failures import ServiceClosed, ServiceUnavailable
from openvoicelive.web.voice_live.service_events import ServerEvent, ServiceError
from openvoicelive.web.voice_live.session_options import SessionOptions

logger = logging.getLogger(__name__)

ITEM_ID = "sample"
DEADLINE_S = 20.0
# A model that is asked to say a sentence may go on talking.
_MOST_BYTES = 15_000 * BYTES_PER_MS

_SENTENCES = {
    "de": "Hallo! So klinge ich, wenn wir uns unterhalten.",
    "en": "Hello! This is how I sound when we talk.",
    "es": "¡Hola! Así sueno cuando hablamos.",
    "fr": "Bonjour ! Voici ma voix quand nous parlons.",
    "it": "Ciao! Ecco la mia voce quando parliamo.",
    "pt": "Olá! É assim que eu soo quando conversamos.",
}


class SampleSpeaker:
    """Speaks samples for one browser, one at a time; each takes a session slot, as a conversation does."""

    def __init__(self, slots: SessionSlots, tell: Callable[[ToPage | bytes], None]) -> None:
        self._slots = slots
        self._tell = tell
        self._task: asyncio.Task[None] | None = None
        self.tasks: set[asyncio.Task[None]] = set()
        """The sample that is being spoken, and those that were stopped and are still closing."""

    def begin(self, endpoint: str, credential: Credential, options: SessionOptions) -> Problem | None:
        """Begin to speak, or return why that cannot be. The page is told `sample_done` at the end."""
        if self._task:
            return Problem.of("sample_running")
        if not self._slots.acquire():
            return Problem.of("busy")
        self._task = asyncio.create_task(self._speak(endpoint, credential, options))
        self.tasks.add(self._task)
        self._task.add_done_callback(self.tasks.discard)
        return None

    def stop(self) -> None:
        """Stop at once: somebody wants to talk. The slot is free when this returns."""
        if self._task:
            self._task.cancel()
            self._end(None)

    def refuse(self, problem: Problem) -> None:
        """Tell the page why there is no sample."""
        self._tell(
            SampleDone(item_id=ITEM_ID, failed=problem.sentence, code=problem.code, values=problem.values)
        )

    def _end(self, problem: Problem | None) -> None:
        self._task = None
        self._slots.release()
        if problem:
            self.refuse(problem)
        else:
            self._tell(SampleDone(item_id=ITEM_ID))

    async def _speak(self, endpoint: str, credential: Credential, options: SessionOptions) -> None:
        problem: Problem | None = None
        try:
            async with (
                asyncio.timeout(DEADLINE_S),
                open_service(endpoint, credential, options.model, is_own=options.is_own_service) as service,
            ):
                problem = await self._say(service, options)
        except TimeoutError:
            problem = Problem.of("sample_silent", seconds=round(DEADLINE_S))
        except (ServiceUnavailable, ServiceClosed) as error:
            problem = error.problem
        except Exception:
            logger.exception("A sample failed.")
            problem = Problem.of("sample_failed", reason="the app's log says why.")
        self._end(problem)

    async def _say(self, service: Service, options: SessionOptions) -> Problem | None:
        """Tell the sample's sound; returns what went wrong."""
        await service.configure(options.session())
        sent_bytes = 0
        while True:
            event = await service.receive()
            match event:
                case ServerEvent(type="session.updated"):
                    verbatim = options.is_own_service or options.has_azure_voice
                    await service.speak(_sentence(options), verbatim=verbatim)
                case ServerEvent(type="response.audio.delta") if sent_bytes <= _MOST_BYTES:
                    if not sent_bytes:
                        self._tell(Audio(item_id=ITEM_ID))
                    sent_bytes += len(event.sound)
                    self._tell(event.sound)
                case ServerEvent(type="response.done", response=response):
                    if sent_bytes:
                        return None
                    details = response and response.status_details
                    return _failure(details.error if details else None)
                case ServerEvent(type="error", error=error):
                    return _failure(error)


def _failure(error: ServiceError | None) -> Problem:
    return (error or ServiceError()).problem("sample_failed")


def _sentence(options: SessionOptions) -> str:
    """Return what is said, in the language of the options or of the voice."""
    language = primary_subtag(options.language or options.voice or "")
    return _SENTENCES.get(language, _SENTENCES["en"])
