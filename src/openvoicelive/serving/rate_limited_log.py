"""Limits how often a warning is logged that anybody outside can cause."""

import logging
import math
from collections.abc import Callable

INTERVAL_S = 10.0


class RateLimitedLog:
    """Passes one warning on in each interval, and counts the others."""

    def __init__(
        self, logger: logging.Logger, *, clock: Callable[[], float], interval_s: float = INTERVAL_S
    ) -> None:
        self._logger = logger
        self._clock = clock
        self._interval_s = interval_s
        self._last_s = -math.inf
        self._left_out = 0

    def warning(self, sentence: str, *values: object) -> None:
        """Log a sentence and how many were left out since the last one, or leave it out."""
        now_s = self._clock()
        if now_s - self._last_s < self._interval_s:
            self._left_out += 1
            return
        if self._left_out:
            sentence, values = f"{sentence} (%d more since the last line.)", (*values, self._left_out)
        self._last_s, self._left_out = now_s, 0
        self._logger.warning(sentence, *values)
