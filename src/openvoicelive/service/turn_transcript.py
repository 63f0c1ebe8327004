"""Writes down one turn of a user: early, when it may be over, and finally, when it is."""

import asyncio

import numpy as np

from openvoicelive.audio.pcm import FloatSamples
from openvoicelive.recognition.interface import Utterance
from openvoicelive.service.recognition_queue import RecognitionQueue


class TurnTranscript:
    """One turn, from where it begins; sound is given in order, each stretch once."""

    def __init__(
        self, start_ms: int, queue: RecognitionQueue, *, language: str | None, phrases: tuple[str, ...]
    ) -> None:
        self.start_ms = start_ms
        self.given_until_ms = start_ms
        self.complete = False
        self._queue = queue
        self._utterance: Utterance = queue.recognizer.start(language=language, phrases=phrases)
        self._waiting: list[FloatSamples] = []
        # Of one utterance, recognitions must not overlap.
        self._recognising = asyncio.Lock()
        self._transcript: str | None = None
        self._version = 0

    def give(self, samples: FloatSamples, until_ms: int) -> None:
        """Add sound that ends at a time: all that was spoken so far."""
        self._waiting.append(samples)
        self.given_until_ms = until_ms
        self.complete = True
        self._version += 1
        self._transcript = None

    def reopen(self) -> None:
        """Note that the speaker goes on: what was written down so far is not all."""
        self.complete = False
        self._version += 1
        self._transcript = None

    async def transcript(self) -> str | None:
        """Return what was said in the sound that was given so far; None if more was given meanwhile.

        Raises:
            EngineError: If it could not be recognised.

        """
        version = self._version
        async with self._recognising:
            if version == self._version and self._transcript is None:
                waiting, self._waiting = self._waiting, []
                samples = np.concatenate(waiting) if waiting else np.empty(0, np.float32)
                text = await self._queue.transcript(self._utterance, samples)
                if version == self._version:
                    self._transcript = text
        return self._transcript if version == self._version else None
