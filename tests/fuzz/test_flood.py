"""A shorter run of the flood; `make conformance` sends 100,000 messages."""

import asyncio
import logging

import pytest
import uvloop

from tests.fuzz import flood

MESSAGES = 4_000


def test_random_messages_break_nothing_and_leave_nothing() -> None:
    counts = uvloop.run(flood.flood(MESSAGES))
    # It got somewhere: sound was heard, answers were given to their end, functions called.
    for kind in ("input_audio_buffer.committed", "response.audio.delta", "response.text.done"):
        assert counts[kind], kind


async def test_a_task_that_stays_is_found() -> None:
    with pytest.raises(AssertionError, match="left_behind"):
        async with flood.nothing_is_left():
            left = asyncio.create_task(asyncio.Event().wait(), name="left_behind")
    left.cancel()


def test_an_error_in_the_log_is_found(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(AssertionError, match="it broke"), flood.nothing_is_reported():
        logging.getLogger("openvoicelive").error("it broke")
    assert caplog.records
