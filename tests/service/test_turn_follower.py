"""What the turn follower decides: a table of situations, and what holds for any sound and any answers."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.audio import turns
from openvoicelive.audio.turns import TurnDetector, TurnOptions
from openvoicelive.audio.windows import WINDOW_MS
from openvoicelive.service.hearing.turn_follower import (
    FEED_AHEAD_MS,
    FILLER_CHECK_MS,
    AddSound,
    Announced,
    AskForSilence,
    AskForWords,
    Begun,
    Continued,
    Decision,
    Ended,
    EndPossible,
    FeedAhead,
    Forgotten,
    Resumed,
    TurnFollower,
)

OPTIONS = TurnOptions(prefix_padding_ms=0, speech_duration_ms=96, silence_duration_ms=500)
BY_WORDS = replace(OPTIONS, longest_silence_ms=1_500)
SPEECH, SILENCE, NEITHER = 0.9, 0.0, 0.4


def follow(
    probabilities: Iterable[float],
    *,
    options: TurnOptions = OPTIONS,
    holds_back: bool = False,
    can_feed: bool = False,
    has_words: Callable[[], bool] = lambda: True,
    silence_ms: Callable[[], int] = lambda: 500,
) -> list[Decision]:
    """Return what is decided about windows of sound, with these answers to what is asked."""
    follower = TurnFollower(options)
    decided: list[Decision] = []
    for probability in probabilities:
        decisions = follower.window(probability, options, holds_back=holds_back, can_feed=can_feed)
        decided += decisions
        while decisions and isinstance(decisions[-1], AskForWords | AskForSilence):
            if isinstance(decisions[-1], AskForWords):
                decisions = follower.words(has_words=has_words())
            else:
                decisions = follower.silence(silence_ms())
            decided += decisions
    return decided


def windows(*stretches: tuple[float, int]) -> list[float]:
    """Return probabilities for stretches of so many ms."""
    return [probability for probability, duration_ms in stretches for _ in range(duration_ms // WINDOW_MS)]


ONE_TURN = windows((SPEECH, 640), (SILENCE, 640))


def test_a_turn_is_announced_and_may_be_over_and_ends() -> None:
    assert follow(ONE_TURN) == [
        Begun(0),
        Announced(0, 96),
        AddSound(864),
        EndPossible(),
        Ended(0, 1_152),
    ]


def test_speech_after_a_pause_takes_the_pause_back() -> None:
    decisions = follow(windows((SPEECH, 320), (SILENCE, 320), (SPEECH, 320)))
    assert decisions == [Begun(0), Announced(0, 96), AddSound(544), EndPossible(), Resumed()]


def test_a_turn_of_fillers_is_checked_while_it_lasts_and_forgotten() -> None:
    assert follow(ONE_TURN, holds_back=True, has_words=lambda: False) == [
        Begun(0),
        AddSound(96 + FILLER_CHECK_MS),
        AskForWords(),
        Continued(),
        AddSound(864),
        AskForWords(),
        EndPossible(),
        Forgotten(),
    ]


def test_a_held_back_turn_is_announced_when_it_has_words() -> None:
    assert follow(ONE_TURN, holds_back=True) == [
        Begun(0),
        AddSound(416),
        AskForWords(),
        Announced(0, 416),
        Continued(),
        AddSound(864),
        EndPossible(),
        Ended(0, 1_152),
    ]


def test_a_held_back_turn_that_goes_on_after_a_pause_is_checked_again() -> None:
    sound = windows((SPEECH, 192), (SILENCE, 320), (SPEECH, 384))
    decisions = follow(sound, holds_back=True, has_words=lambda: False)
    assert decisions[-4:] == [Resumed(), AddSound(864), AskForWords(), Continued()]


def test_words_decide_how_much_silence_ends_a_turn() -> None:
    sound = windows((SPEECH, 640), (SILENCE, 1_600))
    ends = [
        decision.at_ms
        for silence_ms in (500, 1_000, 9_999)
        for decision in follow(sound, options=BY_WORDS, silence_ms=lambda ms=silence_ms: ms)  # type: ignore[misc]
        if isinstance(decision, Ended)
    ]
    # The windows are of 32 ms; the longest silence ends the turn whatever the words are.
    assert ends == [640 + 512, 640 + 1_024, 640 + 1_504]


@pytest.mark.parametrize("holds_back", [False, True])
def test_a_pause_that_is_long_at_once_is_transcribed_before_its_words_decide(*, holds_back: bool) -> None:
    options = replace(BY_WORDS, silence_duration_ms=32)
    decisions = follow(
        windows((SPEECH, 128), (SILENCE, 64)),
        options=options,
        holds_back=holds_back,
        silence_ms=lambda: 1_000,
    )
    words = [AskForWords(), Announced(0, 160)] if holds_back else []
    assert decisions[-3 - len(words) :] == [AddSound(160), *words, EndPossible(), AskForSilence()]


@pytest.mark.parametrize("has_words", [False, True])
def test_silence_that_ends_a_turn_at_once_still_asks_for_its_words(*, has_words: bool) -> None:
    options = replace(OPTIONS, silence_duration_ms=32)
    decisions = follow(
        windows((SPEECH, 128), (SILENCE, 32)), options=options, holds_back=True, has_words=lambda: has_words
    )
    end = [Announced(0, 160), Ended(0, 160)] if has_words else [Forgotten()]
    assert decisions == [Begun(0), AddSound(160), AskForWords(), *end]


def test_the_recogniser_is_fed_while_somebody_speaks_for_long_if_it_is_free() -> None:
    sound = windows((SPEECH, 2 * FEED_AHEAD_MS + 320))
    fed = [AddSound(2_016), Continued(), FeedAhead(), AddSound(4_032), Continued(), FeedAhead()]
    assert follow(sound, can_feed=True)[2:] == fed
    assert follow(sound, can_feed=False)[2:] == []


def test_no_window_is_judged_before_a_question_is_answered() -> None:
    follower = TurnFollower(BY_WORDS)
    for probability in windows((SPEECH, 640), (SILENCE, 512)):
        follower.window(probability, BY_WORDS, holds_back=False, can_feed=False)
    with pytest.raises(RuntimeError, match="AskForSilence"):
        follower.window(SILENCE, BY_WORDS, holds_back=False, can_feed=False)
    with pytest.raises(RuntimeError, match="AskForWords"):
        follower.words(has_words=True)
    assert follower.silence(0) == [Ended(0, 1_152)]


sounds = st.lists(
    st.tuples(st.sampled_from([SPEECH, SILENCE, NEITHER]), st.integers(1, 80)), max_size=12
).map(lambda stretches: windows(*((level, count * WINDOW_MS) for level, count in stretches)))
all_options = st.builds(
    TurnOptions,
    prefix_padding_ms=st.sampled_from([0, 300]),
    speech_duration_ms=st.sampled_from([32, 96]),
    silence_duration_ms=st.sampled_from([32, 288, 500]),
    longest_silence_ms=st.sampled_from([None, 500, 1_500]),
)


@given(
    sound=sounds,
    options=all_options,
    holds_back=st.booleans(),
    can_feed=st.booleans(),
    chance=st.randoms(use_true_random=False),
)
def test_every_turn_is_whole(
    *, sound: list[float], options: TurnOptions, holds_back: bool, can_feed: bool, chance: Random
) -> None:
    """It begins, is announced at most once, has all its sound at the end, and overlaps with no other."""
    decisions = follow(
        sound,
        options=options,
        holds_back=holds_back,
        can_feed=can_feed,
        has_words=lambda: chance.random() < 0.5,
        silence_ms=lambda: chance.choice([0, 500, 1_500]),
    )
    turn: list[Decision] = []
    over_at_ms = added_until_ms = 0
    for decision in decisions:
        assert isinstance(decision, Begun) == (not turn)
        turn.append(decision)
        match decision:
            case Begun(start_ms):
                assert start_ms >= over_at_ms
                added_until_ms = start_ms
            case Announced(start_ms, noticed_at_ms):
                assert turn.count(decision) == 1
                assert turn[0] == Begun(start_ms)
                assert noticed_at_ms > start_ms
            case AddSound(until_ms):
                assert until_ms > added_until_ms
                added_until_ms = until_ms
            case Ended() | Forgotten():
                is_announced = any(isinstance(one, Announced) for one in turn)
                assert is_announced == isinstance(decision, Ended)
                changes = [one for one in turn if isinstance(one, AddSound | Continued | Resumed)]
                assert isinstance(changes[-1], AddSound)
                over_at_ms = decision.at_ms if isinstance(decision, Ended) else added_until_ms
                turn = []


@given(sounds, all_options.map(lambda options: replace(options, longest_silence_ms=None)))
def test_if_only_sound_decides_turns_are_those_of_the_detector(
    sound: list[float], options: TurnOptions
) -> None:
    detector = TurnDetector(options)
    reports = [report for probability in sound if (report := detector.process(probability)) is not None]
    expected = [
        report.at_ms for report in reports if isinstance(report, turns.SpeechBegan | turns.SpeechEnded)
    ]
    decided = [
        decision.start_ms if isinstance(decision, Begun) else decision.at_ms
        for decision in follow(sound, options=options)
        if isinstance(decision, Begun | Ended)
    ]
    assert decided == expected
