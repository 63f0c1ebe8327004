"""Distinguishes a person's voice from residual echo.

Every filter leaves some of the assistant's voice, and the voice activity model detects even a quiet rest. So
only sound above the filter's uncertainty, and above the share of the echo that the filter has left so far,
counts as a person nearby. The rest counts as echo.
"""

from collections.abc import Sequence

import numpy as np

from openvoicelive.audio.echo_filter import BLOCK_SAMPLES, FilteredBlock
from openvoicelive.audio.pcm import FloatSamples

# 94 Hz to 8 kHz in 16 bands that widen with the frequency, like those of human hearing.
_EDGES = np.array([3, 6, 10, 14, 19, 25, 32, 40, 50, 63, 80, 101, 128, 161, 203, 256])
# The uncertainty of the simplified Kalman filter is too small while it learns.
_DOUBT_FACTOR = np.float32(4)
# Residual echo in one block may be this many times (6 dB) above its mean.
_MARGIN = np.float32(4)
# Reverberation later than the filter's end, falling by 60 dB in about 600 ms.
_TAIL = np.float32(0.6)
# A block counts as near if the echo does not explain at least this share of its power.
_NEAR_SHARE = 0.5
# How fast the residual share follows in each block, down and up. It hardly rises while somebody speaks.
_FALL = np.float32(0.15)
_RISE = np.float32(1.05)
_RISE_WHILE_NEAR = np.float32(1.005)
_LEAST_SHARE = np.float32(1e-5)
# An echo below this (-66 dBFS) tells nothing about how much of it is left.
_LEAST_ECHO_POWER = np.float32(BLOCK_SAMPLES * 2.5e-7)


class EchoGate:
    """Judges the blocks of one session."""

    def __init__(self) -> None:
        bands = _EDGES.size
        self._residual_share = np.ones(bands, np.float32)
        self._tail = np.zeros(bands, np.float32)

    def distrust(self) -> None:
        """Assume that the filter may leave the whole echo, until the opposite is measured."""
        self._residual_share[:] = 1

    def somebody_is_near(self, block: FilteredBlock) -> bool:
        """Return whether more is heard than the echo explains; true also if there is no echo."""
        rest, echo = _in_bands(block.rest_power), _in_bands(block.echo_power)
        self._tail = np.maximum(echo, _TAIL * self._tail)
        near = self._is_near(rest, block, self._tail)
        self._follow(rest, echo, near=near)
        return near

    def somebody_was_near(self, blocks: Sequence[FilteredBlock]) -> list[bool]:
        """Return the same for successive earlier blocks, by what is known now. Learns nothing."""
        tail = np.zeros_like(self._tail)
        judgements = []
        for block in blocks:
            tail = np.maximum(_in_bands(block.echo_power), _TAIL * tail)
            judgements.append(self._is_near(_in_bands(block.rest_power), block, tail))
        return judgements

    def _is_near(self, rest: FloatSamples, block: FilteredBlock, tail: FloatSamples) -> bool:
        explained = _MARGIN * np.maximum(
            _DOUBT_FACTOR * _in_bands(block.doubt_power), self._residual_share * tail
        )
        return bool(np.maximum(rest - explained, 0).sum() >= _NEAR_SHARE * rest.sum())

    def _follow(self, rest: FloatSamples, echo: FloatSamples, *, near: bool) -> None:
        if echo.sum() < _LEAST_ECHO_POWER:
            return
        share = self._residual_share
        lower = share + _FALL * (rest / (echo + np.float32(1e-9)) - share)
        higher = share * (_RISE_WHILE_NEAR if near else _RISE)
        self._residual_share = np.clip(np.where(lower < share, lower, higher), _LEAST_SHARE, 1)


def _in_bands(powers: FloatSamples) -> FloatSamples:
    sums: FloatSamples = np.add.reduceat(powers, _EDGES)
    return sums
