"""What is noted of one conversation, for the log, for Prometheus and for telemetry: figures, never words."""

import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from openvoicelive.logs import session_id
from openvoicelive.web.page.measurements import Measurements
from openvoicelive.web.page.messages import Metrics

logger = logging.getLogger(__name__)


class SessionTrace(Protocol):
    """Where telemetry takes in one conversation."""

    def turn(self, turn: Metrics) -> None:
        """Take in the figures of a turn."""

    def trouble(self, code: str) -> None:
        """Take in that the user was shown an error of this code."""


class Telemetry(Protocol):
    """Where telemetry takes in all of them."""

    def session(self, session: str, model: str) -> AbstractContextManager[SessionTrace]:
        """Take in one conversation, while the block runs."""

    def close(self) -> None:
        """Send what is still here; blocks for some seconds at most."""


class _NoTrace:
    def turn(self, turn: Metrics) -> None:
        pass

    def trouble(self, code: str) -> None:
        pass


class NoTelemetry:
    """What there is when nobody wants telemetry."""

    def session(self, session: str, model: str) -> AbstractContextManager[SessionTrace]:  # noqa: ARG002
        """Take in nothing."""
        return nullcontext(_NoTrace())

    def close(self) -> None:
        """Do nothing."""


class SessionRecord:
    """One conversation's."""

    def __init__(
        self,
        session: str,
        measurements: Measurements,
        telemetry: Telemetry,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._measurements = measurements
        self._telemetry = telemetry
        self._clock = clock
        self._trace: SessionTrace = _NoTrace()
        self._turns = 0
        self._troubles = 0

    async def note(self, conversation: Awaitable[None], model: str) -> None:
        """Hold the conversation, and note that it begins and ends; what is logged meanwhile names it."""
        with self._running(model):
            await conversation

    @contextmanager
    def _running(self, model: str) -> Iterator[None]:
        before = session_id.set(self._session)
        began_s = self._clock()
        self._measurements.begun.inc()
        self._measurements.sessions += 1
        logger.info("A session has begun.", extra={"figures": {"model": model}})
        try:
            with self._telemetry.session(self._session, model) as self._trace:
                yield
        finally:
            self._measurements.sessions -= 1
            figures = {
                "lasted_s": round(self._clock() - began_s, 1),
                "turns": self._turns,
                "troubles": self._troubles,
            }
            logger.info("The session has ended.", extra={"figures": figures})
            session_id.reset(before)

    def turn(self, turn: Metrics) -> None:
        """Note how fast a turn was answered."""
        self._turns += 1
        self._measurements.observe(turn)
        self._trace.turn(turn)
        figures = {
            name: value
            for name in ("turn", "silence_ms", "transcript_ms", "first_text_ms", "first_sound_ms")
            if (value := getattr(turn, name)) is not None
        }
        logger.info("A turn was answered.", extra={"figures": figures})

    def trouble(self, code: str) -> None:
        """Note that the user was shown an error."""
        self._troubles += 1
        self._measurements.errors.inc()
        self._trace.trouble(code)
