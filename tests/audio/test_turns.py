import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.audio.pcm import float_from_int16
from openvoicelive.audio.resampling import Resampler
from openvoicelive.audio.turns import (
    EndPossible,
    Quiet,
    Resumed,
    SpeechBegan,
    SpeechEnded,
    TurnDetector,
    TurnOptions,
    TurnReport,
)
from openvoicelive.audio.voice_activity import VoiceActivity, VoiceActivityModel, silero_model_path
from openvoicelive.audio.windows import WINDOW_MS, Windows
from tests import speech_clips

SPEECH, UNSURE, SILENCE = 0.9, 0.4, 0.1
OPTIONS = TurnOptions(
    prefix_padding_ms=64, speech_duration_ms=64, silence_duration_ms=160, early_silence_ms=96
)
JUDGED = dataclasses.replace(OPTIONS, longest_silence_ms=320)

# What may follow what; `None` is the beginning.
LEGAL: dict[type[TurnReport] | None, set[type[TurnReport]]] = {
    None: {SpeechBegan},
    SpeechBegan: {Quiet, EndPossible, SpeechEnded},
    Quiet: {Resumed, EndPossible, SpeechEnded},
    EndPossible: {Resumed, SpeechEnded},
    Resumed: {Quiet, EndPossible, SpeechEnded},
    SpeechEnded: {SpeechBegan},
}


def reports(detector: TurnDetector, probabilities: list[float]) -> list[TurnReport]:
    heard = (detector.process(probability) for probability in probabilities)
    return [report for report in heard if report is not None]


def moment(report: TurnReport) -> int:
    return report.since_ms if isinstance(report, Quiet) else report.at_ms


def test_a_turn_begins_with_padding_and_ends_with_the_silence_that_was_waited_for() -> None:
    sound = [SILENCE] * 5 + [SPEECH] * 4 + [SILENCE] * 5
    assert reports(TurnDetector(OPTIONS), sound) == [
        SpeechBegan(at_ms=5 * 32 - 64),
        Quiet(since_ms=9 * 32),
        SpeechEnded(at_ms=14 * 32),
    ]


@pytest.mark.parametrize(
    ("lowest", "ended"), [(None, True), (UNSURE - 0.1, False), (UNSURE + 0.1, True), (1.0, True)]
)
def test_the_lowest_threshold_says_what_silence_is(lowest: float | None, *, ended: bool) -> None:
    options = dataclasses.replace(OPTIONS, threshold=0.6, lowest_threshold=lowest)
    heard = reports(TurnDetector(options), [SPEECH] * 4 + [UNSURE] * 10)
    assert any(isinstance(report, SpeechEnded) for report in heard) == ended
    # Speech itself is never silence.
    assert reports(TurnDetector(options), [0.7] * 10) == [SpeechBegan(at_ms=0)]


def test_speech_at_the_start_begins_at_zero() -> None:
    assert reports(TurnDetector(OPTIONS), [SILENCE, SPEECH, SPEECH]) == [SpeechBegan(at_ms=0)]


def test_a_turn_never_begins_before_the_end_of_the_turn_before() -> None:
    sound = [SPEECH] * 2 + [SILENCE] * 5 + [SPEECH] * 2
    assert reports(TurnDetector(OPTIONS), sound)[-2:] == [
        SpeechEnded(at_ms=7 * 32),
        SpeechBegan(at_ms=7 * 32),
    ]


def test_speech_after_a_pause_resumes_the_turn() -> None:
    sound = [SPEECH] * 2 + [SILENCE] * 3 + [SPEECH] + [SILENCE] * 5
    assert reports(TurnDetector(OPTIONS), sound) == [
        SpeechBegan(at_ms=0),
        Quiet(since_ms=2 * 32),
        Resumed(at_ms=5 * 32),
        Quiet(since_ms=6 * 32),
        SpeechEnded(at_ms=11 * 32),
    ]


def test_a_short_pause_is_not_reported() -> None:
    assert reports(TurnDetector(OPTIONS), [SPEECH] * 2 + [SILENCE] * 2 + [SPEECH] * 2) == [
        SpeechBegan(at_ms=0)
    ]


def test_a_click_begins_no_turn_and_does_not_count_for_the_next() -> None:
    sound = [SPEECH, SILENCE] * 10
    assert reports(TurnDetector(OPTIONS), sound) == []


def test_one_window_is_enough_when_no_duration_is_asked_for() -> None:
    options = dataclasses.replace(OPTIONS, speech_duration_ms=0)
    assert reports(TurnDetector(options), [SPEECH]) == [SpeechBegan(at_ms=0)]


def test_doubtful_sound_neither_begins_a_turn_nor_ends_one_but_lets_a_silence_go_on() -> None:
    detector = TurnDetector(OPTIONS)
    assert reports(detector, [UNSURE] * 20) == []
    assert reports(detector, [SPEECH] * 2 + [UNSURE] * 20) == [SpeechBegan(at_ms=20 * 32 - 64)]
    silence = [SILENCE, UNSURE, UNSURE, UNSURE, SILENCE]
    assert reports(detector, silence) == [SpeechEnded(at_ms=47 * 32)]


