"""Lets people try a secret that they type, and slows down those who guess it."""

import asyncio
import logging
import math
import time
from collections.abc import Callable

from openvoicelive.serving.admission import secret_is_right
from openvoicelive.serving.attempts import AttemptLimits
from openvoicelive.serving.rate_limited_log import RateLimitedLog

logger = logging.getLogger(__name__)


class TooManyAttemptsError(Exception):
    """The secret was not looked at; `retry_after_s` is when it may be."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"Try again in {retry_after_s} s.")
        self.retry_after_s = retry_after_s


class SecretGuard:
    """Guards one secret of the whole program."""

    def __init__(
        self,
        name: str,
        secret: str | None,
        *,
        limits: AttemptLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take a secret; `None` lets everybody in. `name` is what the log calls it."""
        self._name = name
        self._secret = secret
        self._limits = limits or AttemptLimits()
        self._clock = clock
        self._wrong_log = RateLimitedLog(logger, clock=clock)
        self._locked_log = RateLimitedLog(logger, clock=clock)

    async def is_right(self, given: str | None, address: str) -> bool:
        """Say whether this is the secret, perhaps after a while.

        Raises:
            TooManyAttemptsError: If this address has tried too often to be heard now.

        """
        if self._secret is None:
            return True
        if not given:  # not a guess: whoever has not typed it yet
            return False
        attempt = self._limits.take(address, self._clock())
        if attempt.is_locked:
            after_s = math.ceil(attempt.retry_after_s)
            self._locked_log.warning(
                "Too many wrong %ss came from %s. The server checks no more of them for %d s.",
                *(self._name, address, after_s),
            )
            raise TooManyAttemptsError(after_s)
        if attempt.wait_s:
            try:
                await asyncio.sleep(attempt.wait_s)
            except asyncio.CancelledError:
                self._limits.abandoned()
                raise
        if secret_is_right(given, self._secret):
            self._limits.succeeded(address)
            return True
        self._wrong_log.warning("A wrong %s came from %s.", self._name, address)
        return False
