"""Replace an engine that could not be loaded. Everything else works, and each use fails with the reason."""

from collections.abc import Iterator
from typing import NoReturn

from openvoicelive.errors import EngineError
from openvoicelive.recognition import interface as recognition
from openvoicelive.synthesis import interface as synthesis

CODE = "engine_missing"


class MissingRecognizer:
    """Fails each recognition with the reason why the engine is missing."""

    name = "nothing"
    capabilities = recognition.Capabilities(frozenset())

    def __init__(self, why: str) -> None:
        self._why = why

    def start(self, *, language: str | None = None, phrases: tuple[str, ...] = ()) -> recognition.Utterance:
        """Return an utterance that will fail."""
        del language, phrases
        return _MissingUtterance(self._why)

    def close(self) -> None:
        """Free nothing."""


class _MissingUtterance:
    def __init__(self, why: str) -> None:
        self._why = why

    def hear(self, samples: recognition.Samples) -> None:
        del samples

    def transcript(self) -> NoReturn:
        raise EngineError(self._why, code=CODE)


class MissingSynthesizer:
    """Fails each synthesis with the reason why the engine is missing."""

    name = "nothing"
    capabilities = synthesis.Capabilities(frozenset())

    def __init__(self, why: str) -> None:
        self._why = why

    def speak(self, text: str, voice: synthesis.VoiceRequest) -> Iterator[synthesis.Speech]:
        """Raise an EngineError."""
        del text, voice
        raise EngineError(self._why, code=CODE)

    def close(self) -> None:
        """Free nothing."""
