"""Checks an access code or a key, and limits how fast it can be guessed."""

import asyncio
import logging
import math
import time
from collections.abc import Callable

from openvoicelive.logs import RateLimitedLog
from openvoicelive.serving.admission import secret_is_right
from openvoicelive.serving.attempts import AttemptLimits

logger = logging.getLogger(__name__)


class TooManyAttemptsError(Exception):
    """The secret was not checked; another attempt may be made after `retry_after_s`."""

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
        own_key: str | None = None,
        limits: AttemptLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Guard a secret; `None` accepts everything.

        Args:
            name: What the log calls the secret.
            secret: What is right.
            own_key: A random key of this process, which is right, too, and has no limit. So nobody at this
                machine's address can lock out the page's own assistant.
            limits: How often an address may try.
            clock: The time in seconds.

        """
        self._name = name
        self._secret = secret
        self._own_key = own_key
        self._limits = limits or AttemptLimits()
        self._clock = clock
        self._wrong_log = RateLimitedLog(logger, clock=clock)
        self._locked_log = RateLimitedLog(logger, clock=clock)

    async def is_right(self, given: str | None, address: str) -> bool:
        """Return whether this is the secret, possibly after a delay.

        Raises:
            TooManyAttemptsError: If this address has sent too many wrong ones; the secret was not checked.

        """
        if self._secret is None:
            return True
        if not given:  # not a guess: a person has not typed it yet, a program was not given it
            return False
        if self._own_key is not None and secret_is_right(given, self._own_key):
            return True
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
