"""Samples in the memory of an engine that is written in C."""

import ctypes
from typing import Any

import numpy as np

from openvoicelive.synthesis.interface import Samples

_SAMPLE_BYTES = 2


def copied(pointer: Any, start: int, end: int) -> Samples:
    """Copy the 16-bit samples from `start` to `end` that a ctypes pointer leads to.

    `np.ctypeslib.as_array` makes two ctypes types for each length, which ctypes keeps for ever, and a
    reference cycle for each call.
    """
    address = ctypes.addressof(pointer.contents) + _SAMPLE_BYTES * start
    return np.frombuffer(ctypes.string_at(address, _SAMPLE_BYTES * (end - start)), np.int16)
