"""Finds the delay of the echo: of the network, the player's buffer and the air together.

The cross-spectrum of the played and the heard sound, divided by the power of the played sound, estimates the
echo path over a second. Its highest peak is the delay. GCC-PHAT divides by the magnitude instead (Knapp and
Carter 1976). With the played power, a person who speaks at the same time does not hide the peak.
"""

from dataclasses import dataclass

import numpy as np

from openvoicelive.audio.echo_filter import BLOCK_SAMPLES, ComplexSpectra, power
from openvoicelive.audio.pcm import FloatSamples

LAGS = 32
"""Lags that are searched, in blocks: 1024 ms."""

# 94 to 4094 Hz: most of the power of speech and loudspeakers, for half of the work.
_BAND = slice(6, 262)
_BAND_BINS = 256
# The band alone has a quarter of the full resolution; the second half of each transform is circular.
_STEP_SAMPLES = 4
_POINTS = BLOCK_SAMPLES // _STEP_SAMPLES
# Averages over about a second.
_MEMORY = np.float32(0.97)
_REGULARISATION = 0.1
_ESTIMATE_EVERY_BLOCKS = 6
_LEAST_BLOCKS = 8
# A peak must have this share of the energy. Without an echo, the largest share measured was 0.006.
_CLEAR_SHARE = 0.012
# Two estimates in succession must agree.
_AGREEMENT_SAMPLES = 512


@dataclass(frozen=True)
class _Peak:
    lag_samples: int
    share: float


class EchoDelay:
    """The delay of one session's echo."""

    def __init__(self) -> None:
        self._cross = np.zeros((LAGS, _BAND_BINS), np.complex64)
        self._played_power = np.zeros(_BAND_BINS, np.float32)
        self._blocks = 0
        self._candidate: _Peak | None = None

    def forget(self) -> None:
        """Start over, for an echo that may have another delay."""
        self._cross[:] = 0
        self._played_power[:] = 0
        self._blocks = 0
        self._candidate = None

    def process(self, microphone: ComplexSpectra, played: ComplexSpectra) -> int | None:
        """Take the next block; return the delay in samples (precise to 4) if this block made it certain.

        `played` has the spectra of at least `LAGS` blocks, newest first. Only call it while something is
        played: silence teaches nothing.
        """
        band = played[:LAGS, _BAND]
        self._cross *= _MEMORY
        self._cross += np.conj(band) * microphone[_BAND]
        self._played_power *= _MEMORY
        self._played_power += power(band[0])
        self._blocks += 1
        if self._blocks < _LEAST_BLOCKS or self._blocks % _ESTIMATE_EVERY_BLOCKS:
            return None
        return self._agreed(self._peak())

    def _peak(self) -> _Peak:
        weight = self._played_power + _REGULARISATION * self._played_power.mean() + np.float32(1e-6)
        response = np.fft.ifft(self._cross / weight, axis=1)[:, :_POINTS]
        envelope: FloatSamples = power(response.astype(np.complex64, copy=False)).ravel()
        highest = int(envelope.argmax())
        share = float(envelope[highest] / (envelope.sum() + 1e-20))
        return _Peak(highest * _STEP_SAMPLES, share)

    def _agreed(self, peak: _Peak) -> int | None:
        before, self._candidate = self._candidate, peak if peak.share >= _CLEAR_SHARE else None
        if before is None or self._candidate is None:
            return None
        if abs(peak.lag_samples - before.lag_samples) > _AGREEMENT_SAMPLES:
            return None
        return peak.lag_samples
