"""Cuts a stream of samples into windows of equal length."""

import numpy as np

from openvoicelive.audio.pcm import FloatSamples

WINDOW_RATE_HZ = 16_000
WINDOW_SAMPLES = 512
"""The length that Silero's model was trained with at 16 kHz."""

WINDOW_MS = WINDOW_SAMPLES * 1000 // WINDOW_RATE_HZ


class Windows:
    """Cuts one stream. Samples that do not fill a window wait for the next call."""

    def __init__(self, window_samples: int = WINDOW_SAMPLES) -> None:
        self._window_samples = window_samples
        self._rest: FloatSamples = np.empty(0, dtype=np.float32)

    def cut(self, samples: FloatSamples) -> list[FloatSamples]:
        """Add samples; return the windows that are complete, oldest first."""
        joined = np.concatenate((self._rest, samples)) if self._rest.size else samples
        whole = joined.size // self._window_samples * self._window_samples
        # A copy, so that half a window does not keep megabytes of sound alive.
        self._rest = joined[whole:].copy()
        return list(joined[:whole].reshape(-1, self._window_samples))
