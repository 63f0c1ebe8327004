"""Follows one speaker's turns: probabilities of speech and verdicts on the words in, decisions out. Pure.

Words may decide whether a turn has begun (filler words begin none) and how much silence ends it. If they do,
the follower asks, and later sound is not judged before the answer. So events come at the same audio times
however fast the sound arrives.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import assert_never

from openvoicelive.audio import turns
from openvoicelive.audio.turns import TurnDetector, TurnOptions

FILLER_CHECK_MS = 320
"""A turn that may be nothing but fillers is checked so often: an "um" lasts about 300 ms."""

FEED_AHEAD_MS = 2_000
"""While somebody speaks, the recogniser gets so much sound at a time, so that little is left at the end."""


# --- decisions, in the order in which they must be performed ---


@dataclass(frozen=True)
class Begun:
    """A turn has begun, or may have: collect its sound."""

    start_ms: int


@dataclass(frozen=True)
class Announced:
    """The turn that has begun is one: report it."""

    start_ms: int
    noticed_at_ms: int


@dataclass(frozen=True)
class AddSound:
    """Give the turn's sound up to here to its transcript; for now, that is all of the turn."""

    until_ms: int


@dataclass(frozen=True)
class AskForWords:
    """Ask whether the turn has more than filler words, and answer with `TurnFollower.words`."""


@dataclass(frozen=True)
class AskForSilence:
    """Ask how much silence ends the turn after these words, and answer with `TurnFollower.silence`."""


@dataclass(frozen=True)
class EndPossible:
    """The turn may be over: transcribe it early."""


@dataclass(frozen=True)
class Continued:
    """More sound will follow what was added."""


@dataclass(frozen=True)
class Resumed:
    """The speaker goes on after a pause: what was transcribed early is not all."""


@dataclass(frozen=True)
class FeedAhead:
    """Let the recogniser work on what was added."""


@dataclass(frozen=True)
class Ended:
    """The turn is over."""

    start_ms: int
    at_ms: int


@dataclass(frozen=True)
class Forgotten:
    """The turn is over, and had only filler words: nobody hears of it."""


Question = AskForWords | AskForSilence
Decision = (
    Begun
    | Announced
    | AddSound
    | Question
    | EndPossible
    | Continued
    | Resumed
    | FeedAhead
    | Ended
    | Forgotten
)


class _State(Enum):
    IDLE = auto()
    HELD_BACK = auto()
    """Somebody speaks; it may be only fillers."""
    HELD_BACK_PAUSED = auto()
    SPEAKING = auto()
    PAUSED = auto()


class _Event(Enum):
    BEGAN = auto()
    PAUSED = auto()
    RESUMED = auto()
    END_POSSIBLE = auto()
    ENDED = auto()
    CHECK_DUE = auto()
    """Somebody speaks, and it is time to check for words."""
    FEED_DUE = auto()
    """Somebody speaks, and it is time to feed the recogniser."""


class _Step(Enum):
    BEGIN = auto()
    ADD_SOUND = auto()
    CONTINUE = auto()
    RESUME = auto()
    END = auto()
    TICK = auto()
    """Look whether something is due, because somebody speaks."""


# What follows from an event in each state; from events that are missing, nothing. After a pause that was not
# broken, all the speech was added already: the rest is silence.
_STEPS: dict[_State, dict[_Event, tuple[_Step | Decision, ...]]] = {
    _State.IDLE: {
        _Event.BEGAN: (_Step.BEGIN,),
    },
    _State.HELD_BACK: {
        _Event.PAUSED: (_Step.ADD_SOUND, AskForWords(), EndPossible()),
        _Event.END_POSSIBLE: (_Step.ADD_SOUND, AskForWords(), EndPossible(), AskForSilence()),
        _Event.ENDED: (_Step.ADD_SOUND, AskForWords(), _Step.END),
        _Event.CHECK_DUE: (_Step.ADD_SOUND, AskForWords(), _Step.CONTINUE),
    },
    _State.HELD_BACK_PAUSED: {
        _Event.RESUMED: (_Step.RESUME,),
        _Event.END_POSSIBLE: (AskForSilence(),),
        _Event.ENDED: (_Step.END,),
    },
    _State.SPEAKING: {
        _Event.PAUSED: (_Step.ADD_SOUND, EndPossible()),
        _Event.END_POSSIBLE: (_Step.ADD_SOUND, EndPossible(), AskForSilence()),
        _Event.ENDED: (_Step.ADD_SOUND, _Step.END),
        _Event.FEED_DUE: (_Step.ADD_SOUND, _Step.CONTINUE, FeedAhead()),
    },
    _State.PAUSED: {
        _Event.RESUMED: (_Step.RESUME,),
        _Event.END_POSSIBLE: (AskForSilence(),),
        _Event.ENDED: (_Step.END,),
    },
}

