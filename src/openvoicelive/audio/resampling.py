"""Changes the sampling rate of sound that arrives in pieces."""

import math
from fractions import Fraction
from functools import lru_cache

import numpy as np
import soxr

from openvoicelive.audio.pcm import FloatSamples

LOWEST_RATE_HZ = 8_000
HIGHEST_RATE_HZ = 48_000

# The block resampler takes ratios with at most this many samples on a side. Multiples of 8 kHz need up to 6.
_LARGEST_BLOCK = 12
# The overlapping windows of this many blocks are copied at a time, so that a long sound needs little memory.
_BLOCKS_AT_ONCE = 8_192
# Quality of the block resampler: an error of -87 dB up to 0.8 of the narrower band, aliases under -90 dB from
# 1.12 of it on. The sinc function is cut after this many zeros, by a Kaiser window of this shape.
_ZEROS = 20
_KAISER_SHAPE = 9.0
_BANDWIDTH = 0.93


class Resampler:
    """Resamples one stream. The joined pieces equal the resampled whole.

    A filter looks ahead, so some sound is held back until more sound, or `last`, arrives: 1.3 to 2.8 ms
    between multiples of 8 kHz, 1 to 72 ms elsewhere (44 ms from 22.05 to 8 kHz). Input and output are
    aligned: sample n of the input is the same moment as sample n * to_hz / from_hz of the output. The output
    is as long as the input, rounded up to a whole sample.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        """Prepare for two rates of 8 to 48 kHz.

        Raises:
            ValueError: If a rate is outside of this range.

        """
        for rate_hz in (from_hz, to_hz):
            if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
                raise ValueError(f"a rate must be {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz, not {rate_hz}")
        self._ratio = Fraction(to_hz, from_hz)
        self._samples_in = self._samples_out = 0
        self._stream: _BlockStream | _SoxrStream | None = None
        if from_hz == to_hz:
            return
        block_out, block_in = self._ratio.as_integer_ratio()
        if max(block_in, block_out) <= _LARGEST_BLOCK:
            self._stream = _BlockStream(block_in, block_out)
        else:
            self._stream = _SoxrStream(from_hz, to_hz)

    def process(self, samples: FloatSamples, *, last: bool = False) -> FloatSamples:
        """Take the next piece and return the output that is ready. `last` ends the stream."""
        if self._stream is None:
            return samples
        resampled = self._stream.process(samples, last=last)
        self._samples_in += samples.size
        if last:
            resampled = resampled[: math.ceil(self._samples_in * self._ratio) - self._samples_out]
        self._samples_out += resampled.size
        return resampled


class _BlockStream:
    """Makes `block_out` samples of every `block_in`, for simple ratios, with one matrix product.

    It exists because of its short delay. soxr holds back 20 ms of sound at 24 kHz and 61 ms at 8 kHz, and
    every answer would begin that much later. A second of sound costs 0.1 to 0.5 ms of CPU, as with soxr.
    """

    def __init__(self, block_in: int, block_out: int) -> None:
        self._block_in = block_in
        self._filter = _block_filter(block_in, block_out)
        self._reach = (self._filter.shape[0] - block_in + 1) // 2
        self._rest: FloatSamples = np.zeros(self._reach - 1, dtype=np.float32)

    def process(self, samples: FloatSamples, *, last: bool) -> FloatSamples:
        padding = np.zeros(self._reach + self._block_in if last else 0, dtype=np.float32)
        sound = np.concatenate((self._rest, samples, padding))
        blocks = (sound.size - self._filter.shape[0]) // self._block_in + 1
        if blocks <= 0:
            self._rest = sound
            return np.empty(0, dtype=np.float32)
        self._rest = sound[blocks * self._block_in :].copy()
        step, item = self._block_in * sound.itemsize, sound.itemsize
        # The windows overlap in one view of the sound. numpy's own ways to make such a view are slower than
        # the rest of this method.
        windows = np.ndarray((blocks, self._filter.shape[0]), np.float32, sound, strides=(step, item))
        return np.concatenate(
            [
                (windows[start : start + _BLOCKS_AT_ONCE].copy() @ self._filter).ravel()
                for start in range(0, blocks, _BLOCKS_AT_ONCE)
            ]
        )


class _SoxrStream:
    """Resamples any ratio with libsoxr. Its "low quality" is precise to 16 bits, more than speech needs."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._stream = soxr.ResampleStream(from_hz, to_hz, num_channels=1, dtype="float32", quality="LQ")
        # Two more samples of output: libsoxr rounds the length down.
        self._padding: FloatSamples = np.zeros(-(-2 * from_hz // to_hz), np.float32)

    def process(self, samples: FloatSamples, *, last: bool) -> FloatSamples:
        if last:
            samples = np.concatenate((samples, self._padding))
        return np.asarray(self._stream.resample_chunk(samples, last=last), dtype=np.float32)


@lru_cache(maxsize=32)
def _block_filter(block_in: int, block_out: int) -> FloatSamples:
    """Return the matrix that makes a block: one column, a windowed sinc, for each output sample.

    Its rows are the input samples of the block and those within the filter's reach before and after it.
    """
    bandwidth = min(1.0, block_out / block_in) * _BANDWIDTH
    reach = math.ceil(_ZEROS / bandwidth)
    row = np.arange(1 - reach, block_in + reach)[:, np.newaxis]
    distance = row - np.arange(block_out) * block_in / block_out
    window = np.i0(_KAISER_SHAPE * np.sqrt(np.clip(1 - np.square(distance / reach), 0, 1)))
    weights = np.sinc(distance * bandwidth) * np.where(np.abs(distance) <= reach, window, 0)
    matrix: FloatSamples = (weights / weights.sum(axis=0)).astype(np.float32)
    return matrix
