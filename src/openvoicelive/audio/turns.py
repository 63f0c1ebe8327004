"""When somebody begins and ends to speak, judged from the probabilities of speech.

There is no clock here: a window of sound is the tick, and times count from the first sound of the session.
"""

from dataclasses import dataclass
from enum import Enum, auto

from openvoicelive.audio.windows import WINDOW_MS


@dataclass(frozen=True)
class TurnOptions:
    """What makes a turn."""

    threshold: float = 0.5
    """Probability from which on a window counts as speech."""

    lowest_threshold: float | None = None
    """Probability below which a window counts as silence. None: 0.15 below `threshold`, as in Silero's own
    iterator."""

    prefix_padding_ms: int = 300
    """Sound before the first speech that belongs to the turn."""

    speech_duration_ms: int = 96
    """Speech needed before a turn begins. Less lets clicks and coughs interrupt, more delays interruption;
    of a word such as "today" the model is sure for about 250 ms."""

    silence_duration_ms: int = 500
    """Silence that ends a turn."""

    longest_silence_ms: int | None = None
    """Silence that ends a turn when what was said decides: `silence_duration_ms` only leads to `EndPossible`
    then, and `TurnDetector.decide` says how much is needed, at most this. None: silence alone decides."""

    early_silence_ms: int = 200
    """Silence after which the turn may be over, so that recognition can begin."""

    @property
    def silence_threshold(self) -> float:
        """Probability below which a window counts as silence; never above the one of speech."""
        if self.lowest_threshold is not None:
            return min(self.lowest_threshold, self.threshold)
        return max(self.threshold - 0.15, 0.01)


@dataclass(frozen=True)
class SpeechBegan:
    """A turn has begun."""

    at_ms: int
    """Where its sound begins, with the padding; never before the end of the turn before."""


@dataclass(frozen=True)
class Quiet:
    """The speaker pauses; perhaps the turn is over."""

    since_ms: int
    """Where the silence began."""


@dataclass(frozen=True)
class Resumed:
    """The speaker goes on after `Quiet`."""

    at_ms: int


@dataclass(frozen=True)
class EndPossible:
    """The silence is long enough for a finished sentence; `TurnDetector.decide` tells whether it was one."""

    at_ms: int


@dataclass(frozen=True)
class SpeechEnded:
    """The turn is over."""

    at_ms: int
    """Now: the silence that was waited for is part of the turn, as it is with Voice Live."""


TurnReport = SpeechBegan | Quiet | Resumed | EndPossible | SpeechEnded


class _State(Enum):
    IDLE = auto()
    STARTING = auto()
    """Speech, but not yet enough of it."""
    SPEAKING = auto()
    WAITING = auto()
    """A pause was reported; speech or more silence decides what it was."""
    ASKING = auto()
    """`EndPossible` was reported of this pause."""


class _Evidence(Enum):
    SPEECH = auto()
    ENOUGH_SPEECH = auto()
    SILENCE = auto()
    EARLY_SILENCE = auto()
    POSSIBLE_END = auto()
    LONG_SILENCE = auto()


# What a window does in each state: the next state, and what is reported.
_TRANSITIONS: dict[_State, dict[_Evidence, tuple[_State, type[TurnReport] | None]]] = {
    _State.IDLE: {
        _Evidence.SPEECH: (_State.STARTING, None),
        _Evidence.ENOUGH_SPEECH: (_State.SPEAKING, SpeechBegan),
        _Evidence.SILENCE: (_State.IDLE, None),
        _Evidence.EARLY_SILENCE: (_State.IDLE, None),
        _Evidence.POSSIBLE_END: (_State.IDLE, None),
        _Evidence.LONG_SILENCE: (_State.IDLE, None),
    },
    _State.STARTING: {
        _Evidence.SPEECH: (_State.STARTING, None),
        _Evidence.ENOUGH_SPEECH: (_State.SPEAKING, SpeechBegan),
        _Evidence.SILENCE: (_State.IDLE, None),
        _Evidence.EARLY_SILENCE: (_State.IDLE, None),
        _Evidence.POSSIBLE_END: (_State.IDLE, None),
        _Evidence.LONG_SILENCE: (_State.IDLE, None),
    },
    _State.SPEAKING: {
        _Evidence.SPEECH: (_State.SPEAKING, None),
        _Evidence.ENOUGH_SPEECH: (_State.SPEAKING, None),
        _Evidence.SILENCE: (_State.SPEAKING, None),
        _Evidence.EARLY_SILENCE: (_State.WAITING, Quiet),
        _Evidence.POSSIBLE_END: (_State.ASKING, EndPossible),
        _Evidence.LONG_SILENCE: (_State.IDLE, SpeechEnded),
    },
    _State.WAITING: {
        _Evidence.SPEECH: (_State.SPEAKING, Resumed),
        _Evidence.ENOUGH_SPEECH: (_State.SPEAKING, Resumed),
        _Evidence.SILENCE: (_State.WAITING, None),
        _Evidence.EARLY_SILENCE: (_State.WAITING, None),
        _Evidence.POSSIBLE_END: (_State.ASKING, EndPossible),
        _Evidence.LONG_SILENCE: (_State.IDLE, SpeechEnded),
    },
    _State.ASKING: {
        _Evidence.SPEECH: (_State.SPEAKING, Resumed),
        _Evidence.ENOUGH_SPEECH: (_State.SPEAKING, Resumed),
        _Evidence.SILENCE: (_State.ASKING, None),
        _Evidence.EARLY_SILENCE: (_State.ASKING, None),
        _Evidence.POSSIBLE_END: (_State.ASKING, None),
        _Evidence.LONG_SILENCE: (_State.IDLE, SpeechEnded),
    },
}


