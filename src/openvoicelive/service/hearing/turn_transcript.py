"""Transcribes one turn of a user: early, when it may be over, and finally, when it is.

While the speaker goes on, the engine may be fed ahead with the sound that there is.
"""

import asyncio
import logging
from collections.abc import Sequence

import numpy as np

from openvoicelive.audio.pcm import FloatSamples
from openvoicelive.errors import EngineError
from openvoicelive.recognition.interface import Utterance
from openvoicelive.service.hearing.recognition_queue import RecognitionQueue
from openvoicelive.service.lanes import LaneFull, NotWanted

log = logging.getLogger(__name__)

# So many pieces of at most a second are fed ahead, or copied, at once: 640 KB, less than 1 ms.
PIECES_AT_ONCE = 10


class TurnTranscript:
    """One turn, from where it begins; sound is added in order, each stretch once.

    With a `failure` it is known from the beginning that the turn cannot be transcribed.
    """

    def __init__(
        self,
        start_ms: int,
        queue: RecognitionQueue,
        *,
        language: str | None,
        phrases: tuple[str, ...],
        failure: EngineError | None = None,
    ) -> None:
        self.start_ms = start_ms
        self.added_until_ms = start_ms
        self.complete = False
        self._queue = queue
        self._language = language
        self._phrases = phrases
        self._utterance: Utterance | None = None
        self._waiting: list[FloatSamples] = []
        # Of one utterance, recognitions must not overlap.
        self._recognising = asyncio.Lock()
        self._transcript: str | None = None
        self._version = 0
        self._failure = failure

    def add(self, pieces: Sequence[FloatSamples], until_ms: int) -> None:
        """Add sound that ends at a time, in pieces of at most a second: all that was spoken so far."""
        self._waiting.extend(pieces)
        self.added_until_ms = until_ms
        self.complete = True
        self._version += 1
        self._transcript = None

    @property
    def can_feed(self) -> bool:
        """Whether the engine would work at once on sound that is added now."""
        return self._failure is None and not self._recognising.locked() and self._queue.can_feed_ahead

    def reopen(self) -> None:
        """Note that the speaker goes on: the transcript so far is not all."""
        self.complete = False
        self._version += 1
        self._transcript = None

    async def feed_ahead(self) -> None:
        """Let the engine work on what was added, unless it is busy; `transcript` raises what failed here."""
        async with self._recognising:
            if self._failure is not None or not self._waiting or not self._queue.can_feed_ahead:
                return
            try:
                utterance = self._start()
            except Exception as error:  # noqa: BLE001 - it is tried again when the words are needed
                log.debug("The engine is not fed ahead: %s", error)
                return
            stretch, self._waiting = self._waiting[:PIECES_AT_ONCE], self._waiting[PIECES_AT_ONCE:]
            try:
                await self._queue.feed_ahead(utterance, np.concatenate(stretch))
            except LaneFull:
                self._waiting = stretch + self._waiting
            except Exception as error:  # noqa: BLE001 - raised when the words are asked for
                self._failure = _to_keep(error)

    async def transcript(self) -> str | None:
        """Return what was said in the sound that was added so far; None if more was added meanwhile.

        Raises:
            LaneFull: If it should be tried again.
            EngineError: If it could not be recognised; so it stays.

        """
        version = self._version
        async with self._recognising:
            if self._failure is not None:
                raise self._failure.without_traceback()
            if version == self._version and self._transcript is None:
                text = await self._recognise(version)
                if version == self._version:
                    self._transcript = text
        return self._transcript if version == self._version else None

    async def _recognise(self, version: int) -> str | None:
        """Return what was said; None if it is not known, because more was added before the work began."""
        waiting, self._waiting = self._waiting, []
        samples = await _joined(waiting)
        try:
            return await self._queue.transcript(
                self._start(), samples, is_wanted=lambda: version == self._version
            )
        except LaneFull:
            self._waiting = waiting + self._waiting
            raise
        except NotWanted:
            self._waiting = waiting + self._waiting
            return None
        except Exception as error:
            # How much the engine has heard is not known, and after a deadline it may still be at work on it.
            self._failure = _to_keep(error)
            raise

    def _start(self) -> Utterance:
        if self._utterance is None:
            recognizer = self._queue.recognizer
            self._utterance = recognizer.start(language=self._language, phrases=self._phrases)
        return self._utterance


async def _joined(pieces: Sequence[FloatSamples]) -> FloatSamples:
    """Return pieces as one array; other sessions run while minutes of sound are copied."""
    whole: FloatSamples = np.empty(sum(piece.size for piece in pieces), np.float32)
    end = 0
    for number, piece in enumerate(pieces, 1):
        whole[end : end + piece.size] = piece
        end += piece.size
        if number % PIECES_AT_ONCE == 0:
            await asyncio.sleep(0)
    return whole


def _to_keep(error: Exception) -> EngineError:
    """Return what to raise from now on in place of an error, whose traceback would keep the turn."""
    if isinstance(error, EngineError):
        return error.without_traceback()
    log.error("Speech recognition failed.", exc_info=error)
    return EngineError("Speech could not be recognised.", code="internal_error")
