"""PCM16, as it is on the wire (mono, 16 bit, little-endian), and the arrays that the rest works with."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Int16Samples = npt.NDArray[np.int16]
FloatSamples = npt.NDArray[np.float32]
"""Mono sound, -1.0 to 1.0."""

_FULL_SCALE = 32_768
_STEP = np.float32(1 / _FULL_SCALE)
_WIRE_SAMPLE = np.dtype("<i2")


@dataclass(frozen=True)
class AudioFormat:
    """How mono sound is laid out in bytes."""

    rate_hz: int
    """Samples per second."""

    sample_bytes: int = 2
    """Bytes in one sample: 2 for pcm16, 1 for g711."""

    def duration_ms(self, length_bytes: int) -> int:
        """Return how long that many bytes sound, in whole milliseconds, rounded down."""
        return length_bytes * 1000 // (self.rate_hz * self.sample_bytes)

    def length_bytes(self, duration_ms: int) -> int:
        """Return how many bytes sound that long; always whole samples."""
        return duration_ms * self.rate_hz // 1000 * self.sample_bytes


PCM16_24KHZ = AudioFormat(rate_hz=24_000)
"""What Voice Live speaks unless it is told otherwise."""


def int16_from_bytes(audio: bytes) -> Int16Samples:
    """Read PCM16 without a copy; the array is read-only.

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
    """Round to the nearest step; what is too loud is clipped, it never wraps around."""
    scaled = np.rint(samples * _FULL_SCALE)
    clipped: Int16Samples = np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)
    return clipped


class SampleReader:
    """Reads a stream of PCM16 whose pieces may end in the middle of a sample.

    Clients send whatever they read from a file or a socket, also odd numbers of bytes. The half sample waits
    for the next piece; dropping it would turn all that follows into noise.
    """

    def __init__(self) -> None:
        self._half_sample = b""

    def read(self, audio: bytes) -> Int16Samples:
        """Return the samples that are complete by now."""
        if self._half_sample:
            audio = self._half_sample + audio
        whole_bytes = len(audio) // 2 * 2
        self._half_sample = audio[whole_bytes:]
        return int16_from_bytes(audio[:whole_bytes])