class TurnDetector:
    """Judges one stream; `options` may be replaced at any time, also in the middle of a turn."""

    def __init__(self, options: TurnOptions, *, start_ms: int = 0) -> None:
        self.options = options
        self._state = _State.IDLE
        self._now_ms = start_ms
        self._earliest_ms = start_ms
        self._speech_since_ms = start_ms
        self._speech_ms = 0
        self._silence_ms = 0
        # What was decided about the pause that is going on.
        self._decided_ms: int | None = None

    @property
    def now_ms(self) -> int:
        """How much sound there has been."""
        return self._now_ms

    @property
    def is_quiet(self) -> bool:
        """Whether the newest sound was silence, however short."""
        return self._silence_ms > 0

    def process(self, probability: float) -> TurnReport | None:
        """Judge the next window of 32 ms; at most one thing happens in it."""
        self._now_ms += WINDOW_MS
        if probability >= self.options.threshold:
            evidence = self._on_speech()
        elif probability < self.options.silence_threshold:
            evidence = self._on_silence()
        else:
            # Neither: it does not end a silence, nor is it enough to end a turn.
            self._silence_ms += WINDOW_MS if self._silence_ms else 0
            return None
        self._state, report = _TRANSITIONS[self._state][evidence]
        return self._report(report)

    def decide(self, silence_ms: int) -> SpeechEnded | None:
        """Answer `EndPossible`: this much silence ends the turn, if the pause lasts so long.

        Returns the end if it has lasted so long already. Without an answer the longest silence ends it.
        """
        if self._state is not _State.ASKING:
            return None
        self._decided_ms = silence_ms
        if self._silence_ms < silence_ms:
            return None
        self.reset()
        return SpeechEnded(self._now_ms)

    def reset(self) -> None:
        """Forget a turn that has begun, without a report; what was heard belongs to no later turn.

        Call it when the client itself clears or commits the sound.
        """
        self._state = _State.IDLE
        self._earliest_ms = self._now_ms
        self._silence_ms = 0
        self._decided_ms = None

    def _on_speech(self) -> _Evidence:
        if self._state is _State.IDLE:
            self._speech_since_ms, self._speech_ms = self._now_ms - WINDOW_MS, 0
        self._silence_ms = 0
        self._decided_ms = None
        self._speech_ms += WINDOW_MS
        enough = self._speech_ms >= self.options.speech_duration_ms
        return _Evidence.ENOUGH_SPEECH if enough else _Evidence.SPEECH

    def _on_silence(self) -> _Evidence:
        self._silence_ms += WINDOW_MS
        options = self.options
        longest_ms = options.longest_silence_ms
        if longest_ms is not None and self._decided_ms is not None:
            longest_ms = min(longest_ms, self._decided_ms)
        if self._silence_ms >= max(longest_ms or 0, options.silence_duration_ms):
            return _Evidence.LONG_SILENCE
        if self._silence_ms >= options.silence_duration_ms:
            return _Evidence.POSSIBLE_END
        return _Evidence.EARLY_SILENCE if self._silence_ms >= options.early_silence_ms else _Evidence.SILENCE

    def _report(self, report: type[TurnReport] | None) -> TurnReport | None:
        if report is SpeechBegan:
            start_ms = self._speech_since_ms - self.options.prefix_padding_ms
            return SpeechBegan(max(start_ms, self._earliest_ms))
        if report is Quiet:
            return Quiet(self._now_ms - self._silence_ms)
        if report is Resumed:
            return Resumed(self._now_ms - WINDOW_MS)
        if report is EndPossible:
            return EndPossible(self._now_ms)
        if report is SpeechEnded:
            self.reset()
            return SpeechEnded(self._now_ms)
        return None
