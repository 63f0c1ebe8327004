"""What the words of a turn decide while it is still going on: whether it has begun, and when it ends.

Where recognition fails, sound alone decides; the turn's own transcription reports the failure.
"""

import logging

from openvoicelive.protocol.turn_detection import TurnDetection
from openvoicelive.recognition.interface import Recognizer
from openvoicelive.service.hearing.end_of_turn import end_of_turn, removed_fillers
from openvoicelive.service.hearing.turn_transcript import TurnTranscript
from openvoicelive.turns.word_rules import only_fillers

log = logging.getLogger(__name__)


class Meaning:
    """Judges by one set of options."""

    def __init__(self, detection: TurnDetection, language: str | None, recognizer: Recognizer) -> None:
        self._end_of_turn = end_of_turn(detection)
        self._removed_fillers = removed_fillers(detection)
        # Where the client leaves the language to a recogniser of several, the rules for English serve.
        known = recognizer.capabilities.languages
        self._language = language or (next(iter(known)) if len(known) == 1 else "en")

    @property
    def removes_fillers(self) -> bool:
        """Whether a turn must not begin before it is known to be more than fillers."""
        return self._removed_fillers is not None

    async def is_nothing(self, turn: TurnTranscript) -> bool:
        """Tell whether there are only fillers in what was said so far, or not even those."""
        transcript = await _transcript(turn)
        return transcript is not None and only_fillers(transcript, self._removed_fillers or ())

    async def silence_ms(self, turn: TurnTranscript) -> int:
        """Return the silence that ends a turn after what was said so far."""
        if self._end_of_turn is None:
            return 0
        transcript = await _transcript(turn)
        if transcript is None:
            return self._end_of_turn.finished_ms
        return self._end_of_turn.silence_ms(transcript, self._language)


async def _transcript(turn: TurnTranscript) -> str | None:
    try:
        return await turn.transcript()
    except Exception as error:  # noqa: BLE001 - the turn is tried again when it ends, and that reports
        log.debug("Sound alone decides about a turn: %s", error)
        return None
