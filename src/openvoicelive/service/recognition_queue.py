"""Runs speech recognition beside the event loop: few threads, a bounded queue, a deadline for each job.

Recognition has an executor of its own. In a trial with one executor for everything, waiting recognitions
blocked it for seconds.
"""

import asyncio
from concurrent.futures import Executor, ThreadPoolExecutor

from openvoicelive.errors import EngineError
from openvoicelive.recognition.interface import Recognizer, Samples, Utterance

THREADS = 2
MAX_WAITING = 64
DEADLINE_S = 15.0


class RecognitionBusy(EngineError):  # noqa: N818 - a state, in which the sound was not even taken
    """Too many wait already; the utterance has heard nothing and may be tried again."""

    def __init__(self) -> None:
        super().__init__("Speech recognition is busy; try again.", code="recognition_busy")


class RecognitionQueue:
    """Gives utterances of all sessions to one recogniser."""

    def __init__(
        self, recognizer: Recognizer, *, executor: Executor | None = None, deadline_s: float = DEADLINE_S
    ) -> None:
        self.recognizer = recognizer
        self._deadline_s = deadline_s
        self._executor = executor or ThreadPoolExecutor(THREADS, thread_name_prefix="recognition")
        self._waiting = 0

    async def transcript(self, utterance: Utterance, samples: Samples) -> str:
        """Let an utterance hear more sound, and return all that was said in it.

        Of one utterance the calls must not overlap; one that took too long may be under way still.

        Raises:
            RecognitionBusy: If too many wait already.
            EngineError: If the engine failed, or it took too long.

        """
        if self._waiting >= MAX_WAITING:
            raise RecognitionBusy
        self._waiting += 1
        job = asyncio.wrap_future(self._executor.submit(_hear, utterance, samples))
        job.add_done_callback(self._done)
        try:
            # A thread cannot be stopped: past the deadline it finishes alone, and counts until then.
            return await asyncio.wait_for(asyncio.shield(job), self._deadline_s)
        except TimeoutError:
            raise EngineError("Speech recognition took too long.", code="recognition_timeout") from None

    def close(self) -> None:
        """Free the model; jobs that wait are dropped."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        self.recognizer.close()

    def _done(self, job: asyncio.Future[str]) -> None:
        self._waiting -= 1
        if not job.cancelled():
            job.exception()


def _hear(utterance: Utterance, samples: Samples) -> str:
    utterance.hear(samples)
    return utterance.transcript()
