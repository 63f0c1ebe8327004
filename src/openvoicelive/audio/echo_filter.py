"""Learns the echo path from loudspeaker to microphone and subtracts the echo, also during double talk.

A partitioned-block frequency-domain Kalman filter. The echo path is a slowly changing state with an
uncertainty at each frequency, and each block is weighted by how loud the person near the microphone seems to
be. So the filter learns in a few seconds and does not diverge when both speak; a fixed step size cannot do
both. Enzner and Vary, "Frequency-domain adaptive Kalman filter for acoustic echo
control in hands-free telephones", Signal Processing 86 (2006); in partitions: Kuech, Mabande and Enzner,
"State-space architecture of the partitioned-block-based acoustic echo controller", ICASSP 2014.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from openvoicelive.audio.pcm import FloatSamples

BLOCK_SAMPLES = 512
"""32 ms at 16 kHz, the window of the voice activity model, so a block adds no delay to turn detection."""

BINS = BLOCK_SAMPLES + 1
PARTITIONS = 8
"""A quarter of a second of echo path: the direct sound, up to 100 ms into it, then the room's response."""

ComplexSpectra = npt.NDArray[np.complex64]

# How much of the path persists from block to block. Nearer to 1.0, the filter learns a constant path better,
# but cannot follow two clocks that differ by 50 ppm.
_PERSISTENCE = 0.997
# The expected power of an unknown echo path in each bin; it decays from partition to partition.
_PRIOR_POWER = 0.1
_PRIOR_DECAY = 0.4
_NEAR_SMOOTHING = 0.7
# The near power is smoothed over 17 bins (270 Hz), which makes learning twice as fast.
_NEAR_REACH = 8
_ZERO = np.zeros(1)
_SMOOTHING_START = np.maximum(np.arange(BINS) - _NEAR_REACH, 0)
_SMOOTHING_END = np.minimum(np.arange(BINS) + _NEAR_REACH + 1, BINS)
_SMOOTHING_WEIGHT = 1 / (_SMOOTHING_END - _SMOOTHING_START)
# A part of the error always counts as the near end, because the model is never exact.
_LEAST_NEAR_SHARE = 0.02
_TINY_POWER = np.float32(1e-4)
# The uncertainty after the path has jumped: the error of a shifted path is about as large as the path.
_DOUBT = 0.5


@dataclass(frozen=True)
class FilteredBlock:
    """The parts of one block of the microphone. Power spectra have 513 bins."""

    rest: FloatSamples
    """512 samples without the expected echo."""

    microphone_power: FloatSamples
    rest_power: FloatSamples
    echo_power: FloatSamples
    """Of the expected echo, which was subtracted."""

    doubt_power: FloatSamples
    """Of the echo that may be left, by the filter's uncertainty."""


def spectrum_of(samples: npt.NDArray[np.floating[Any]]) -> ComplexSpectra:
    """Transform the last axis, in single precision, which numpy's types do not know."""
    spectrum: ComplexSpectra = np.fft.rfft(samples).astype(np.complex64, copy=False)
    return spectrum


def power(spectrum: ComplexSpectra) -> FloatSamples:
    """Return the squared magnitudes; without the root that `abs` would take first."""
    squares: FloatSamples = np.square(spectrum.real) + np.square(spectrum.imag)
    return squares


class EchoFilter:
    """The echo path of one session, 256 ms long."""

    def __init__(self) -> None:
        self._path = np.zeros((PARTITIONS, BINS), np.complex64)
        decay = _PRIOR_POWER * np.exp(-_PRIOR_DECAY * np.arange(PARTITIONS, dtype=np.float32))
        self._prior: FloatSamples = np.repeat(decay[:, np.newaxis], BINS, axis=1).astype(np.float32)
        self._uncertainty = self._prior.copy()
        self._near_power = np.full(BINS, 1e-3, np.float32)
        self._padded = np.zeros(2 * BLOCK_SAMPLES, np.float32)

    def process(
        self, microphone: FloatSamples, microphone_spectrum: ComplexSpectra, played: ComplexSpectra
    ) -> FilteredBlock:
        """Subtract the echo from a block of 512 samples, then learn from the rest.

        `microphone_spectrum` is the spectrum of 512 zeros and the block. `played` has the spectra of the last
        8 pairs of adjacent played blocks, newest first.
        """
        self._padded[BLOCK_SAMPLES:] = np.fft.irfft((played * self._path).sum(axis=0))[BLOCK_SAMPLES:]
        echo_spectrum = spectrum_of(self._padded)
        rest_spectrum = microphone_spectrum - echo_spectrum
        rest_power = power(rest_spectrum)
        doubt_power = self._learn(rest_spectrum, rest_power, played)
        return FilteredBlock(
            rest=microphone - self._padded[BLOCK_SAMPLES:],
            microphone_power=power(microphone_spectrum),
            rest_power=rest_power,
            echo_power=power(echo_spectrum),
            doubt_power=doubt_power,
        )

    def shift(self, samples: int) -> None:
        """Move the path by less than its length, later if positive, after the player's buffer has changed."""
        taps = np.fft.irfft(self._path, axis=1)[:, :BLOCK_SAMPLES].ravel()
        moved = np.zeros_like(taps)
        moved[max(samples, 0) : taps.size + min(samples, 0)] = taps[
            max(-samples, 0) : taps.size - max(samples, 0)
        ]
        padded = np.pad(moved.reshape(PARTITIONS, BLOCK_SAMPLES), ((0, 0), (0, BLOCK_SAMPLES)))
        self._path = spectrum_of(padded)
        self.doubt()

    def doubt(self) -> None:
        """Learn fast again, because the path has changed."""
        self._uncertainty = np.maximum(self._uncertainty, self._prior * 0.1 + _DOUBT * power(self._path))

    def forget(self) -> None:
        """Start over, at another delay."""
        self._path[:] = 0
        self._uncertainty = self._prior.copy()

    def _learn(
        self, rest_spectrum: ComplexSpectra, rest_power: FloatSamples, played: ComplexSpectra
    ) -> FloatSamples:
        """Do one step of the Kalman filter; return the power of the echo that was uncertain before it."""
        self._uncertainty += np.float32(1 - _PERSISTENCE**2) * power(self._path)
        played_power = power(played)
        # Half: the block is half of the transform's length (Kuech et al., equation 20).
        doubt_power = np.float32(0.5) * (self._uncertainty * played_power).sum(axis=0)
        near_power = np.maximum(rest_power - doubt_power, _LEAST_NEAR_SHARE * rest_power)
        self._near_power += np.float32(1 - _NEAR_SMOOTHING) * (near_power - self._near_power)
        gain = self._uncertainty / (doubt_power + _smoothed(self._near_power) + _TINY_POWER)
        change = np.fft.irfft(np.conj(played) * (gain * rest_spectrum), axis=1)
        # A partition's response is one block long. Without this, the circular convolution leaks in.
        change[:, BLOCK_SAMPLES:] = 0
        self._path += spectrum_of(change)
        self._uncertainty *= 1 - np.float32(0.5) * gain * played_power
        return np.asarray(doubt_power, np.float32)


def _smoothed(powers: FloatSamples) -> FloatSamples:
    sums = np.concatenate((_ZERO, np.cumsum(powers, dtype=np.float64)))
    means: FloatSamples = ((sums[_SMOOTHING_END] - sums[_SMOOTHING_START]) * _SMOOTHING_WEIGHT).astype(
        np.float32
    )
    return means
