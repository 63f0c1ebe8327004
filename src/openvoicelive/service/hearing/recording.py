"""The sound of a session that may still be needed, at 16 kHz, found by its time."""

from collections import deque
from collections.abc import Iterator

import numpy as np

from openvoicelive.audio.pcm import FloatSamples
from openvoicelive.audio.windows import WINDOW_RATE_HZ

_SAMPLES_PER_MS = WINDOW_RATE_HZ // 1000
CHUNK_MS = 1_000
_CHUNK_SAMPLES = CHUNK_MS * _SAMPLES_PER_MS


class Recording:
    """Keeps the newest sound; times are in milliseconds from the first sound of the session.

    The sound lies in chunks of one second that are filled once and never joined. So old sound can always be
    dropped, however often newer sound was read, and at most one chunk more than `max_ms` is in memory.
    """

    def __init__(self, max_ms: int) -> None:
        self._max_samples = max_ms * _SAMPLES_PER_MS
        self._chunks: deque[FloatSamples] = deque()
        """All are full but the last, which is full up to `_end`."""
        self._chunks_start = 0
        self._start = 0
        self._end = 0

    @property
    def end_ms(self) -> int:
        """Where the newest sound ends."""
        return self._end // _SAMPLES_PER_MS

    @property
    def memory_bytes(self) -> int:
        """How much memory the sound takes."""
        return sum(chunk.nbytes for chunk in self._chunks)

    def append(self, samples: FloatSamples) -> None:
        """Add sound; the oldest goes when there is too much."""
        while samples.size:
            place = (self._end - self._chunks_start) % _CHUNK_SAMPLES
            if place == 0:
                self._chunks.append(np.empty(_CHUNK_SAMPLES, np.float32))
            taken = samples[: _CHUNK_SAMPLES - place]
            self._chunks[-1][place : place + taken.size] = taken
            self._end += taken.size
            samples = samples[taken.size :]
            self._forget(self._end - self._max_samples)

    def forget_before(self, at_ms: int) -> None:
        """Drop sound that nobody needs any more."""
        self._forget(at_ms * _SAMPLES_PER_MS)

    def between(self, start_ms: int, end_ms: int) -> list[FloatSamples]:
        """Return what is left of a stretch, in pieces of at most `CHUNK_MS`; nothing is copied."""
        start = max(start_ms * _SAMPLES_PER_MS, self._start)
        end = min(end_ms * _SAMPLES_PER_MS, self._end)
        return list(self._pieces(start, end))

    def _pieces(self, start: int, end: int) -> Iterator[FloatSamples]:
        while start < end:
            chunk, place = divmod(start - self._chunks_start, _CHUNK_SAMPLES)
            piece = self._chunks[chunk][place : place + end - start]
            yield piece
            start += piece.size

    def _forget(self, sample: int) -> None:
        self._start = max(self._start, min(sample, self._end))
        while self._chunks and self._chunks_start + _CHUNK_SAMPLES <= self._start:
            self._chunks.popleft()
            self._chunks_start += _CHUNK_SAMPLES
