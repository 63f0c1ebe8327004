"""Encodes and decodes G.711, the telephone's 8-bit format, with tables.

The tables follow ITU-T G.711 (11/1988) in the arithmetic of the reference code in ITU-T G.191, whose 16-bit
samples are the standard's 14 (mu-law) or 13 bits (A-law) at the top of the word.
"""

import numpy as np
import numpy.typing as npt

from openvoicelive.audio.pcm import Int16Samples

_Codes = npt.NDArray[np.uint8]

# Table 2a/G.711, note 2: 33 steps of 14 bits are added, so that every segment begins at a power of two.
_MU_BIAS = 33
_MU_LARGEST = 8_191
# 6.2 of G.711: the even bits of an A-law word are inverted.
_A_INVERTED_BITS = 0x55


def decode_mulaw(audio: bytes) -> Int16Samples:
    """Return the samples of mu-law bytes."""
    return _MU_DECODED[np.frombuffer(audio, dtype=np.uint8)]


def encode_mulaw(samples: Int16Samples) -> bytes:
    """Return mu-law bytes, one for each sample."""
    return _MU_ENCODED[samples.view(np.uint16)].tobytes()


def decode_alaw(audio: bytes) -> Int16Samples:
    """Return the samples of A-law bytes."""
    return _A_DECODED[np.frombuffer(audio, dtype=np.uint8)]


def encode_alaw(samples: Int16Samples) -> bytes:
    """Return A-law bytes, one for each sample."""
    return _A_ENCODED[samples.view(np.uint16)].tobytes()


def _all_samples() -> npt.NDArray[np.int64]:
    """Return every 16-bit sample, ordered by its bits as an unsigned number."""
    return np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int64)


def _magnitude(samples: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return magnitudes, the negative ones by one's complement, so that -1 and 0 have the same."""
    return np.where(samples < 0, ~samples, samples)


def _exponent(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the index of the highest set bit."""
    _, exponents = np.frexp(np.maximum(numbers, 1).astype(np.float64))
    return exponents.astype(np.int64) - 1


def _mulaw_encoding() -> _Codes:
    samples = _all_samples()
    biased = np.minimum((_magnitude(samples) >> 2) + _MU_BIAS, _MU_LARGEST)
    segment = _exponent(biased) - 5
    code = (segment << 4) | ((biased >> (segment + 1)) & 0x0F)
    sign = np.where(samples < 0, 0x80, 0)
    inverted: _Codes = (~(code | sign) & 0xFF).astype(np.uint8)
    return inverted


def _mulaw_decoding() -> Int16Samples:
    code = ~np.arange(256) & 0xFF
    segment, step = code >> 4 & 0x07, code & 0x0F
    magnitude = ((2 * step + _MU_BIAS << segment) - _MU_BIAS) << 2
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _alaw_encoding() -> _Codes:
    samples = _all_samples()
    magnitude = _magnitude(samples) >> 4
    # The two lowest of the eight segments have the same step: below 32, the code is the magnitude itself.
    segment = np.maximum(_exponent(magnitude) - 3, 1)
    code = np.where(magnitude < 32, magnitude, (segment << 4) | ((magnitude >> (segment - 1)) & 0x0F))
    sign = np.where(samples < 0, 0, 0x80)
    return ((code | sign) ^ _A_INVERTED_BITS).astype(np.uint8)


def _alaw_decoding() -> Int16Samples:
    code = np.arange(256) ^ _A_INVERTED_BITS
    segment, step = code >> 4 & 0x07, code & 0x0F
    magnitude = np.where(segment > 0, (2 * step + 33) << np.maximum(segment - 1, 0), 2 * step + 1) << 3
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


_MU_ENCODED, _MU_DECODED = _mulaw_encoding(), _mulaw_decoding()
_A_ENCODED, _A_DECODED = _alaw_encoding(), _alaw_decoding()
