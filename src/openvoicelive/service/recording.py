"""The sound of a session that may still be needed, at 16 kHz, found by its time."""

from collections import deque

import numpy as np

from openvoicelive.audio.pcm import FloatSamples
from openvoicelive.audio.windows import WINDOW_RATE_HZ

_SAMPLES_PER_MS = WINDOW_RATE_HZ // 1000


class Recording:
    """Keeps the newest sound; times are in milliseconds from the first sound of the session."""

    def __init__(self, max_ms: int) -> None:
        self._max_samples = max_ms * _SAMPLES_PER_MS
        self._pieces: deque[FloatSamples] = deque()
        self._start = 0
        self._end = 0

    @property
    def end_ms(self) -> int:
        """Where the newest sound ends."""
        return self._end // _SAMPLES_PER_MS

    def append(self, samples: FloatSamples) -> None:
        """Add sound; the oldest goes when there is too much."""
        self._pieces.append(samples)
        self._end += samples.size
        self._forget(self._end - self._max_samples)

    def forget_before(self, at_ms: int) -> None:
        """Drop sound that nobody needs any more."""
        self._forget(at_ms * _SAMPLES_PER_MS)

    def between(self, start_ms: int, end_ms: int) -> FloatSamples:
        """Return what is left of a stretch."""
        start = max(start_ms * _SAMPLES_PER_MS - self._start, 0)
        end = max(min(end_ms * _SAMPLES_PER_MS, self._end) - self._start, start)
        if not self._pieces:
            return np.empty(0, np.float32)
        if len(self._pieces) > 1:
            self._pieces = deque([np.concatenate(self._pieces)])
        return self._pieces[0][start:end].copy()

    def _forget(self, sample: int) -> None:
        while self._pieces and self._start + self._pieces[0].size <= sample:
            self._start += self._pieces.popleft().size
