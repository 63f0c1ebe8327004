"""What people say in the tests with a browser: WAV files that Chromium plays into its microphone."""

import wave
from pathlib import Path

import numpy as np

from openvoicelive.audio.pcm import Int16Samples, bytes_from_int16
from tests.speech_clips import load, synthesised

RATE_HZ = 24_000
BEFORE_READY_S = 6.0
"""The file begins when the page asks for the microphone; the session has this long to become ready."""


def silence(seconds: float) -> Int16Samples:
    return np.zeros(round(seconds * RATE_HZ), np.int16)


def clip(name: str) -> Int16Samples:
    """Return one of the clips."""
    return load(name, RATE_HZ)


def synthetic(text: str) -> Int16Samples:
    """Return a synthetic voice, for what nobody says in a clip."""
    return synthesised(text, RATE_HZ)


def write_wav(path: Path, *parts: Int16Samples) -> Path:
    """Write what is said, one part after the other."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(bytes_from_int16(np.concatenate(parts)))
    return path
