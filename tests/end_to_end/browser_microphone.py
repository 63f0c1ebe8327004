"""What people say in the tests with a browser: WAV files that Chromium plays into its microphone."""

import wave
from functools import cache
from pathlib import Path

import numpy as np
import soxr

from openvoicelive.audio.pcm import Int16Samples, bytes_from_int16
from openvoicelive.synthesis.engines import load_synthesizer
from openvoicelive.synthesis.interface import VoiceRequest
from tests.speech_clips import load

RATE_HZ = 24_000
BEFORE_READY_S = 6.0
"""The file begins when the page asks for the microphone; the session has this long to become ready."""


def silence(seconds: float) -> Int16Samples:
    return np.zeros(round(seconds * RATE_HZ), np.int16)


def clip(name: str) -> Int16Samples:
    """A real person."""
    return load(name, RATE_HZ)


@cache
def synthetic(text: str) -> Int16Samples:
    """A synthetic voice, for what nobody says in a clip."""
    synthesizer = load_synthesizer()
    samples = np.concatenate([speech.samples for speech in synthesizer.speak(text, VoiceRequest())])
    resampled: Int16Samples = soxr.resample(samples, synthesizer.capabilities.rate_hz, RATE_HZ)
    synthesizer.close()
    return resampled


def write_wav(path: Path, *parts: Int16Samples) -> Path:
    """Write what is said, one part after the other."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(bytes_from_int16(np.concatenate(parts)))
    return path
