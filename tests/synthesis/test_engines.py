# ruff: noqa: RUF001 - the punctuation of Chinese is meant
"""flite and espeak-ng: real sound, and what they say about it."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from openvoicelive.errors import EngineError
from openvoicelive.synthesis.engines import InstalledVoices, load_synthesizer
from openvoicelive.synthesis.espeak import EspeakSynthesizer
from openvoicelive.synthesis.flite import FliteSynthesizer
from openvoicelive.synthesis.interface import Speech, Synthesizer, VoiceRequest
from tests.synthesis.sound import Sound, sound_of

SENTENCE = "The largest lake in the world is the Caspian Sea."
VARIATION_MS = 20
"""espeak-ng varies: the same 10 s of speech, 60 times, differed by up to 16 ms. A lost stretch is longer."""
LONG = (
    "Wave number one rolled over the wide blue ocean and broke on the quiet shore while the people who had "
    "come to see it stood on the old stone wall and said that it was the largest wave of the whole year"
)
LOADERS: list[Callable[[], Synthesizer]] = [FliteSynthesizer, EspeakSynthesizer, load_synthesizer]


@pytest.fixture(scope="module", params=LOADERS, ids=["flite", "espeak-ng", "installed"])
def engine(request: pytest.FixtureRequest) -> Synthesizer:
    loaded: Synthesizer = request.param()
    return loaded


@pytest.fixture(scope="module")
def espeak() -> EspeakSynthesizer:
    return EspeakSynthesizer()


def assert_tells_the_words_of(sound: Sound, text: str, words: list[str]) -> None:
    assert [word.text for word in sound.words] == words
    for word in sound.words:
        assert text[word.start_char : word.start_char + len(word.text)] == word.text
        assert word.duration_ms > 0
        assert word.start_ms + word.duration_ms <= sound.duration_ms + 1
    starts = [word.start_ms for word in sound.words]
    assert starts == sorted(set(starts))


def test_a_sentence_is_heard_and_lasts_as_long_as_a_person_would_take(engine: Synthesizer) -> None:
    sound = sound_of(engine, SENTENCE)
    assert 2000 < sound.duration_ms < 4500
    assert sound.loudness > 500
    assert all(sound.loudness_of(word) > 200 for word in sound.words)


def test_speech_begins_without_a_pause_for_who_waits(engine: Synthesizer) -> None:
    first = next(engine.speak(SENTENCE, VoiceRequest()))
    heard = np.flatnonzero(np.abs(first.samples) > 0.01)
    assert heard[0] < first.rate_hz * 100 // 1000
    assert first.words[0].text == "The"


def test_each_word_is_told_when_it_begins(engine: Synthesizer) -> None:
    assert_tells_the_words_of(sound_of(engine, SENTENCE), SENTENCE, SENTENCE.rstrip(".").split())


def test_what_is_spoken_as_several_words_is_told_as_the_one_that_is_written(engine: Synthesizer) -> None:
    text = "It costs $25.50, Mr. Smith “really” said - at 7:30 on 3/4/2025."
    expected = ["It", "costs", "$25.50", "Mr", "Smith", "really", "said", "at", "7:30", "on", "3/4/2025"]
    assert_tells_the_words_of(sound_of(engine, text), text, expected)


def test_accents_and_symbols_keep_their_place_in_the_text(engine: Synthesizer) -> None:
    text = "The naïve café 😀 is… open, señor"
    assert_tells_the_words_of(sound_of(engine, text), text, ["The", "naïve", "café", "is", "open", "señor"])


def test_words_and_mouth_shapes_come_with_the_stretch_in_which_they_begin(engine: Synthesizer) -> None:
    begin_ms = 0.0
    for stretch in engine.speak(LONG, VoiceRequest()):
        end_ms = begin_ms + len(stretch.samples) * 1000 / stretch.rate_hz
        assert len(stretch.samples) <= stretch.rate_hz
        starts = [word.start_ms for word in stretch.words] + [viseme.start_ms for viseme in stretch.visemes]
        assert all(begin_ms - 1 <= start_ms <= end_ms + 1 for start_ms in starts)
        begin_ms = end_ms


def test_the_mouth_moves_with_the_sounds(engine: Synthesizer) -> None:
    sound = sound_of(engine, "Papa saw my shoe.")
    shapes = [viseme.viseme_id for viseme in sound.visemes]
    closed_lips, hiss, rounded = 21, 15, 16
    assert [shape for shape in shapes if shape in {closed_lips, hiss, rounded}] == [21, 21, 15, 21, 16]
    assert all(0 <= shape <= 21 for shape in shapes)
    starts = [viseme.start_ms for viseme in sound.visemes]
    assert starts == sorted(starts)
    assert starts[-1] <= sound.duration_ms


@pytest.mark.parametrize("text", ["", " ", "...", "\n\n", "—", "😀", "\0"])
def test_a_text_without_words_is_silent(engine: Synthesizer, text: str) -> None:
    assert list(engine.speak(text, VoiceRequest())) == []


@pytest.mark.parametrize(
    "text", ["a\0b", "你好 world", "<speak>one</speak> & two", "%s %n", "word " * 80, "x" * 300]
)
def test_odd_texts_are_spoken_as_far_as_they_can_be(engine: Synthesizer, text: str) -> None:
    sound = sound_of(engine, text)
    assert sound.loudness > 200
    assert all(text[word.start_char :].startswith(word.text) for word in sound.words)


def test_a_woman_speaks_higher_than_a_man(engine: Synthesizer) -> None:
    woman, man = (sound_of(engine, SENTENCE, VoiceRequest(gender=gender)) for gender in ("female", "male"))
    assert woman.pitch_hz() > 1.3 * man.pitch_hz()


def test_twice_the_rate_takes_about_half_the_time(engine: Synthesizer) -> None:
    usual = sound_of(engine, LONG).duration_ms
    assert 0.4 * usual < sound_of(engine, LONG, VoiceRequest(rate=2.0)).duration_ms < 0.65 * usual
    assert sound_of(engine, LONG, VoiceRequest(rate=0.5)).duration_ms > 1.6 * usual


def test_more_pitch_is_a_higher_womans_voice(engine: Synthesizer) -> None:
    low, high = (sound_of(engine, SENTENCE, VoiceRequest(pitch=pitch)) for pitch in (0.8, 1.4))
    assert high.pitch_hz() > 1.2 * low.pitch_hz()


def test_who_leaves_in_mid_sentence_stops_the_work(engine: Synthesizer) -> None:
    threads = threading.active_count()
    for _ in range(20):
        stretches = engine.speak(LONG, VoiceRequest())
        assert len(next(stretches).samples)
        del stretches
    assert threading.active_count() == threads
    assert sound_of(engine, SENTENCE).duration_ms > 2000


def test_who_leaves_early_is_spared_the_work_that_is_left() -> None:
    flite, text = FliteSynthesizer(), f"{LONG}, " * 4

    def processor_time(stretches: Iterator[Speech], wanted: int | None) -> float:
        before = time.process_time()
        for _ in islice(stretches, wanted):
            pass
        del stretches
        return time.process_time() - before

    left = processor_time(flite.speak(text, VoiceRequest()), 1)
    assert left < 0.75 * processor_time(flite.speak(text, VoiceRequest()), None)


def test_one_who_pauses_keeps_nobody_waiting(engine: Synthesizer) -> None:
    paused = engine.speak(LONG, VoiceRequest())
    begun = next(paused)
    assert sound_of(engine, SENTENCE).duration_ms > 2000
    samples = len(begun.samples) + sum(len(stretch.samples) for stretch in paused)
    duration_ms = samples * 1000 / begun.rate_hz
    assert duration_ms == pytest.approx(sound_of(engine, LONG).duration_ms, abs=VARIATION_MS)


def test_two_threads_at_once_get_what_each_gets_alone(engine: Synthesizer) -> None:
    texts = [SENTENCE, "Good morning, this is a quite different text.", LONG, "One, two, three."]
    alone = [sound_of(engine, text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: sound_of(engine, text), texts * 5))
    for index, sound in enumerate(together):
        expected = alone[index % len(texts)]
        assert [word.text for word in sound.words] == [word.text for word in expected.words]
        for word, other in zip(sound.words, expected.words, strict=True):
            assert word.start_ms == pytest.approx(other.start_ms, abs=VARIATION_MS)
        assert len(sound.visemes) == pytest.approx(len(expected.visemes), abs=2)
        assert sound.duration_ms == pytest.approx(expected.duration_ms, abs=VARIATION_MS)
        assert sound.loudness == pytest.approx(expected.loudness, rel=0.1)


@pytest.mark.parametrize("load", [FliteSynthesizer, EspeakSynthesizer])
def test_a_thousand_utterances_leave_no_memory_behind(load: Callable[[], Synthesizer]) -> None:
    engine = load()

    def speak(times: int) -> int:
        for number in range(times):
            stretches = engine.speak("Hi there", VoiceRequest(gender="male", rate=2.0))
            if number % 4 == 0:
                next(stretches)
            else:
                list(stretches)
            del stretches
        resident_pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return resident_pages * 4096

    before = speak(100)
    # An utterance that left its sound alone behind would make it 10 MB.
    assert speak(1000) - before < 5_000_000


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("it-IT", "Il lago più grande è il Mar Caspio.", "Il lago più grande è il Mar Caspio"),
        ("pt-BR", "O maior lago é o Mar Cáspio, não?", "O maior lago é o Mar Cáspio não"),
        ("es-MX", "¿El lago más grande? ¡El mar Caspio!", "El lago más grande El mar Caspio"),
        ("zh-CN", "你好，世界。", "你 好 世 界"),
    ],
)
def test_other_languages_are_spoken_too(language: str, text: str, words: str) -> None:
    voices = load_synthesizer()
    sound = sound_of(voices, text, VoiceRequest(language=language))
    assert sound.loudness > 500
    assert_tells_the_words_of(sound, text, words.split())


def test_english_is_spoken_by_the_engine_that_is_understood_best() -> None:
    voices = load_synthesizer()
    english = sound_of(voices, SENTENCE, VoiceRequest(language="en-GB"))
    flite = sound_of(FliteSynthesizer(), SENTENCE)
    assert (english.words, english.rate_hz) == (flite.words, flite.rate_hz)
    assert english.duration_ms == flite.duration_ms
    assert english.words != sound_of(EspeakSynthesizer(), SENTENCE).words


def test_a_language_without_a_voice_is_refused_with_what_to_do() -> None:
    with pytest.raises(EngineError, match="espeak"):
        list(InstalledVoices([FliteSynthesizer()]).speak("Ciao.", VoiceRequest(language="it-IT")))


def test_without_any_engine_one_is_told_what_to_install() -> None:
    with pytest.raises(EngineError, match=r"package flite.*openvoicelive\[espeak\]"):
        InstalledVoices([])


def test_a_language_that_espeak_lacks_is_refused(espeak: EspeakSynthesizer) -> None:
    with pytest.raises(EngineError, match="tlh-XX"):
        list(espeak.speak("nuqneH", VoiceRequest(language="tlh-XX")))
