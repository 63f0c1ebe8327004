"""Sound and text of a spoken message stay together, however they are cut."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.protocol.audio_formats import AudioFormat
from openvoicelive.protocol.work import Spoke
from openvoicelive.service.answering.speech_track import SpeechTrack
from openvoicelive.synthesis.interface import Speech, Word
from openvoicelive.synthesis.sentences import SentenceCutter

RATE_HZ = 24_000
WORD_MS = 130


def spoken(text: str, stretch_ms: int, *, words_for_each: int = 1, encoding: str = "pcm16") -> list[Spoke]:
    """Speak a text as a synthesizer would that says so many words for each written one."""
    audio_format = AudioFormat(encoding, 8_000 if encoding != "pcm16" else RATE_HZ)  # type: ignore[arg-type]
    track = SpeechTrack("resp_1", audio_format)
    cutter = SentenceCutter()
    reports: list[Spoke] = []
    for piece in [*cutter.feed(text), *cutter.flush()]:
        track.begin(piece)
        starts = [
            i
            for i, c in enumerate(piece.spoken.text)
            if not c.isspace() and (i == 0 or piece.spoken.text[i - 1].isspace())
        ]
        starts = [start for start in starts for _ in range(words_for_each)]
        words = [Word("w", index * WORD_MS, WORD_MS, start) for index, start in enumerate(starts)]
        for at_ms in range(0, len(words) * WORD_MS, stretch_ms):
            until_ms = min(at_ms + stretch_ms, len(words) * WORD_MS)
            begun = tuple(word for word in words if at_ms <= word.start_ms < until_ms)
            samples = np.ones((until_ms - at_ms) * RATE_HZ // 1000, np.float32)
            reports += track.add(Speech(samples, RATE_HZ, begun), piece)
        reports += track.flush()
    return reports


def marks(reports: list[Spoke]) -> list[tuple[int, int]]:
    """Return when each word sounds, and where it ends in the text."""
    return [(word.start_ms, word.end_char) for report in reports for word in report.words]


texts = st.text(st.sampled_from("ab1 ,.!?\n*€é"), max_size=60)


@given(texts, st.integers(min_value=40, max_value=700), st.integers(min_value=1, max_value=3))
def test_no_text_is_lost_or_said_twice(text: str, stretch_ms: int, words_for_each: int) -> None:
    reports = spoken(text, stretch_ms, words_for_each=words_for_each)
    assert "".join(report.text for report in reports) == text


@given(texts, st.integers(min_value=40, max_value=700))
def test_words_come_in_order_and_within_the_text(text: str, stretch_ms: int) -> None:
    words = [word for report in spoken(text, stretch_ms) for word in report.words]
    assert [word.start_ms for word in words] == sorted(word.start_ms for word in words)
    assert [word.end_char for word in words] == sorted(word.end_char for word in words)
    assert all(0 < word.end_char <= len(text) for word in words)


@given(texts, st.sampled_from(["pcm16", "g711_ulaw", "g711_alaw"]))
def test_the_sound_is_as_long_as_it_was_spoken(text: str, encoding: str) -> None:
    reports = spoken(text, 500, encoding=encoding)
    bytes_per_ms = 48 if encoding == "pcm16" else 8
    assert sum(report.duration_ms for report in reports) == (
        sum(len(report.audio) for report in reports) / bytes_per_ms
    )


def test_the_text_comes_with_the_sound_that_begins_it() -> None:
    reports = [report for report in spoken("One two three.", 1_000) if report.text or report.words]
    assert [report.text for report in reports] == ["One ", "two ", "three."]
    assert all(report.words[0].start_ms == index * WORD_MS for index, report in enumerate(reports))


@given(
    texts, st.sampled_from([8_000, 16_000, 22_050, 24_000]), st.sampled_from([8_000, 24_000, 44_100, 48_000])
)
def test_the_sound_lasts_as_long_at_every_rate(text: str, from_hz: int, to_hz: int) -> None:
    track = SpeechTrack("resp_1", AudioFormat("pcm16", to_hz))
    cutter = SentenceCutter()
    reports: list[Spoke] = []
    spoken_samples = 0
    for piece in [*cutter.feed(text), *cutter.flush()]:
        track.begin(piece)
        for size in (1_000, 7, 2_500):
            spoken_samples += size
            reports += track.add(Speech(np.ones(size, np.float32), from_hz), piece)
        reports += track.flush()
    one_sample_ms = 1_000 / min(from_hz, to_hz)
    assert (
        abs(sum(report.duration_ms for report in reports) - spoken_samples * 1_000 / from_hz) <= one_sample_ms
    )


@given(texts, st.integers(min_value=40, max_value=700), st.integers(min_value=40, max_value=700))
def test_when_words_sound_does_not_depend_on_how_the_sound_is_cut(
    text: str, one_ms: int, other_ms: int
) -> None:
    assert marks(spoken(text, one_ms)) == marks(spoken(text, other_ms))


@given(texts, st.integers(min_value=40, max_value=700))
def test_when_words_sound_does_not_depend_on_the_format(text: str, stretch_ms: int) -> None:
    assert marks(spoken(text, stretch_ms, encoding="g711_alaw")) == marks(spoken(text, stretch_ms))


def test_every_report_carries_the_id_of_its_response() -> None:
    assert {report.response_id for report in spoken("One two. Three four.", 300)} == {"resp_1"}


@given(texts, st.integers(min_value=40, max_value=700))
def test_no_word_comes_after_the_sound_that_it_begins_with(text: str, stretch_ms: int) -> None:
    sent_ms = 0.0
    for report in spoken(text, stretch_ms):
        assert all(word.start_ms >= sent_ms for word in report.words)
        sent_ms += report.duration_ms
