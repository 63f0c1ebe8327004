"""Converts PCM16 of the wire (16 bit, little-endian) to arrays of integers or floats, and back."""

from typing import Any

import numpy as np
import numpy.typing as npt

Int16Samples = npt.NDArray[np.int16]
FloatSamples = npt.NDArray[np.float32]
"""Mono sound, -1.0 to 1.0."""

_FULL_SCALE = 32_768
_STEP = np.float32(1 / _FULL_SCALE)
_WIRE_SAMPLE = np.dtype("<i2")


def int16_from_bytes(audio: bytes) -> Int16Samples:
    """Read PCM16 without a copy. The array is read-only.

    Raises:
        ValueError: If the number of bytes is odd; `SampleReader` takes such input.

    """
    return np.frombuffer(audio, dtype=_WIRE_SAMPLE).astype(np.int16, copy=False)


def bytes_from_int16(samples: Int16Samples) -> bytes:
    """Write PCM16."""
    return samples.astype(_WIRE_SAMPLE, copy=False).tobytes()


def float_from_int16(samples: Int16Samples) -> FloatSamples:
    """Scale to -1.0 up to, but not including, 1.0."""
    return samples * _STEP


def int16_from_float(samples: npt.NDArray[np.floating[Any]]) -> Int16Samples:
    """Round to the nearest step. Samples that are too loud are clipped; they never wrap around."""
    scaled = np.rint(samples * _FULL_SCALE)
    clipped: Int16Samples = np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)
    return clipped


class SampleReader:
    """Reads a stream of PCM16 whose pieces may end in the middle of a sample.

    Clients send pieces as they read them from a file or a socket, also of odd length. Half a sample waits for
    the next piece. Dropping it would turn all later sound into noise.
    """

    def __init__(self) -> None:
        self._half_sample = b""

    def read(self, audio: bytes) -> Int16Samples:
        """Return the samples that are complete."""
        if self._half_sample:
            audio = self._half_sample + audio
        whole_bytes = len(audio) // 2 * 2
        self._half_sample = audio[whole_bytes:]
        return int16_from_bytes(audio[:whole_bytes])
