import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from openvoicelive.audio.pcm import FloatSamples, float_from_int16
from openvoicelive.errors import EngineError
from openvoicelive.recognition import moonshine
from openvoicelive.recognition.cutting import LONGEST_SAMPLES
from openvoicelive.recognition.moonshine import MoonshineRecognizer
from tests import speech_clips
from tests.word_error import WordErrors, word_errors

RATE_HZ = 16_000
MOMENTS = np.arange(3 * RATE_HZ) / RATE_HZ


@pytest.fixture(scope="module")
def recognizer() -> Iterator[MoonshineRecognizer]:
    recognizer = MoonshineRecognizer()
    yield recognizer
    recognizer.close()


def speech(name: str) -> FloatSamples:
    return float_from_int16(speech_clips.load(name))


def silence(seconds: float) -> FloatSamples:
    return np.zeros(int(seconds * RATE_HZ), dtype=np.float32)


def noise(loudness: float) -> npt.NDArray[np.float64]:
    return np.random.default_rng(1).normal(0, loudness, 3 * RATE_HZ)


def heard(recognizer: MoonshineRecognizer, *pieces: FloatSamples) -> str:
    utterance = recognizer.start(language="en-US", phrases=("Moonshine",))
    for piece in pieces:
        utterance.hear(piece)
    return utterance.transcript()


def test_real_people_are_understood(recognizer: MoonshineRecognizer) -> None:
    total = WordErrors(0, 0)
    for name, said in speech_clips.transcripts().items():
        total += word_errors(said, heard(recognizer, speech(name)))
    assert total.words > 200
    assert total.rate <= 0.10


def test_the_padding_and_the_silence_of_a_turn_do_no_harm(recognizer: MoonshineRecognizer) -> None:
    total = WordErrors(0, 0)
    for name, said in speech_clips.transcripts().items():
        total += word_errors(said, heard(recognizer, silence(0.3), speech(name), silence(0.5)))
    assert total.rate <= 0.10


def test_sound_in_pieces_is_understood_like_the_whole(recognizer: MoonshineRecognizer) -> None:
    sound = speech("monologue")
    assert heard(recognizer, *np.array_split(sound, 50)) == heard(recognizer, sound)


