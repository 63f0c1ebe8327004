"""All the voices that are installed, behind one synthesizer of one rate."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from openvoicelive.audio.pcm import float_from_int16, int16_from_float
from openvoicelive.audio.resampling import Resampler
from openvoicelive.engine_loading import NotLoaded, try_to_load
from openvoicelive.errors import EngineError, EngineNotInstalled
from openvoicelive.synthesis.espeak import EspeakSynthesizer
from openvoicelive.synthesis.flite import FliteSynthesizer
from openvoicelive.synthesis.interface import Capabilities, Speech, Synthesizer, VoiceRequest

RATE_HZ = 24_000
"""The wire's own rate, so that its usual format needs no second conversion."""

ENGINES: tuple[tuple[str, Callable[[], Synthesizer]], ...] = (
    ("flite", FliteSynthesizer),
    ("espeak-ng", EspeakSynthesizer),
)
"""The easier to understand first: of flite's words 4 % are recognised wrongly, of espeak-ng's 15 %."""

HOW_TO_INSTALL = "Install Debian's package flite, or run: pip install 'openvoicelive[espeak]'."


class InstalledVoices:
    """Speaks each language with the first engine that has it, always at 24 kHz."""

    def __init__(self, engines: Sequence[Synthesizer], passed_over: tuple[NotLoaded, ...] = ()) -> None:
        if not engines:
            raise EngineNotInstalled(f"There is no voice on this machine. {HOW_TO_INSTALL}")
        self._engines = tuple(engines)
        self.passed_over = passed_over
        """Why the other engines were not taken."""
        self.name = " and ".join(engine.name for engine in engines)
        languages = frozenset[str]().union(*(engine.capabilities.languages for engine in engines))
        self.capabilities = Capabilities(rate_hz=RATE_HZ, languages=languages)

    def speak(self, text: str, voice: VoiceRequest) -> Iterator[Speech]:
        """Turn a clause or a sentence into sound, with the engine for the voice's language.

        Raises:
            EngineError: If no engine has the language, or the engine failed.

        """
        engine = self._engine_for(voice.language)
        resampler = Resampler(engine.capabilities.rate_hz, RATE_HZ)
        for stretch in engine.speak(text, voice):
            resampled = resampler.process(float_from_int16(stretch.samples))
            yield Speech(int16_from_float(resampled), stretch.words, stretch.visemes)
        held_back = resampler.process(np.zeros(0, np.float32), last=True)
        if len(held_back):
            yield Speech(int16_from_float(held_back))

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
    """Load every engine that is installed; each that is returned has spoken.

    Raises:
        EngineError: If there is none; the message says why and what to install.

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
    """Have the engine speak before it is trusted."""

    def load_and_try() -> Synthesizer:
        engine = load()
        if not sum(len(speech.samples) for speech in engine.speak("Ready.", VoiceRequest())):
            raise EngineError(f"{engine.name} makes no sound.")
        return engine

    return load_and_try
