"""Guessing the access code, in virtual time: how often it can be tried, who still gets in, what is logged."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from openvoicelive.logs import INTERVAL_S
from openvoicelive.serving.attempts import (
    BURST,
    MOST_ADDRESSES,
    RETRY_S,
    SPACING_S,
    TRIES,
    AttemptLimits,
)
from openvoicelive.serving.secret_guard import SecretGuard, TooManyAttemptsError
from tests.service.virtual_time import VirtualTimeLoop

CODE = "open sesame"
GUESS = "open barley"
MINUTE_S = 60.0


def in_virtual_time(scenario: Callable[["Attack"], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(scenario(Attack()))


class Attack:
    """A guard, and people who try its code."""

    def __init__(self) -> None:
        self.limits = AttemptLimits()
        self.guard = SecretGuard("access code", CODE, limits=self.limits, clock=_now)
        self.looked_at = 0

    async def guess(self, address: str, code: str = GUESS) -> bool | None:
        """Return whether it was right; `None` if it was not looked at."""
        try:
            is_right = await self.guard.is_right(code, address)
        except TooManyAttemptsError:
            return None
        self.looked_at += 1
        return is_right

    async def go_on(self, address: str, *, until_s: float, pause_s: float) -> None:
        while _now() < until_s:
            await self.guess(address)
            await asyncio.sleep(pause_s)


def _now() -> float:
    return asyncio.get_running_loop().time()


def test_one_address_can_guess_a_few_times_and_then_three_times_a_minute() -> None:
    async def scenario(attack: Attack) -> None:
        await attack.go_on("203.0.113.7", until_s=10 * MINUTE_S - 1, pause_s=0.01)
        assert attack.looked_at == TRIES + 10 * MINUTE_S / RETRY_S - 1

    in_virtual_time(scenario)


def test_a_right_code_from_elsewhere_gets_in_at_once_during_an_attack() -> None:
    async def scenario(attack: Attack) -> None:
        sockets = [
            asyncio.create_task(attack.go_on("203.0.113.7", until_s=MINUTE_S, pause_s=0.01))
            for _ in range(32)
        ]
        await asyncio.sleep(MINUTE_S / 2)
        before_s = _now()
        assert await attack.guess("198.51.100.1", CODE)
        assert _now() - before_s < 0.1
        await asyncio.gather(*sockets)

    in_virtual_time(scenario)


def test_an_attack_from_many_addresses_is_slow_and_a_right_code_gets_in_behind_it() -> None:
    async def scenario(attack: Attack) -> None:
        await asyncio.gather(*(attack.guess(f"203.0.113.{number}") for number in range(BURST)))
        assert _now() == 0
        sockets = [
            asyncio.create_task(attack.go_on(f"198.51.{number}.1", until_s=MINUTE_S, pause_s=0.1))
            for number in range(256)
        ]
        await asyncio.sleep(1)
        before_s = _now()
        assert await attack.guess("192.0.2.1", CODE)
        assert _now() - before_s < 256 * SPACING_S + 1
        await asyncio.gather(*sockets)
        assert attack.looked_at <= BURST + _now() / SPACING_S + 1

    in_virtual_time(scenario)


def test_attempts_whose_sockets_close_delay_nobody() -> None:
    async def scenario(attack: Attack) -> None:
        for hour in range(24):
            guesses = [
                asyncio.create_task(attack.guess(f"198.{hour}.{number}.1")) for number in range(10 * BURST)
            ]
            await asyncio.sleep(0)
            for guess in guesses:
                guess.cancel()
            await asyncio.gather(*guesses, return_exceptions=True)
        before_s = _now()
        assert await attack.guess("192.0.2.1", CODE)
        assert _now() - before_s < 1

    in_virtual_time(scenario)


def test_a_right_code_counts_for_nobody() -> None:
    async def scenario(attack: Attack) -> None:
        for _ in range(10):
            for _ in range(TRIES - 1):
                assert await attack.guess("203.0.113.7") is False
            assert await attack.guess("203.0.113.7", CODE) is True
        assert attack.limits.addresses == 0
        await asyncio.gather(*(attack.guess(f"10.0.{number}.1", CODE) for number in range(10 * BURST)))
        assert await attack.guess("203.0.113.7", CODE) is True

    in_virtual_time(scenario)


def test_nobody_is_slowed_down_who_has_not_typed_a_code() -> None:
    async def scenario(attack: Attack) -> None:
        for _ in range(100):
            assert await attack.guess("203.0.113.7", "") is False
        assert await attack.guess("203.0.113.7", CODE) is True

    in_virtual_time(scenario)


def test_of_any_number_of_addresses_so_many_are_remembered() -> None:
    limits = AttemptLimits()
    for number in range(3 * MOST_ADDRESSES):
        limits.take(str(number), now_s=number / 1000)
    assert limits.addresses == MOST_ADDRESSES


def test_the_log_names_the_address_and_is_not_flooded(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)

    async def scenario(attack: Attack) -> None:
        await attack.go_on("203.0.113.7", until_s=MINUTE_S, pause_s=0.001)

    in_virtual_time(scenario)
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) <= 2 * (MINUTE_S / INTERVAL_S + 1)
    assert lines[0] == "A wrong access code came from 203.0.113.7."
    assert any("more since the last line" in line for line in lines)
    assert all("203.0.113.7" in line for line in lines)
    assert not any(GUESS in line or CODE in line for line in lines)