def test_a_transcript_may_be_asked_for_in_between(recognizer: MoonshineRecognizer) -> None:
    utterance = recognizer.start()
    assert utterance.transcript() == ""
    sound = speech("pause")
    utterance.hear(sound[: 3 * RATE_HZ // 2])
    assert utterance.transcript() == "Ever tried."
    utterance.hear(sound[3 * RATE_HZ // 2 :])
    assert utterance.transcript() == heard(recognizer, sound)


class Pieces:
    """Looks on while a recogniser transcribes; may make it fail at the first piece."""

    def __init__(self, recognizer: MoonshineRecognizer, *, fails: bool = False) -> None:
        self._transcribe = recognizer.transcribe
        self._fails = fails
        self.sizes: list[int] = []

    def __call__(self, samples: FloatSamples) -> str:
        self.sizes.append(samples.size)
        return "" if self._fails and len(self.sizes) == 1 else self._transcribe(samples)


def monologue(*names: str) -> tuple[FloatSamples, str]:
    """Join clips, with the room's noise in the pauses, and give what is said in them."""
    pause = np.random.default_rng(1).normal(0, 0.0005, int(0.4 * RATE_HZ)).astype(np.float32)
    said = " ".join(speech_clips.transcripts()[name] for name in names)
    return np.concatenate([piece for name in names for piece in (speech(name), pause)]), said


LONG = ("monologue", "regret", "card", "seasons", "long_sentence", "question", "monologue", "order")


@pytest.mark.parametrize("stretch_s", [1, 2, 60], ids=["each second", "every two seconds", "at once"])
def test_a_monologue_keeps_its_words_and_no_piece_is_long_or_recognised_twice(
    recognizer: MoonshineRecognizer, monkeypatch: pytest.MonkeyPatch, stretch_s: int
) -> None:
    sound, said = monologue(*LONG)
    assert sound.size > 48 * RATE_HZ
    pieces = Pieces(recognizer)
    monkeypatch.setattr(recognizer, "transcribe", pieces)
    utterance = recognizer.start()
    for start in range(0, sound.size, stretch_s * RATE_HZ):
        utterance.hear(sound[start : start + stretch_s * RATE_HZ])
    before_the_end = len(pieces.sizes)
    text = utterance.transcript()
    assert word_errors(said, text).rate <= 0.10
    assert len(pieces.sizes) == before_the_end + 1 >= 4
    assert sum(pieces.sizes) == sound.size
    assert max(pieces.sizes) <= 12 * RATE_HZ
    # Asked for again, only what is not settled is recognised.
    assert utterance.transcript() == text
    assert pieces.sizes[-1] == pieces.sizes[-2]


def test_a_monologue_without_a_pause_is_recognised_in_bounded_pieces(
    recognizer: MoonshineRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = np.random.default_rng(1).normal(0, 0.1, 65 * RATE_HZ).astype(np.float32)
    pieces = Pieces(recognizer)
    monkeypatch.setattr(recognizer, "transcribe", pieces)
    heard(recognizer, sound)
    assert len(pieces.sizes) >= 4
    assert max(pieces.sizes) <= LONGEST_SAMPLES


def test_a_piece_that_was_not_understood_is_recognised_with_what_follows(
    recognizer: MoonshineRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound, said = monologue("regret", "long_sentence", "seasons", "question")
    pieces = Pieces(recognizer, fails=True)
    monkeypatch.setattr(recognizer, "transcribe", pieces)
    assert word_errors(said, heard(recognizer, sound)).rate <= 0.10
    first, second, *_ = pieces.sizes
    assert second > first


@pytest.mark.parametrize(
    "sound",
    [
        silence(3),
        noise(0.001),
        noise(0.05),
        noise(0.3),
        0.1 * np.sin(2 * np.pi * 50 * MOMENTS),
        0.3 * np.sin(2 * np.pi * 440 * MOMENTS),
        (0.3 * np.sin(2 * np.pi * (300 + 200 * MOMENTS) * MOMENTS))[:RATE_HZ],
    ],
    ids=["silence", "hiss", "noise", "loud noise", "hum", "tone", "siren"],
)
def test_silence_and_noise_are_no_words(
    recognizer: MoonshineRecognizer, sound: npt.NDArray[np.float64]
) -> None:
    assert heard(recognizer, sound.astype(np.float32)) == ""


def test_less_than_a_tenth_of_a_second_is_no_word(recognizer: MoonshineRecognizer) -> None:
    assert heard(recognizer, speech("card")[4_000:5_500]) == ""


def test_people_are_understood_at_the_same_time(recognizer: MoonshineRecognizer) -> None:
    names = ["short_question", "card", "question", "order"]
    alone = [heard(recognizer, speech(name)) for name in names]
    together_at = threading.Barrier(len(names), timeout=30)

    def hear_together(name: str) -> list[str]:
        together_at.wait()
        return [heard(recognizer, speech(name)) for _ in range(3)]

    with ThreadPoolExecutor(len(names)) as threads:
        together = list(threads.map(hear_together, names))
    assert together == [[text] * 3 for text in alone]


def test_a_failing_engine_is_an_engine_error() -> None:
    closed = MoonshineRecognizer()
    closed.close()
    with pytest.raises(EngineError, match="Speech recognition failed"):
        heard(closed, speech("card"))


def test_a_model_that_is_broken_or_missing_is_an_engine_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EngineError, match="does not load"):
        MoonshineRecognizer(tmp_path)
    monkeypatch.setattr(moonshine, "find_spec", {}.get)
    with pytest.raises(EngineError, match="not installed"):
        MoonshineRecognizer()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"\x02it\x05the", "cut off"), (b"\x02it", "has 1 tokens, not 32768"), (b"", "has 0 tokens")],
)
def test_a_tokenizer_of_another_model_is_an_engine_error(
    content: bytes, sentence: str, tmp_path: Path
) -> None:
    for file in moonshine._installed_model().iterdir():
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "tokenizer.bin").unlink()
    (tmp_path / "tokenizer.bin").write_bytes(content)
    with pytest.raises(EngineError, match=sentence):
        MoonshineRecognizer(tmp_path)


def test_an_incomplete_wheel_is_a_missing_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "moonshine_voice").mkdir()
    (tmp_path / "moonshine_voice" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(EngineError, match="not installed"):
        MoonshineRecognizer()


def test_a_vocabulary_may_have_tokens_of_more_than_127_bytes() -> None:
    long_token = b"a" * 300
    assert moonshine._read_tokens(
        b"\x02it" + bytes([300 % 128 + 128, 300 // 128]) + long_token + b"\x00"
    ) == [
        b"it",
        long_token,
        b"",
    ]
