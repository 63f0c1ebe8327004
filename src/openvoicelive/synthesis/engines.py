"""All the voices that are installed, behind one synthesizer of one rate."""

import logging
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from openvoicelive.audio.pcm import float_from_int16, int16_from_float
from openvoicelive.audio.resampling import Resampler
from openvoicelive.errors import EngineError
from openvoicelive.synthesis.espeak import EspeakSynthesizer
from openvoicelive.synthesis.flite import FliteSynthesizer
from openvoicelive.synthesis.interface import Capabilities, Speech, Synthesizer, VoiceRequest

log = logging.getLogger(__name__)

RATE_HZ = 24_000
"""The wire's own rate, so that its usual format needs no second conversion."""

ENGINES: tuple[Callable[[], Synthesizer], ...] = (FliteSynthesizer, EspeakSynthesizer)
"""The easier to understand first: of flite's words 4 % are recognised wrongly, of espeak-ng's 15 %."""

HOW_TO_INSTALL = "Install Debian's package flite, or run: pip install 'openvoicelive[espeak]'."


class InstalledVoices:
    """Speaks each language with the first engine that has it, always at 24 kHz."""

    def __init__(self, engines: Sequence[Synthesizer]) -> None:
        if not engines:
            raise EngineError(f"There is no voice on this machine. {HOW_TO_INSTALL}", code="engine_missing")
        self._engines = tuple(engines)
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


def load_synthesizer() -> Synthesizer:
    """Load every engine that is installed.

    Raises:
        EngineError: If there is none; the message says what to install.

    """
    engines = []
    for load in ENGINES:
        try:
            engines.append(load())
        except EngineError as error:
            log.info("%s", error)
    return InstalledVoices(engines)
