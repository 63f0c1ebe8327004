"""Every clone has speech to test with, whichever packages could be installed."""

import wave
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tests import speech_clips
from tests.speech_clips import CLIPS, DEBIAN_TEST_DATA, Recording


@pytest.fixture(autouse=True)
def forget_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENVOICELIVE_SPEECH", raising=False)
    monkeypatch.setattr(speech_clips, "_samples", speech_clips._samples.__wrapped__)


def has_package(recording: Recording) -> bool:
    if recording.path.is_relative_to(DEBIAN_TEST_DATA):
        return DEBIAN_TEST_DATA.is_dir()
    return find_spec("moonshine_voice") is not None


@pytest.mark.parametrize("name", CLIPS)
def test_a_recording_is_in_the_package_that_should_have_it(name: str) -> None:
    recording = CLIPS[name].recording
    if not has_package(recording):
        return  # the next test is about this machine
    samples, rate_hz = recording.samples()
    wanted_ms = (recording.end_ms or 60_000) - recording.start_ms
    assert 500 < 1000 * len(samples) / rate_hz <= wanted_ms
    assert recording.end_ms is None or len(samples) == wanted_ms * rate_hz // 1000


def test_a_text_sounds_the_same_whatever_was_spoken_before() -> None:
    speak = speech_clips.synthesised.__wrapped__
    first = speak("Six seals see a shore.", 16_000)
    speak("Something else was said.", 16_000)
    np.testing.assert_array_equal(speak("Six seals see a shore.", 16_000), first)


@pytest.mark.parametrize("name", CLIPS)
def test_without_its_package_a_voice_says_the_same_words(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = replace(CLIPS[name], recording=Recording(Path("no such package") / "speech.wav"))
    monkeypatch.setitem(CLIPS, name, missing)
    samples = speech_clips.load(name, 24_000)
    words = len(speech_clips.transcripts()[name].split())
    assert 0.15 * words < len(samples) / 24_000 < 1.5 * words
    assert np.abs(samples).max() > 3_000


def test_nothing_is_looked_for_outside_of_packages() -> None:
    assert speech_clips.wider_transcripts() == {}
    assert speech_clips.transcripts().keys() == CLIPS.keys()
    with pytest.raises(KeyError):
        speech_clips.load("jfk")


def test_a_folder_of_recordings_can_be_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "manifest.json").write_text('[{"file": "greeting.wav", "transcript": "good morning"}]')
    with wave.open(str(tmp_path / "greeting.wav"), "wb") as file:
        file.setparams((1, 2, 8_000, 0, "NONE", "not compressed"))
        file.writeframes(np.full(8_000, 7, "<i2").tobytes())
    monkeypatch.setenv("OPENVOICELIVE_SPEECH", str(tmp_path))
    assert speech_clips.wider_transcripts() == {"greeting": "good morning"}
    assert speech_clips.transcripts().keys() == {*CLIPS, "greeting"}
    assert speech_clips.load("greeting", 8_000).tolist() == [7] * 8_000
