"""Turns of several people, who share one engine."""

import asyncio

import numpy as np
import pytest

from openvoicelive.service.hearing.recognition_queue import RecognitionQueue
from openvoicelive.service.hearing.turn_transcript import TurnTranscript
from tests.service.scripted_engines import ScriptedRecognizer
from tests.service.virtual_time import HeldExecutor, InlineExecutor

SOUND = np.full(16_000, 0.1, np.float32)


@pytest.mark.parametrize("loop_turns", range(8))
async def test_no_words_are_lost_whenever_a_turn_is_heard_ahead(loop_turns: int) -> None:
    recognizer, ahead = ScriptedRecognizer(["all of it"]), HeldExecutor()
    queue = RecognitionQueue(recognizer, executor=InlineExecutor(), ahead_executor=ahead)
    other, turn = (TurnTranscript(0, queue, language="en", phrases=()) for _ in range(2))
    for one in other, turn:
        one.add([SOUND], 1_000)
    first = asyncio.create_task(other.feed_ahead())
    await asyncio.sleep(0)
    released = asyncio.create_task(ahead.release())
    for _ in range(loop_turns):
        await asyncio.sleep(0)
    second = asyncio.create_task(turn.feed_ahead())
    await released
    await ahead.release()
    await asyncio.gather(first, second)
    assert await turn.transcript() == "all of it"
    assert recognizer.utterances[-1].heard_ms == 1_000
