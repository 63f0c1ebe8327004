"""Runs speech recognition beside the event loop: few threads, a bounded queue, a deadline for each job.

Recognition has an executor of its own. In a trial with one executor for everything, waiting recognitions
blocked it for seconds. What is heard ahead of a transcript has one more, so that nobody who waits for words
stands behind it.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from openvoicelive.errors import EngineError
from openvoicelive.recognition.interface import RECOGNITION_RATE_HZ, Recognizer, Samples, Utterance

THREADS = 2
MAX_WAITING = 64
DEADLINE_S = 15.0
STRETCH_SAMPLES = 10 * RECOGNITION_RATE_HZ
"""One job hears at most so much, so that others have their turn between the stretches of minutes of sound."""

Result = TypeVar("Result")


class RecognitionBusy(EngineError):  # noqa: N818 - a state, in which the sound was not even taken
    """Too many wait already; the utterance has heard nothing and may be tried again."""

    def __init__(self) -> None:
        super().__init__("Speech recognition is busy; try again.", code="recognition_busy")


class RecognitionQueue:
    """Gives utterances of all sessions to one recogniser.

    Of one utterance the calls must not overlap; one that took too long may be under way still.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        *,
        executor: Executor | None = None,
        ahead_executor: Executor | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self.recognizer = recognizer
        self._deadline_s = deadline_s
        self._executor = executor or ThreadPoolExecutor(THREADS, thread_name_prefix="recognition")
        self._ahead = ahead_executor or ThreadPoolExecutor(1, thread_name_prefix="recognition-ahead")
        self._waiting = 0
        self._is_ahead = False

    @property
    def can_hear_ahead(self) -> bool:
        """Whether nobody is heard ahead just now."""
        return not self._is_ahead

    async def transcript(self, utterance: Utterance, samples: Samples) -> str:
        """Let an utterance hear more sound, and return all that was said in it.

        Raises:
            RecognitionBusy: If too many wait already.
            EngineError: If the engine failed, or it took too long.

        """
        if self._waiting >= MAX_WAITING:
            raise RecognitionBusy
        while samples.size > STRETCH_SAMPLES:
            stretch, samples = samples[:STRETCH_SAMPLES], samples[STRETCH_SAMPLES:]
            await self._in_turn(partial(utterance.hear, stretch))
        return await self._in_turn(partial(_transcript, utterance, samples))

    async def hear_ahead(self, utterance: Utterance, samples: Samples) -> None:
        """Let an utterance hear a stretch while its speaker goes on, so that less is left to do in the end.

        Raises:
            RecognitionBusy: If somebody else is heard ahead; it does not wait.
            EngineError: If the engine failed, or it took too long.

        """
        if self._is_ahead:
            raise RecognitionBusy
        self._is_ahead = True
        await self._run(self._ahead, partial(utterance.hear, samples), self._leave_ahead)

    def close(self) -> None:
        """Free the model; jobs that wait are dropped."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._ahead.shutdown(wait=True, cancel_futures=True)
        self.recognizer.close()

    async def _in_turn(self, work: Callable[[], Result]) -> Result:
        self._waiting += 1
        return await self._run(self._executor, work, self._leave)

    async def _run(self, executor: Executor, work: Callable[[], Result], leave: Callable[[], None]) -> Result:
        def done(job: asyncio.Future[Result]) -> None:
            leave()
            if not job.cancelled():
                job.exception()

        job = asyncio.wrap_future(executor.submit(work))
        job.add_done_callback(done)
        try:
            # A thread cannot be stopped: past the deadline it finishes alone, and counts until then.
            return await asyncio.wait_for(asyncio.shield(job), self._deadline_s)
        except TimeoutError:
            raise EngineError("Speech recognition took too long.", code="recognition_timeout") from None

    def _leave(self) -> None:
        self._waiting -= 1

    def _leave_ahead(self) -> None:
        self._is_ahead = False


def _transcript(utterance: Utterance, samples: Samples) -> str:
    utterance.hear(samples)
    return utterance.transcript()