def test_a_long_pause_that_ends_the_turn_at_once_needs_no_early_report() -> None:
    options = dataclasses.replace(OPTIONS, early_silence_ms=500)
    assert reports(TurnDetector(options), [SPEECH] * 2 + [SILENCE] * 5) == [
        SpeechBegan(at_ms=0),
        SpeechEnded(at_ms=7 * 32),
    ]


def test_the_end_of_the_sound_ends_no_turn() -> None:
    detector = TurnDetector(OPTIONS)
    assert reports(detector, [SPEECH] * 3) == [SpeechBegan(at_ms=0)]
    assert detector.now_ms == 96


def test_after_a_reset_a_turn_begins_anew_and_not_before_it() -> None:
    detector = TurnDetector(OPTIONS)
    assert reports(detector, [SPEECH] * 3) == [SpeechBegan(at_ms=0)]
    detector.reset()
    assert reports(detector, [SILENCE] * 10) == []
    detector.reset()
    assert reports(detector, [SPEECH] * 2) == [SpeechBegan(at_ms=13 * 32)]


def test_options_may_change_in_the_middle_of_a_turn() -> None:
    detector = TurnDetector(OPTIONS)
    assert reports(detector, [SPEECH] * 2 + [SILENCE] * 2) == [SpeechBegan(at_ms=0)]
    detector.options = dataclasses.replace(OPTIONS, silence_duration_ms=96)
    assert reports(detector, [SILENCE]) == [SpeechEnded(at_ms=5 * 32)]
    detector.options = dataclasses.replace(OPTIONS, threshold=0.95)
    assert reports(detector, [SPEECH] * 10) == []


def test_a_turn_goes_on_when_more_speech_is_asked_for_in_the_middle_of_it() -> None:
    detector = TurnDetector(OPTIONS)
    assert reports(detector, [SPEECH] * 2 + [SILENCE] * 3) == [SpeechBegan(at_ms=0), Quiet(since_ms=2 * 32)]
    detector.options = dataclasses.replace(OPTIONS, speech_duration_ms=1_000)
    assert reports(detector, [SPEECH] * 2) == [Resumed(at_ms=5 * 32)]


def test_where_words_decide_a_silence_asks_for_them_and_ends_the_turn_at_once_if_they_are_whole() -> None:
    detector = TurnDetector(JUDGED)
    assert reports(detector, [SPEECH] * 2 + [SILENCE] * 5) == [
        SpeechBegan(at_ms=0),
        Quiet(since_ms=2 * 32),
        EndPossible(at_ms=7 * 32),
    ]
    assert detector.decide(160) == SpeechEnded(at_ms=7 * 32)
    assert reports(detector, [SPEECH] * 2) == [SpeechBegan(at_ms=7 * 32)]


def test_an_unfinished_sentence_has_the_silence_that_was_decided() -> None:
    detector = TurnDetector(JUDGED)
    reports(detector, [SPEECH] * 2 + [SILENCE] * 5)
    assert detector.decide(224) is None
    assert reports(detector, [SILENCE]) == []
    assert reports(detector, [SILENCE]) == [SpeechEnded(at_ms=9 * 32)]


@pytest.mark.parametrize("decided_ms", [None, 10_000])
def test_the_longest_silence_ends_a_turn_whatever_was_decided(decided_ms: int | None) -> None:
    detector = TurnDetector(JUDGED)
    reports(detector, [SPEECH] * 2 + [SILENCE] * 5)
    if decided_ms is not None:
        assert detector.decide(decided_ms) is None
    assert reports(detector, [SILENCE] * 5) == [SpeechEnded(at_ms=12 * 32)]


def test_speech_after_a_question_resumes_the_turn_and_the_next_pause_is_asked_about_anew() -> None:
    detector = TurnDetector(JUDGED)
    reports(detector, [SPEECH] * 2 + [SILENCE] * 5)
    assert detector.decide(10_000) is None
    assert reports(detector, [SPEECH] + [SILENCE] * 5) == [
        Resumed(at_ms=7 * 32),
        Quiet(since_ms=8 * 32),
        EndPossible(at_ms=13 * 32),
    ]
    assert detector.decide(0) == SpeechEnded(at_ms=13 * 32)


def test_a_short_silence_may_be_enough_without_an_early_report() -> None:
    detector = TurnDetector(dataclasses.replace(JUDGED, silence_duration_ms=64))
    assert reports(detector, [SPEECH] * 2 + [SILENCE] * 2)[1:] == [EndPossible(at_ms=4 * 32)]


def test_a_decision_that_nobody_asked_for_changes_nothing() -> None:
    detector = TurnDetector(JUDGED)
    assert detector.decide(0) is None
    assert reports(detector, [SPEECH] * 2 + [SILENCE] * 4) == [SpeechBegan(at_ms=0), Quiet(since_ms=2 * 32)]
    assert detector.decide(0) is None
    assert reports(detector, [SILENCE]) == [EndPossible(at_ms=7 * 32)]
    detector.reset()
    assert detector.decide(0) is None


