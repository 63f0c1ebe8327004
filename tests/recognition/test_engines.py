import subprocess
import sys
from collections.abc import Callable

import pytest

from openvoicelive.errors import EngineError
from openvoicelive.recognition.engines import load_recognizer

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


def test_the_next_engine_is_taken_and_the_reason_told(without: Forbid) -> None:
    without("onnxruntime")
    loaded = load_recognizer()
    assert loaded.recognizer.name == "pocketsphinx-en-us"
    assert len(loaded.passed_over) == 1
    assert "onnxruntime" in loaded.passed_over[0]


def test_an_engine_without_its_model_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openvoicelive.recognition.moonshine.find_spec", {}.get)
    loaded = load_recognizer()
    assert loaded.recognizer.name == "pocketsphinx-en-us"
    assert loaded.passed_over == ("The Moonshine model is not installed.",)


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
