"""The sound files that the official tests read, synthesised with flite.

The originals are not in the SDK's source package. A comment at each recipe says what the tests demand of the
file. Every run gives the same bytes.
"""

import ctypes
import io
import wave
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import soxr

from openvoicelive.audio.g711 import encode_alaw, encode_mulaw
from openvoicelive.audio.pcm import Int16Samples, bytes_from_int16, int16_from_float
from openvoicelive.synthesis.flite import RATE_HZ as SPEECH_RATE_HZ
from openvoicelive.synthesis.flite import FliteSynthesizer
from openvoicelive.synthesis.interface import VoiceRequest

WIRE_RATE_HZ = 24_000
RATES_HZ = MappingProxyType({"8kHz": 8_000, "16kHz": 16_000, "44kHz": 44_100})
"""The sampling rates of their own, as the files' names say them."""

LAKE_QUESTION = "What's the largest lake in the world?"
WEATHER_QUESTION = "What is the weather in Beijing?"
GREETING = "Good morning, everybody."
REQUEST = "I would like to hear something about the sea."
FILLER = "Uh."
"""The filler in Azure's list that Moonshine hears as a filler at every length."""

_PEAK = 0.6 * 32_767
_HISS = 4.0
"""Standard deviation of the noise below everything: a microphone is never quite silent."""
_AUDIBLE = 200

_Track = npt.NDArray[np.float64]


def sound_files() -> Mapping[str, bytes]:
    """Return the files by name.

    Raises:
        EngineError: If flite is not installed.

    """
    voice = _Voice()
    # The tests of sampling rates want the turn at 0 ms, and its end, with 200 ms of silence, at 1680 ± 50 ms.
    lake = _Recording(1_520)
    lake.add(voice.say(LAKE_QUESTION, duration_ms=1_300), at_ms=120)
    files = {f"largest_lake.{name}.wav": lake.wav(rate_hz) for name, rate_hz in RATES_HZ.items()}
    files["largest_lake.wav"] = lake.wav(WIRE_RATE_HZ)
    files["largest_lake.ulaw"] = encode_mulaw(lake.samples(8_000))
    files["largest_lake.alaw"] = encode_alaw(lake.samples(8_000))

    # Exactly two turns. Not all tests send silence afterwards, so it ends with enough for the longest wait.
    greeting, request = voice.say(GREETING), voice.say(REQUEST)
    second_ms = 300 + _duration_ms(greeting) + 1_600
    two_turns = _Recording(second_ms + _duration_ms(request) + 900)
    two_turns.add(greeting, at_ms=300)
    two_turns.add(request, at_ms=second_ms)
    files["4-1.wav"] = two_turns.wav(WIRE_RATE_HZ)

    weather = voice.say(WEATHER_QUESTION)
    asked = _Recording(250 + _duration_ms(weather) + 250)
    asked.add(weather, at_ms=250)
    files["ask_weather.wav"] = asked.wav(WIRE_RATE_HZ)
    files["ask_weather.mp3"] = silent_mp3(duration_ms=1_000)

    # Speech, but no turn where filler words are removed.
    thinking = _Recording(3_100)
    for at_ms in (400, 1_600):
        thinking.add(voice.say(FILLER), at_ms=at_ms)
    files["filler_word_24kHz.wav"] = thinking.wav(WIRE_RATE_HZ)
    return files


def silent_mp3(*, duration_ms: int) -> bytes:
    """Return an MP3 file that plays silence: MPEG-2 layer III, 24 kHz, mono, 64 kbit/s.

    The tests send the file as if it were PCM, so only its bytes matter and no encoder is needed. The
    side information of each frame is zeros, so `part2_3_length` is 0 (ISO/IEC 13818-3, 2.4.1.7) and the
    rest of the frame is ancillary data. Here that is noise, because compressed sound looks like noise.
    """
    header = bytes.fromhex("fff384c4")
    side_information = bytes(9)
    frame_bytes, frame_ms = 192, 24
    noise = np.random.default_rng(seed=3)
    ancillary_bytes = frame_bytes - len(header) - len(side_information)
    # Below 128, so that no two bytes look like the beginning of a frame.
    frames = (
        header + side_information + noise.integers(0, 128, ancillary_bytes, np.uint8).tobytes()
        for _ in range(-(-duration_ms // frame_ms))
    )
    return b"".join(frames)


class _Voice:
    """flite's female voice, the one that the recognisers understand best."""

    def __init__(self) -> None:
        self._flite = FliteSynthesizer()
        self._c_library = ctypes.CDLL(None)

    def say(self, text: str, *, duration_ms: int | None = None) -> Int16Samples:
        """Return a sentence without the silence around it, as fast as it needs to be for its duration."""
        natural = self._spoken(text, rate=1.0)
        if duration_ms is None:
            return natural
        return self._spoken(text, rate=_duration_ms(natural) / duration_ms)

    def _spoken(self, text: str, *, rate: float) -> Int16Samples:
        self._c_library.srand(1)  # the breath in flite's voices is C's rand()
        stretches = self._flite.speak(text, VoiceRequest(gender="female", rate=rate))
        sound = int16_from_float(np.concatenate([stretch.samples for stretch in stretches]))
        audible = np.flatnonzero(np.abs(sound) > _AUDIBLE)
        return sound[audible[0] : audible[-1] + 1]


class _Recording:
    """Silence with sentences in it, at any sampling rate."""

    def __init__(self, duration_ms: int) -> None:
        self._track: _Track = np.zeros(duration_ms * SPEECH_RATE_HZ // 1000)

    def add(self, speech: Int16Samples, *, at_ms: int) -> None:
        start = at_ms * SPEECH_RATE_HZ // 1000
        self._track[start : start + speech.size] += speech * (_PEAK / np.abs(speech).max())

    def samples(self, rate_hz: int) -> Int16Samples:
        sound: _Track = soxr.resample(self._track, SPEECH_RATE_HZ, rate_hz)
        hiss = np.random.default_rng(seed=1).normal(0, _HISS, sound.size)
        clipped: Int16Samples = np.clip(np.rint(sound + hiss), -32_768, 32_767).astype(np.int16)
        return clipped

    def wav(self, rate_hz: int) -> bytes:
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(2)
            writer.setframerate(rate_hz)
            writer.writeframes(bytes_from_int16(self.samples(rate_hz)))
        return file.getvalue()


def _duration_ms(speech: Int16Samples) -> int:
    return speech.size * 1000 // SPEECH_RATE_HZ
