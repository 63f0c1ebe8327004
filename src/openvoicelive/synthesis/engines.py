"""Chooses among the installed voices by language, behind one synthesizer."""

from collections.abc import Callable, Iterator, Sequence

from openvoicelive.engine_loading import NotLoaded, try_to_load
from openvoicelive.errors import EngineError, EngineNotInstalled
from openvoicelive.synthesis.espeak import EspeakSynthesizer
from openvoicelive.synthesis.flite import FliteSynthesizer
from openvoicelive.synthesis.interface import Capabilities, Speech, Synthesizer, VoiceRequest

ENGINES: tuple[tuple[str, Callable[[], Synthesizer]], ...] = (
    ("flite", FliteSynthesizer),
    ("espeak-ng", EspeakSynthesizer),
)
"""In order of preference: a recognizer mishears 4 % of flite's words and 15 % of espeak-ng's."""

HOW_TO_INSTALL = "Install Debian's package flite, or run: pip install 'openvoicelive[espeak]'."


class InstalledVoices:
    """Speaks each language with the first engine that has it, at that engine's own rate."""

    def __init__(self, engines: Sequence[Synthesizer], passed_over: tuple[NotLoaded, ...] = ()) -> None:
        if not engines:
            raise EngineNotInstalled(f"There is no voice on this machine. {HOW_TO_INSTALL}")
        self._engines = tuple(engines)
        self.passed_over = passed_over
        """Why each of the other engines was not used."""
        self.name = " and ".join(engine.name for engine in engines)
        languages = frozenset[str]().union(*(engine.capabilities.languages for engine in engines))
        self.capabilities = Capabilities(languages)

    def speak(self, text: str, voice: VoiceRequest) -> Iterator[Speech]:
        """Turn a clause or a sentence into sound, with the engine for the voice's language.

        Raises:
            EngineError: If no engine has the language, or the engine failed.

        """
        yield from self._engine_for(voice.language).speak(text, voice)

    def close(self) -> None:
        """Free all engines."""
        for engine in self._engines:
            engine.close()

    def _engine_for(self, language: str) -> Synthesizer:
        primary = language.split("-", maxsplit=1)[0].lower()
        for engine in self._engines:
            if primary in engine.capabilities.languages:
                return engine
        raise EngineError(
            f"No voice on this machine speaks the language {language}. {HOW_TO_INSTALL}",
            code="voice_unavailable",
        )


def load_synthesizer() -> InstalledVoices:
    """Load every engine that is installed, and have each speak a word as a test.

    Raises:
        EngineError: If none works; the message says why and what to install.

    """
    engines: list[Synthesizer] = []
    passed_over: list[NotLoaded] = []
    for name, load in ENGINES:
        loaded = try_to_load(name, _tried(load))
        if isinstance(loaded, NotLoaded):
            passed_over.append(loaded)
        else:
            engines.append(loaded)
    broken = " ".join(reason.sentence for reason in passed_over if reason.is_broken)
    if broken and not engines:
        raise EngineError(f"{broken} There is no other voice. {HOW_TO_INSTALL}")
    return InstalledVoices(engines, tuple(passed_over))


def _tried(load: Callable[[], Synthesizer]) -> Callable[[], Synthesizer]:
    """Return a loader that also checks that the engine makes sound."""

    def load_and_try() -> Synthesizer:
        engine = load()
        if not sum(len(speech.samples) for speech in engine.speak("Ready.", VoiceRequest())):
            raise EngineError(f"{engine.name} makes no sound.")
        return engine

    return load_and_try