def test_words_decide_no_more_when_the_options_change_in_the_pause() -> None:
    detector = TurnDetector(JUDGED)
    reports(detector, [SPEECH] * 2 + [SILENCE] * 5)
    detector.options = OPTIONS
    assert reports(detector, [SILENCE]) == [SpeechEnded(at_ms=8 * 32)]


def test_a_pause_is_quiet_from_its_first_window_on() -> None:
    detector = TurnDetector(OPTIONS)
    reports(detector, [SPEECH] * 2)
    assert not detector.is_quiet
    reports(detector, [SILENCE])
    assert detector.is_quiet
    reports(detector, [SPEECH])
    assert not detector.is_quiet


def test_a_detector_that_starts_late_counts_from_there() -> None:
    assert reports(TurnDetector(OPTIONS, start_ms=1_000), [SPEECH] * 2) == [SpeechBegan(at_ms=1_000)]


@given(
    st.lists(st.floats(0, 1), max_size=200),
    st.builds(
        TurnOptions,
        threshold=st.floats(0, 1),
        prefix_padding_ms=st.integers(0, 500),
        speech_duration_ms=st.integers(0, 300),
        silence_duration_ms=st.integers(0, 300),
        early_silence_ms=st.integers(0, 300),
        longest_silence_ms=st.none() | st.integers(0, 600),
    ),
    st.lists(st.integers(0, 200), max_size=3),
    st.none() | st.integers(0, 600),
)
def test_any_sound_gives_turns_in_legal_order_and_time(
    probabilities: list[float], options: TurnOptions, resets: list[int], decided_ms: int | None
) -> None:
    detector = TurnDetector(options)
    last: type[TurnReport] | None = None
    last_end_ms = 0
    for index, probability in enumerate(probabilities):
        if index in resets:
            detector.reset()
            last, last_end_ms = None, detector.now_ms
        found = [detector.process(probability)]
        if isinstance(found[0], EndPossible) and decided_ms is not None:
            found.append(detector.decide(decided_ms))
        for report in found:
            if report is None:
                continue
            assert type(report) in LEGAL[last]
            last = type(report)
            at_ms = moment(report)
            assert last_end_ms <= at_ms <= detector.now_ms
            if isinstance(report, SpeechEnded):
                assert at_ms == detector.now_ms
                last_end_ms = at_ms
    assert detector.now_ms == len(probabilities) * WINDOW_MS


@pytest.fixture(scope="module")
def model() -> VoiceActivityModel:
    return VoiceActivityModel(silero_model_path())


def turns_of_clip(
    model: VoiceActivityModel, name: str, rate_hz: int, options: TurnOptions, *, piece_samples: int
) -> list[TurnReport]:
    """Play a clip and two seconds of silence."""
    sound = float_from_int16(speech_clips.load(name, rate_hz))
    sound = np.concatenate((sound, np.zeros(2 * rate_hz, dtype=np.float32)))
    resampler, windows = Resampler(rate_hz, 16_000), Windows()
    stream, detector = VoiceActivity(model), TurnDetector(options)
    found: list[TurnReport] = []
    for start in range(0, sound.size, piece_samples):
        for window in windows.cut(resampler.process(sound[start : start + piece_samples])):
            found += reports(detector, [stream.probability(window)])
    return found


SHORT_CLIPS = ["shrug", "card", "other_card", "short_question", "digits", "errand", "order"]


@pytest.mark.parametrize("name", SHORT_CLIPS)
@pytest.mark.parametrize("speech_duration_ms", [96, 200])
def test_a_short_sentence_is_one_turn(model: VoiceActivityModel, name: str, speech_duration_ms: int) -> None:
    options = TurnOptions(speech_duration_ms=speech_duration_ms)
    found = turns_of_clip(model, name, 24_000, options, piece_samples=480)
    assert [type(report) for report in found] == [SpeechBegan, Quiet, SpeechEnded]


def test_a_pause_of_more_than_half_a_second_ends_a_turn(model: VoiceActivityModel) -> None:
    found = turns_of_clip(model, "pause", 24_000, TurnOptions(), piece_samples=480)
    assert [type(report) for report in found].count(SpeechBegan) == 2


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 44_100, 48_000])
def test_turns_are_the_same_at_every_rate_and_for_pieces_of_any_size(
    model: VoiceActivityModel, rate_hz: int
) -> None:
    expected = turns_of_clip(model, "short_question", 24_000, TurnOptions(), piece_samples=480)
    whole = turns_of_clip(model, "short_question", rate_hz, TurnOptions(), piece_samples=1_000_000)
    pieces = turns_of_clip(model, "short_question", rate_hz, TurnOptions(), piece_samples=333)
    assert whole == pieces
    assert [type(report) for report in whole] == [type(report) for report in expected]
    assert moment(whole[0]) == pytest.approx(moment(expected[0]), abs=WINDOW_MS)
    assert moment(whole[-1]) == pytest.approx(moment(expected[-1]), abs=2 * WINDOW_MS)
