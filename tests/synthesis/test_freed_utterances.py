"""A spoken text leaves nothing in memory, without the garbage collector, also if nobody heard its end."""

from itertools import islice

import pytest

from openvoicelive.errors import EngineError
from openvoicelive.synthesis import espeak, flite
from openvoicelive.synthesis.interface import Synthesizer, VoiceRequest
from tests.live_objects import live_objects, without_collector

SENTENCE = "The largest lake in the world is the Caspian Sea."
TIMES = 20


@pytest.mark.parametrize("load", [flite.FliteSynthesizer, espeak.EspeakSynthesizer])
@pytest.mark.parametrize("stretches", [None, 1], ids=["to the end", "interrupted"])
def test_nothing_is_left_of_what_was_spoken(load: type[Synthesizer], stretches: int | None) -> None:
    engine = load()

    def speak() -> None:
        for _ in islice(engine.speak(SENTENCE, VoiceRequest()), stretches):
            pass

    speak()
    with without_collector():
        before = live_objects()
        for _ in range(TIMES):
            speak()
        assert not live_objects() - before


@pytest.mark.parametrize(
    ("engine_module", "load", "part", "method"),
    [
        (flite, flite.FliteSynthesizer, "_Utterance", "_take"),
        (espeak, espeak.EspeakSynthesizer, "_Recording", "_note"),
    ],
)
def test_nothing_is_left_of_what_could_not_be_spoken(
    engine_module: object,
    load: type[Synthesizer],
    part: str,
    method: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = load()

    def fail(*_: object) -> None:
        raise RuntimeError

    def speak() -> None:
        with pytest.raises(EngineError):
            next(iter(engine.speak(SENTENCE, VoiceRequest())))

    monkeypatch.setattr(getattr(engine_module, part), method, fail)
    speak()
    with without_collector():
        before = live_objects()
        for _ in range(TIMES):
            speak()
        assert not live_objects() - before
