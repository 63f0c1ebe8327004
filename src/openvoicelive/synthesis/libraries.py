"""Loads the system's shared libraries, and reads their samples from memory.

An error tells a library that is not installed from one that is damaged.
"""

import ctypes
import re
from ctypes import c_char_p, c_void_p
from pathlib import Path
from typing import Any

import numpy as np

from openvoicelive.audio.pcm import FloatSamples, float_from_int16
from openvoicelive.errors import EngineError, EngineNotInstalled
from openvoicelive.installed_files import CODE as DAMAGED

_SAMPLE_BYTES = 2
_VERSION = re.compile(r"\.so\.(\d+(?:\.\d+)+)$")


class _SymbolInfo(ctypes.Structure):
    """Dl_info of dladdr(3)."""

    _fields_ = (("file", c_char_p), ("base", c_void_p), ("symbol", c_char_p), ("address", c_void_p))


def load_library(name: str, engine: str) -> ctypes.CDLL:
    """Load a shared library.

    Raises:
        EngineNotInstalled: If there is no such file.
        EngineError: If there is one, but it cannot be loaded.

    """
    try:
        return ctypes.CDLL(name)
    except OSError as error:
        # dlopen gives no error number. If a file that the library needs is missing, it names that file.
        if str(error).startswith(f"{name}: ") and "No such file" in str(error):
            raise EngineNotInstalled(f"{engine} is not installed: there is no {Path(name).name}.") from error
        raise EngineError(f"{engine} is damaged: {Path(name).name} does not load.", code=DAMAGED) from error


def library_file(function: Any) -> Path | None:
    """Return the file that a function was loaded from, links resolved; None if the system does not tell."""
    dladdr = getattr(ctypes.CDLL(None), "dladdr", None)
    info = _SymbolInfo()
    if dladdr is None or not dladdr(ctypes.cast(function, c_void_p), ctypes.byref(info)) or not info.file:
        return None
    return Path(info.file.decode()).resolve()


def library_version(function: Any) -> str | None:
    """Return the version in the name of the file that a function was loaded from, such as 2.2 of libx.so.2.2.

    None where the name has only the number of an interface, or the system does not tell.
    """
    file = library_file(function)
    found = _VERSION.search(file.name) if file else None
    return found[1] if found else None


def copied_samples(pointer: Any, start: int, end: int) -> FloatSamples:
    """Copy the 16-bit samples from `start` to `end` behind a ctypes pointer, as floats.

    `np.ctypeslib.as_array` would make two ctypes types for each length, which ctypes never frees, and a
    reference cycle for each call.
    """
    address = ctypes.addressof(pointer.contents) + _SAMPLE_BYTES * start
    return float_from_int16(np.frombuffer(ctypes.string_at(address, _SAMPLE_BYTES * (end - start)), np.int16))
