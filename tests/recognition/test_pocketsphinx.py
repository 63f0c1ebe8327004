import gc
from collections.abc import Iterator

import numpy as np
import pytest

from openvoicelive.audio.pcm import float_from_int16
from openvoicelive.errors import EngineError
from openvoicelive.recognition.pocketsphinx import PocketsphinxRecognizer
from tests import speech_clips
from tests.word_error import WordErrors, word_errors

# The fallback's own best: short sentences, spoken clearly.
CLIPS = ["ps_card_001", "ps_card_003", "ps_goforward", "gc_hello", "lk_weather"]


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
    sound = float_from_int16(speech_clips.load("ps_goforward"))
    utterance.hear(sound)
    first = utterance.transcript()
    assert first
    assert utterance.transcript() == first
    utterance.hear(sound)
    assert utterance.transcript().startswith(f"{first} ")


def test_decoders_are_lent_up_to_a_bound_and_come_back() -> None:
    recognizer = PocketsphinxRecognizer(most_decoders=2)
    first, second = recognizer.start(), recognizer.start()
    with pytest.raises(EngineError, match="Only 2 people") as refused:
        recognizer.start()
    assert refused.value.code == "engine_busy"
    del second
    gc.collect()
    second = recognizer.start()
    assert (first.transcript(), second.transcript()) == ("", "")
    recognizer.close()
