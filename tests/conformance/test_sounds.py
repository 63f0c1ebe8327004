"""The sound files of the official suite are what its cases demand, before a server hears them."""

import io
import wave
from collections.abc import Mapping

import numpy as np
import pytest
import soxr

from openvoicelive.audio.g711 import decode_alaw, decode_mulaw
from openvoicelive.audio.pcm import FloatSamples, float_from_int16, int16_from_bytes
from openvoicelive.audio.turns import SpeechBegan, SpeechEnded, TurnDetector, TurnOptions
from openvoicelive.audio.voice_activity import VoiceActivity, VoiceActivityModel, silero_model_path
from openvoicelive.audio.windows import WINDOW_MS, WINDOW_RATE_HZ, Windows
from openvoicelive.recognition.moonshine import MoonshineRecognizer
from openvoicelive.turns.word_rules import only_fillers
from tests.conformance.sounds import FILLER, LAKE_QUESTION, WEATHER_QUESTION, silent_mp3, sound_files
from tests.programs import require_program

LAKE_FILES = [
    f"largest_lake.{kind}" for kind in ("8kHz.wav", "16kHz.wav", "44kHz.wav", "wav", "ulaw", "alaw")
]


@pytest.fixture(scope="module")
def files() -> Mapping[str, bytes]:
    require_program("flite")
    return sound_files()


def heard(files: Mapping[str, bytes], name: str) -> FloatSamples:
    """Return a file's sound as the engines get it."""
    if name.endswith("law"):
        decode = decode_mulaw if name.endswith("ulaw") else decode_alaw
        samples, rate_hz = decode(files[name]), 8_000
    else:
        with wave.open(io.BytesIO(files[name])) as file:
            samples, rate_hz = int16_from_bytes(file.readframes(file.getnframes())), file.getframerate()
    resampled: FloatSamples = soxr.resample(float_from_int16(samples), rate_hz, WINDOW_RATE_HZ)
    return resampled


def turns(sound: FloatSamples, *, silence_duration_ms: int) -> list[SpeechBegan | SpeechEnded]:
    """Return where turns begin and end, with two seconds of silence after the sound."""
    detector = TurnDetector(TurnOptions(silence_duration_ms=silence_duration_ms))
    activity = VoiceActivity(VoiceActivityModel(silero_model_path()))
    windows = Windows().cut(np.concatenate((sound, np.zeros(2 * WINDOW_RATE_HZ, np.float32))))
    reports = [detector.process(activity.probability(window)) for window in windows]
    return [report for report in reports if isinstance(report, SpeechBegan | SpeechEnded)]


def words(sound: FloatSamples) -> str:
    recognizer = MoonshineRecognizer()
    try:
        return recognizer.transcribe(sound)
    finally:
        recognizer.close()


@pytest.mark.parametrize("name", LAKE_FILES)
def test_the_lake_is_asked_for_at_the_times_that_the_suite_expects(
    files: Mapping[str, bytes], name: str
) -> None:
    began, ended = turns(heard(files, name), silence_duration_ms=200)
    assert began == SpeechBegan(at_ms=0)
    # The suite allows 50 ms. One window of that is kept as a margin.
    assert ended.at_ms == pytest.approx(1_680, abs=50 - WINDOW_MS)


@pytest.mark.parametrize(
    ("name", "sentence"), [("largest_lake.wav", LAKE_QUESTION), ("ask_weather.wav", WEATHER_QUESTION)]
)
def test_a_question_is_understood_word_for_word(files: Mapping[str, bytes], name: str, sentence: str) -> None:
    assert words(heard(files, name)).strip() == sentence


@pytest.mark.parametrize("silence_duration_ms", [200, 500, 800])
def test_two_sentences_are_two_turns(files: Mapping[str, bytes], silence_duration_ms: int) -> None:
    reports = turns(heard(files, "4-1.wav"), silence_duration_ms=silence_duration_ms)
    assert [type(report) for report in reports] == [SpeechBegan, SpeechEnded] * 2


def test_fillers_are_speech_but_no_words(files: Mapping[str, bytes]) -> None:
    sound = heard(files, "filler_word_24kHz.wav")
    assert turns(sound, silence_duration_ms=500)
    assert only_fillers(FILLER, ["en"])
    assert only_fillers(words(sound), ["en"])


def test_the_mp3_has_whole_frames_and_noise_in_them() -> None:
    file = silent_mp3(duration_ms=240)
    frames = [file[at : at + 192] for at in range(0, len(file), 192)]
    assert len(frames) == 10
    assert {frame[:4].hex() for frame in frames} == {"fff384c4"}
    assert file.count(b"\xff") == 10
    assert float(np.std(int16_from_bytes(file))) > 5_000


def test_the_files_are_the_same_every_time(files: Mapping[str, bytes]) -> None:
    assert sound_files() == files
