"""Voices whose libraries are missing, damaged or of another version: a sentence, never a crash."""

import shutil
from ctypes import c_int
from pathlib import Path

import espeakng_loader
import pytest

from openvoicelive.engine_loading import NotLoaded
from openvoicelive.errors import EngineError, EngineNotInstalled
from openvoicelive.synthesis import espeak, flite
from openvoicelive.synthesis.engines import load_synthesizer
from openvoicelive.synthesis.espeak import EspeakSynthesizer
from openvoicelive.synthesis.flite import FliteSynthesizer
from openvoicelive.synthesis.libraries import library_file
from tests.installed_copies import copy_installed, flip_a_byte
from tests.synthesis.sound import sound_of


def broken_flite() -> NotLoaded:
    """Load all voices, and return why flite is not among them."""
    voices = load_synthesizer()
    assert voices.name == "espeak-ng"
    (reason,) = voices.passed_over
    return reason


def test_a_missing_symbol_leaves_flite_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(flite._SIGNATURES, "flite_of_tomorrow", (c_int, ()))
    assert broken_flite() == NotLoaded("flite does not start: it is not flite 2, or damaged.", is_broken=True)
    assert "flite_of_tomorrow" in caplog.text


def test_another_version_of_flite_is_refused_by_the_name_of_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = library_file(FliteSynthesizer()._library.flite_init)
    assert installed is not None
    shutil.copy(installed, tmp_path / "libflite.so.1.4")
    (tmp_path / "libflite.so.1").symlink_to("libflite.so.1.4")
    monkeypatch.setattr(flite, "LIBRARY", str(tmp_path / "libflite.so.1"))
    assert broken_flite() == NotLoaded("flite 1.4 is installed; flite 2 is needed.", is_broken=True)


def test_a_flite_whose_structures_hold_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = FliteSynthesizer()
    monkeypatch.setattr(flite, "RATE_HZ", 22_050)
    assert broken_flite().sentence.startswith("The voices of this flite are not those of flite 2")
    with pytest.raises(EngineError, match="The waves of this flite are not those of flite 2"):
        sound_of(loaded, "Hello.")


def test_a_file_that_is_no_library_is_damaged_and_no_file_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "libflite.so.1"
    monkeypatch.setattr(flite, "LIBRARY", str(path))
    assert broken_flite() == NotLoaded("flite is not installed: there is no libflite.so.1.", is_broken=False)
    path.write_bytes(b"no library")
    assert broken_flite() == NotLoaded("flite is damaged: libflite.so.1 does not load.", is_broken=True)


def test_what_fails_in_flites_callback_reaches_the_listener_without_the_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded = FliteSynthesizer()

    def fail(*_: object) -> None:
        raise KeyError("what was said")

    monkeypatch.setattr(flite._Utterance, "_analysed", fail)
    with pytest.raises(EngineError, match=r"^The voice could not speak this text\.$") as failed:
        sound_of(loaded, "Hello.")
    assert failed.value.cause is not None
    assert failed.value.cause.startswith("KeyError at test_broken_libraries.py:")


def test_what_fails_before_flite_calls_back_is_no_silent_end(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = FliteSynthesizer()

    def fail(*_: object) -> None:
        raise OSError("broken")

    monkeypatch.setattr(flite._Utterance, "_synthesize", fail)
    with pytest.raises(EngineError, match="could not speak"):
        sound_of(loaded, "Hello.")


def test_damaged_data_of_espeak_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = copy_installed("espeakng-loader", "espeakng_loader", "espeak-ng-data", tmp_path, monkeypatch)
    flip_a_byte(data / "it_dict")
    monkeypatch.setattr(espeakng_loader, "get_data_path", lambda: str(data))
    monkeypatch.setattr(espeak, "_started", espeak._started.__wrapped__)
    with pytest.raises(EngineError, match=r"espeakng-loader is damaged: it_dict is not what was installed"):
        EspeakSynthesizer()


def test_espeak_that_is_not_there_is_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    missing = str(tmp_path / "libespeak-ng.so")
    monkeypatch.setattr(espeakng_loader, "get_library_path", lambda: missing)
    monkeypatch.setattr(espeak, "_started", espeak._started.__wrapped__)
    with pytest.raises(EngineNotInstalled, match="espeak-ng is not installed"):
        EspeakSynthesizer()
