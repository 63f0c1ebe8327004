"""Runs speech recognition beside the event loop.

Recognition has a lane of its own. In a trial with one executor for everything, waiting recognitions
blocked it for seconds. Sound that is fed ahead of a transcript has one more, so that no transcript waits
behind it.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

from openvoicelive.recognition.interface import RECOGNITION_RATE_HZ, Recognizer, Samples, Utterance
from openvoicelive.service.lanes import LIMITS, Lane

NAME, CODE = "Speech recognition", "recognition"
STRETCH_SAMPLES = 10 * RECOGNITION_RATE_HZ
"""The most sound for one job. Other jobs run between the stretches of a longer sound."""


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
        deadline_s: float = LIMITS["recognition"].deadline_s,
    ) -> None:
        self.recognizer = recognizer
        limits = replace(LIMITS["recognition"], deadline_s=deadline_s)
        ahead = replace(LIMITS["recognition_ahead"], deadline_s=deadline_s)
        self._lane = Lane(NAME, CODE, limits, executor)
        self._ahead = Lane(NAME, CODE, ahead, ahead_executor)

    @property
    def can_feed_ahead(self) -> bool:
        """Whether no utterance is fed ahead just now."""
        return self._ahead.is_free

    async def transcript(
        self, utterance: Utterance, samples: Samples, *, is_wanted: Callable[[], bool] | None = None
    ) -> str:
        """Let an utterance hear more sound, and return all that was said in it.

        Raises:
            LaneFull: If too many wait already; nothing was heard.
            NotWanted: If `is_wanted` denies it when recognition could begin; nothing was heard.
            EngineError: If the engine failed, or it took too long.

        """
        starts = range(0, samples.size or 1, STRETCH_SAMPLES)
        *before, last = (samples[start : start + STRETCH_SAMPLES] for start in starts)
        return await self._lane.run(
            partial(_transcript, utterance, last),
            after=[partial(utterance.hear, stretch) for stretch in before],
            is_wanted=is_wanted,
        )

    async def feed_ahead(self, utterance: Utterance, samples: Samples) -> None:
        """Let an utterance hear a stretch while its speaker goes on, so that less is left to do in the end.

        Raises:
            LaneFull: If another utterance is fed ahead already; nothing was heard.
            EngineError: If the engine failed, or it took too long.

        """
        await self._ahead.run(partial(utterance.hear, samples))

    async def close(self) -> None:
        """Free the model, once the work on it has ended."""
        await self._lane.close()
        await self._ahead.close()
        await asyncio.to_thread(self.recognizer.close)


def _transcript(utterance: Utterance, samples: Samples) -> str:
    utterance.hear(samples)
    return utterance.transcript()
