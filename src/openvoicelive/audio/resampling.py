"""Change of sampling rate for sound that arrives in pieces."""

import math
from functools import lru_cache

import numpy as np
import soxr

from openvoicelive.audio.pcm import FloatSamples

LOWEST_RATE_HZ = 8_000
HIGHEST_RATE_HZ = 48_000

# Up to this many samples make a block in the small resampler: all multiples of 8 kHz are far below.
_LARGEST_BLOCK = 12
# The overlapping windows of so many blocks are copied at a time; a long sound does not fill the memory.
_MOST_BLOCKS = 8_192
# Quality of the small resampler: an error of -87 dB up to 0.8 of the narrower band, aliases under -90 dB from
# 1.12 of it on. The sinc function is cut after so many of its zeros, by Kaiser's window with this shape.
_ZEROS = 20
_KAISER_SHAPE = 9.0
_BANDWIDTH = 0.93


class Resampler:
    """Resamples one stream; the pieces joined are what the whole would have given.

    A filter looks ahead, so some sound is held back until more, or `last`, arrives: 1.3 to 2.6 ms between
    multiples of 8 kHz, about 20 ms elsewhere. The output is aligned with the input: sample n of one is the
    same moment as sample n * to_hz / from_hz of the other.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        """Prepare for rates of 8 to 48 kHz.

        Raises:
            ValueError: If a rate is outside of that.

        """
        for rate_hz in (from_hz, to_hz):
            if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
                raise ValueError(f"a rate must be {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz, not {rate_hz}")
        divisor = math.gcd(from_hz, to_hz)
        block_in, block_out = from_hz // divisor, to_hz // divisor
        self._stream: _BlockStream | _SoxrStream | None = None
        if from_hz == to_hz:
            return
        if max(block_in, block_out) <= _LARGEST_BLOCK:
            self._stream = _BlockStream(block_in, block_out)
        else:
            self._stream = _SoxrStream(from_hz, to_hz)

    def process(self, samples: FloatSamples, *, last: bool = False) -> FloatSamples:
        """Take the next piece, return what is ready; after `last` the stream has ended."""
        return samples if self._stream is None else self._stream.process(samples, last=last)


class _BlockStream:
    """Makes `block_out` samples of every `block_in`, for simple ratios, with one product of matrices.

    This is here for its short delay: soxr holds back 20 ms of sound at 24 kHz and 61 ms at 8 kHz, which each
    answer would come later. For each second of sound it costs 0.3 to 0.5 ms, about as much as soxr.
    """

    def __init__(self, block_in: int, block_out: int) -> None:
        self._block_in, self._block_out = block_in, block_out
        self._filter = _block_filter(block_in, block_out)
        self._reach = (self._filter.shape[0] - block_in + 1) // 2
        self._rest: FloatSamples = np.zeros(self._reach - 1, dtype=np.float32)
        self._samples_in = 0
        self._samples_out = 0

    def process(self, samples: FloatSamples, *, last: bool) -> FloatSamples:
        self._samples_in += samples.size
        padding = np.zeros(self._reach + self._block_in if last else 0, dtype=np.float32)
        sound = np.concatenate((self._rest, samples, padding))
        blocks = (sound.size - self._filter.shape[0]) // self._block_in + 1
        if blocks <= 0:
            self._rest = sound
            return np.empty(0, dtype=np.float32)
        self._rest = sound[blocks * self._block_in :].copy()
        step, item = self._block_in * sound.itemsize, sound.itemsize
        # The windows overlap in one view of the sound; numpy's own ways to make it cost more than the rest.
        windows = np.ndarray((blocks, self._filter.shape[0]), np.float32, sound, strides=(step, item))
        resampled = np.concatenate(
            [
                (windows[start : start + _MOST_BLOCKS].copy() @ self._filter).ravel()
                for start in range(0, blocks, _MOST_BLOCKS)
            ]
        )
        if last:
            wanted = -(-self._samples_in * self._block_out // self._block_in)
            resampled = resampled[: wanted - self._samples_out]
        self._samples_out += resampled.size
        return resampled


class _SoxrStream:
    """Any ratio, by libsoxr. Its "low quality" is 16 bit: more than speech recognition can tell."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._stream = soxr.ResampleStream(from_hz, to_hz, num_channels=1, dtype="float32", quality="LQ")

    def process(self, samples: FloatSamples, *, last: bool) -> FloatSamples:
        return np.asarray(self._stream.resample_chunk(samples, last=last), dtype=np.float32)


@lru_cache(maxsize=32)
def _block_filter(block_in: int, block_out: int) -> FloatSamples:
    """Return the matrix that makes a block: a windowed sinc for each sample of the output.

    Its rows are the samples of the block and of what the filter reaches before and after it.
    """
    bandwidth = min(1.0, block_out / block_in) * _BANDWIDTH
    reach = math.ceil(_ZEROS / bandwidth)
    row = np.arange(1 - reach, block_in + reach)[:, np.newaxis]
    distance = row - np.arange(block_out) * block_in / block_out
    window = np.i0(_KAISER_SHAPE * np.sqrt(np.clip(1 - np.square(distance / reach), 0, 1)))
    weights = np.sinc(distance * bandwidth) * np.where(np.abs(distance) <= reach, window, 0)
    matrix: FloatSamples = (weights / weights.sum(axis=0)).astype(np.float32)
    return matrix