_EVENTS: dict[type[turns.TurnReport], _Event] = {
    turns.SpeechBegan: _Event.BEGAN,
    turns.Quiet: _Event.PAUSED,
    turns.Resumed: _Event.RESUMED,
    turns.EndPossible: _Event.END_POSSIBLE,
    turns.SpeechEnded: _Event.ENDED,
}

# The state after sound was added, after more of it is expected, and after a turn proved to have words.
_COMPLETE = {_State.HELD_BACK: _State.HELD_BACK_PAUSED, _State.SPEAKING: _State.PAUSED}
_OPEN = {complete: speaking for speaking, complete in _COMPLETE.items()}
_ANNOUNCED = {_State.HELD_BACK: _State.SPEAKING, _State.HELD_BACK_PAUSED: _State.PAUSED}


class TurnFollower:
    """Follows one stream of sound from `start_ms` on."""

    def __init__(self, options: TurnOptions, *, start_ms: int = 0) -> None:
        self._detector = TurnDetector(options, start_ms=start_ms)
        self._state = _State.IDLE
        self._steps: deque[_Step | Decision] = deque()
        self._question: Question | None = None
        self._holds_back = self._can_feed = False
        self._start_ms = self._end_ms = self._added_until_ms = self._next_check_ms = start_ms

    def window(
        self, probability: float, options: TurnOptions, *, holds_back: bool, can_feed: bool
    ) -> list[Decision]:
        """Judge the next window of 32 ms by the options that hold now.

        With `holds_back`, a turn is announced only once it has more than filler words. `can_feed` says
        whether the recogniser has nothing else to do. A question is the last decision; answer it before the
        next window.
        """
        if self._question is not None:
            raise RuntimeError(f"{self._question} was not answered.")
        self._detector.options = options
        self._holds_back, self._can_feed = holds_back, can_feed
        report = self._detector.process(probability)
        if isinstance(report, turns.SpeechBegan):
            self._start_ms = report.at_ms
        if isinstance(report, turns.SpeechEnded):
            self._end_ms = report.at_ms
        if report is not None:
            self._on(_EVENTS[type(report)])
        if not self._detector.is_quiet:
            self._steps.append(_Step.TICK)
        return self._decide()

    def words(self, *, has_words: bool) -> list[Decision]:
        """Answer `AskForWords`: whether the turn has more than filler words, as far as that is known."""
        self._answer(AskForWords())
        if not has_words:
            return self._decide()
        self._state = _ANNOUNCED[self._state]
        return [Announced(self._start_ms, self._detector.now_ms), *self._decide()]

    def silence(self, silence_ms: int) -> list[Decision]:
        """Answer `AskForSilence`: how much silence ends the turn."""
        self._answer(AskForSilence())
        ended = self._detector.decide(silence_ms)
        if ended is not None:
            self._end_ms = ended.at_ms
            self._on(_Event.ENDED)
        return self._decide()

    def _answer(self, question: Question) -> None:
        if self._question != question:
            raise RuntimeError(f"{question} was not asked.")
        self._question = None

    def _on(self, event: _Event) -> None:
        self._steps.extendleft(reversed(_STEPS[self._state].get(event, ())))

    def _decide(self) -> list[Decision]:
        decisions: list[Decision] = []
        while self._steps and self._question is None:
            step = self._steps.popleft()
            if isinstance(step, Question):
                self._question = step
            if isinstance(step, _Step):
                decisions += self._take(step)
            else:
                decisions.append(step)
        return decisions

    def _take(self, step: _Step) -> Iterator[Decision]:
        now_ms = self._detector.now_ms
        match step:
            case _Step.BEGIN:
                yield from self._begin(now_ms)
            case _Step.ADD_SOUND:
                self._state, self._added_until_ms = _COMPLETE[self._state], now_ms
                yield AddSound(now_ms)
            case _Step.CONTINUE | _Step.RESUME:
                self._state, self._next_check_ms = _OPEN[self._state], now_ms + FILLER_CHECK_MS
                yield Continued() if step is _Step.CONTINUE else Resumed()
            case _Step.END:
                is_announced = self._state is _State.PAUSED
                self._state = _State.IDLE
                yield Ended(self._start_ms, self._end_ms) if is_announced else Forgotten()
            case _Step.TICK:
                self._tick(now_ms)
            case never:
                assert_never(never)

    def _begin(self, now_ms: int) -> Iterator[Decision]:
        self._added_until_ms, self._next_check_ms = self._start_ms, now_ms + FILLER_CHECK_MS
        self._state = _State.HELD_BACK if self._holds_back else _State.SPEAKING
        yield Begun(self._start_ms)
        if not self._holds_back:
            yield Announced(self._start_ms, now_ms)

    def _tick(self, now_ms: int) -> None:
        if self._state is _State.HELD_BACK and now_ms >= self._next_check_ms:
            self._on(_Event.CHECK_DUE)
        elif self._can_feed and now_ms - self._added_until_ms >= FEED_AHEAD_MS:
            self._on(_Event.FEED_DUE)
