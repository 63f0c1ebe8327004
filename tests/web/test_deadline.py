"""Why a session ends: the reason belongs to the deadline, and no clock is asked again."""

import asyncio
import math

import pytest

from openvoicelive.web.deadline import Deadline
from openvoicelive.web.page.problems import Problem

LIMIT = Problem.of("session_limit", minutes=1)
UPDATE = Problem.of("draining")


async def for_ever() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("limit_s", "update_s", "reason"), [(60, 0, UPDATE), (0, 60, LIMIT), (0, math.inf, LIMIT)]
)
async def test_the_earliest_end_tells_its_own_reason(
    limit_s: float, update_s: float, reason: Problem
) -> None:
    async with asyncio.timeout(5), Deadline(limit_s, LIMIT) as deadline:
        deadline.bring_forward(update_s, UPDATE)
        await for_ever()
    assert deadline.has_passed
    assert deadline.reason == reason


async def test_what_comes_after_the_end_changes_no_reason() -> None:
    async with asyncio.timeout(5), Deadline(0, LIMIT) as deadline:
        await for_ever()
    deadline.bring_forward(0, UPDATE)
    assert deadline.reason == LIMIT


async def test_a_session_that_ends_itself_has_met_its_deadline() -> None:
    async with Deadline(60, LIMIT) as deadline:
        pass
    assert not deadline.has_passed


async def test_an_update_that_comes_after_a_session_ended_itself_changes_nothing() -> None:
    async with Deadline(60, LIMIT) as deadline:
        pass
    deadline.bring_forward(0, UPDATE)
    assert not deadline.has_passed
    assert deadline.reason == LIMIT


async def test_a_timeout_of_the_work_is_its_error() -> None:
    deadline = Deadline(60, LIMIT)
    with pytest.raises(TimeoutError, match="of the work"):
        async with deadline:
            raise TimeoutError("of the work")
    assert not deadline.has_passed
