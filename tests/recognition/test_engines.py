import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from openvoicelive.engine_loading import NotLoaded
from openvoicelive.errors import EngineError
from openvoicelive.recognition.engines import load_recognizer
from tests.installed_copies import copy_installed, cut_off, flip_a_byte
from tests.offered_engines import needs_pocketsphinx

Forbid = Callable[..., None]


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Forbid:
    """Return a function that makes a library impossible to import."""

    def forbid(*libraries: str) -> None:
        for library in libraries:
            monkeypatch.setitem(sys.modules, library, None)
        for name in ("moonshine", "pocketsphinx"):
            monkeypatch.delitem(sys.modules, f"openvoicelive.recognition.{name}", raising=False)

    return forbid


def test_the_best_engine_is_taken() -> None:
    loaded = load_recognizer()
    assert loaded.recognizer.name == "moonshine-tiny-en"
    assert loaded.passed_over == ()


@needs_pocketsphinx
def test_the_next_engine_is_taken_and_the_reason_told(without: Forbid) -> None:
    without("onnxruntime")
    loaded = load_recognizer()
    assert loaded.recognizer.name == "pocketsphinx-en-us"
    assert loaded.passed_over == (
        NotLoaded("Moonshine is not installed: it needs onnxruntime.", is_broken=False),
    )


@needs_pocketsphinx
def test_an_engine_without_its_model_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openvoicelive.recognition.moonshine.find_spec", {}.get)
    loaded = load_recognizer()
    assert loaded.recognizer.name == "pocketsphinx-en-us"
    assert loaded.passed_over == (NotLoaded("The Moonshine model is not installed.", is_broken=False),)


@needs_pocketsphinx
@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("tokenizer.bin", flip_a_byte),
        ("encoder_model.ort", cut_off),
        ("decoder_model_merged.ort", flip_a_byte),
        ("tokenizer.bin", Path.unlink),
    ],
)
def test_a_damaged_file_of_moonshine_is_named_and_another_engine_taken(
    name: str, damage: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = copy_installed("moonshine-voice", "moonshine_voice", "assets/tiny-en", tmp_path, monkeypatch)
    damage(model / name)
    loaded = load_recognizer()
    assert loaded.recognizer.name == "pocketsphinx-en-us"
    (reason,) = loaded.passed_over
    assert reason.is_broken
    assert reason.sentence == (
        f"moonshine-voice is damaged: {name} is not what was installed. "
        "Run: pip install --force-reinstall moonshine-voice"
    )


@needs_pocketsphinx
def test_a_damaged_model_of_pocketsphinx_is_never_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without: Forbid
) -> None:
    without("onnxruntime")
    model = copy_installed("pocketsphinx", "pocketsphinx", "model", tmp_path, monkeypatch)
    cut_off(model / "en-us" / "en-us.lm.bin")
    monkeypatch.setattr("pocketsphinx.get_model_path", lambda: str(model))
    with pytest.raises(EngineError, match=r"pocketsphinx is damaged: en-us\.lm\.bin"):
        load_recognizer()


@needs_pocketsphinx
def test_a_library_that_breaks_when_it_is_imported_is_passed_over_and_its_traceback_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without: Forbid, caplog: pytest.LogCaptureFixture
) -> None:
    without()
    (tmp_path / "onnxruntime.py").write_text("raise AttributeError('undefined symbol')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "onnxruntime", raising=False)
    loaded = load_recognizer()
    assert loaded.recognizer.name == "pocketsphinx-en-us"
    (reason,) = loaded.passed_over
    assert reason.is_broken
    assert reason.sentence == "Moonshine does not load (AttributeError); the log says more."
    assert "undefined symbol" in caplog.text
    assert "Traceback" in caplog.text


@needs_pocketsphinx
def test_a_model_that_loads_and_cannot_run_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openvoicelive.recognition.moonshine._HEADS", 7)
    loaded = load_recognizer()
    assert loaded.recognizer.name == "pocketsphinx-en-us"
    assert loaded.passed_over == (NotLoaded("Speech recognition failed.", is_broken=True),)


def test_without_any_engine_the_error_says_what_to_install(without: Forbid) -> None:
    without("onnxruntime", "pocketsphinx")
    with pytest.raises(EngineError, match=r"onnxruntime.*pocketsphinx.*pip install 'openvoicelive\[local\]'"):
        load_recognizer()


def test_loading_and_hearing_print_nothing_and_open_no_connection() -> None:
    program = """
import sys
def refuse(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "subprocess.Popen"}:
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(refuse)
import numpy
from openvoicelive.recognition.engines import load_recognizer
utterance = load_recognizer().recognizer.start()
utterance.hear(numpy.random.default_rng(1).normal(0, 0.1, 16_000).astype("float32"))
utterance.transcript()
"""
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=100, check=False
    )
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")
