"""Transcribes the turns of one session in tasks, and reports them in the order in which they were spoken."""

import asyncio
import logging
from collections.abc import Callable

from openvoicelive.errors import EngineError
from openvoicelive.logs import log_failure
from openvoicelive.protocol import work
from openvoicelive.service.budget import Budget
from openvoicelive.service.hearing.turn_transcript import TurnTranscript

log = logging.getLogger(__name__)

# Turns in transcription, and the sound of all of them; a client that commits more must wait.
MAX_TURNS = 16
MAX_TURNS_MS = 300_000


class Transcriptions:
    """What is being transcribed."""

    def __init__(self, report: Callable[[work.Report], None]) -> None:
        self._report = report
        self._budget = Budget(MAX_TURNS, MAX_TURNS_MS)
        self._in_order = asyncio.Lock()

    async def acquire(self, sound_ms: int) -> None:
        """Wait until a turn with so much sound may be transcribed; `begin` is to follow."""
        await self._budget.acquire(sound_ms)

    def begin(self, item_id: str, turn: TurnTranscript, sound_ms: int, tasks: asyncio.TaskGroup) -> None:
        """Transcribe a turn for which there is room, and report the words as those of an item."""
        task = tasks.create_task(self._transcribe(item_id, turn))
        task.add_done_callback(lambda _: self._budget.release(sound_ms))

    async def report_partial(
        self, turn: TurnTranscript, current_turn: Callable[[], TurnTranscript | None]
    ) -> None:
        """Transcribe what may be a whole turn, and report it if the turn still goes on."""
        if not turn.complete:
            return
        try:
            transcript = await turn.transcript()
        except Exception as error:  # noqa: BLE001 - the turn is tried again when it ends, and that reports
            log.debug("There is no partial transcript: %s", error)
            return
        if transcript and turn is current_turn():
            self._report(work.PartialTranscript(transcript))

    async def _transcribe(self, item_id: str, turn: TurnTranscript) -> None:
        async with self._in_order:
            try:
                transcript = await turn.transcript()
            except EngineError as error:
                log_failure(log, "A turn was not transcribed", error)
                self._report(work.NotTranscribed(item_id, error.code, str(error)))
            except Exception:
                log.exception("A turn could not be transcribed")
                self._report(
                    work.NotTranscribed(item_id, "internal_error", "Speech could not be recognised.")
                )
            else:
                self._report(work.Transcribed(item_id, transcript or ""))


async def known_words(turn: TurnTranscript) -> str | None:
    """Return what was said in a turn so far; None if it is not known."""
    try:
        return await turn.transcript()
    except Exception as error:  # noqa: BLE001 - the turn is tried again when it ends, and that reports
        log.debug("Sound alone decides about a turn: %s", error)
        return None
