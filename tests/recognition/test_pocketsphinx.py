from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from openvoicelive.audio.pcm import FloatSamples, float_from_int16
from openvoicelive.errors import EngineError
from openvoicelive.recognition import pocketsphinx
from openvoicelive.recognition.pocketsphinx import PocketsphinxRecognizer
from tests import speech_clips
from tests.word_error import WordErrors, word_errors

# The fallback's own best: short sentences, spoken clearly.
CLIPS = ["card", "other_card", "order", "errand", "digits", "short_question"]


@pytest.fixture(scope="module")
def recognizer() -> Iterator[PocketsphinxRecognizer]:
    recognizer = PocketsphinxRecognizer(most_decoders=2)
    yield recognizer
    recognizer.close()


def heard(recognizer: PocketsphinxRecognizer, name: str, pieces: int = 1) -> str:
    utterance = recognizer.start(language="en", phrases=())
    for piece in np.array_split(float_from_int16(speech_clips.load(name)), pieces):
        utterance.hear(piece)
    return utterance.transcript()


def test_most_words_of_short_sentences_are_understood(recognizer: PocketsphinxRecognizer) -> None:
    total = WordErrors(0, 0)
    for name in CLIPS:
        total += word_errors(speech_clips.transcripts()[name], heard(recognizer, name, pieces=7))
    assert total.rate <= 0.5


def test_nothing_heard_is_an_empty_transcript(recognizer: PocketsphinxRecognizer) -> None:
    utterance = recognizer.start()
    assert utterance.transcript() == ""
    utterance.hear(np.zeros(8_000, dtype=np.float32))
    assert utterance.transcript() == ""


def test_speech_after_a_transcript_is_added_to_it(recognizer: PocketsphinxRecognizer) -> None:
    utterance = recognizer.start()
    sound = float_from_int16(speech_clips.load("errand"))
    utterance.hear(sound)
    first = utterance.transcript()
    assert first
    assert utterance.transcript() == first
    utterance.hear(sound)
    assert utterance.transcript().startswith(f"{first} ")


def test_of_speech_without_an_end_little_is_kept(
    recognizer: PocketsphinxRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    errand = sound("errand")
    monkeypatch.setattr(pocketsphinx, "LONGEST_UNSETTLED_SAMPLES", errand.size)
    utterance = recognizer.start()
    for _ in range(4):
        utterance.hear(errand)
        assert utterance.unsettled_samples <= errand.size
    once = heard(recognizer, "errand")
    assert len(utterance.transcript().split()) > 2 * len(once.split())


def sound(name: str) -> FloatSamples:
    return float_from_int16(speech_clips.load(name))


def errors_in(name: str, said: str) -> float:
    return word_errors(speech_clips.transcripts()[name], said).rate


def test_utterances_that_nobody_ends_take_no_decoder_away() -> None:
    recognizer = PocketsphinxRecognizer(most_decoders=2)
    # As after sessions that ended in the middle of a turn; something still refers to them.
    forgotten = [recognizer.start() for _ in range(6)]
    for utterance in forgotten:
        utterance.hear(sound("card")[:4_000])
    assert errors_in("errand", heard(recognizer, "errand", pieces=7)) <= 0.25
    forgotten[0].hear(sound("card")[:4_000])
    forgotten.clear()
    for _ in range(3):
        assert errors_in("errand", heard(recognizer, "errand", pieces=7)) <= 0.25
    recognizer.close()


def test_more_people_than_decoders_speak_at_once_and_all_are_understood() -> None:
    recognizer = PocketsphinxRecognizer(most_decoders=1)
    talks = [(name, recognizer.start()) for name in ("errand", "digits", "errand")]
    for half in range(2):
        for name, utterance in talks:
            utterance.hear(np.array_split(sound(name), 2)[half])
    for name, utterance in talks:
        assert errors_in(name, utterance.transcript()) <= 0.25
    recognizer.close()


class Faulty:
    """The real decoder, whose next call of one kind fails."""

    def __init__(self, real: Any, fault: str) -> None:
        self._real = real
        self.fault: str | None = fault

    def __getattr__(self, name: str) -> Any:
        if name == self.fault:
            self.fault = None
            raise OSError("/lib/broken")
        return getattr(self._real, name)


@pytest.mark.parametrize("fault", ["start_utt", "process_raw", "end_utt", "hyp"])
def test_a_decoder_that_failed_hears_the_next_person_again(fault: str) -> None:
    recognizer = PocketsphinxRecognizer(most_decoders=1)
    decoder = recognizer._decoders._idle[0]
    decoder._engine = Faulty(decoder._engine, fault)
    with pytest.raises(EngineError, match=r"^Speech recognition failed\.$") as failed:
        heard(recognizer, "card")
    assert isinstance(failed.value.__cause__, OSError)
    assert errors_in("errand", heard(recognizer, "errand")) <= 0.25
    recognizer.close()


def test_a_decoder_that_cannot_be_used_again_is_replaced() -> None:
    recognizer = PocketsphinxRecognizer(most_decoders=1)
    recognizer._decoders._idle[0]._engine = None
    with pytest.raises(EngineError):
        heard(recognizer, "card")
    assert errors_in("errand", heard(recognizer, "errand")) <= 0.25
    recognizer.close()


def test_with_all_decoders_at_work_a_transcript_is_refused_and_the_sound_is_kept() -> None:
    recognizer = PocketsphinxRecognizer(most_decoders=1)
    other, utterance = recognizer.start(), recognizer.start()
    with recognizer._decoders.lent(other):
        utterance.hear(sound("errand"))
        with pytest.raises(EngineError, match="Too many people") as refused:
            utterance.transcript()
    assert refused.value.code == "engine_busy"
    assert errors_in("errand", utterance.transcript()) <= 0.25
    recognizer.close()
