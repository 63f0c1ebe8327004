"""What begins a turn, and how much silence ends it: the options of turn detection as figures.

`server_vad` always waits for the same silence. The semantic kinds, and every kind with
`end_of_utterance_detection`, wait longer if the words do not sound finished. A finished sentence never ends
before the `silence_duration_ms` of a client. OpenAI's `semantic_vad` has none; its eagerness says how soon
and how late a turn ends.
"""

from dataclasses import dataclass, replace

from openvoicelive.audio.turns import TurnOptions
from openvoicelive.protocol.turn_detection import (
    AzureSemanticVadEn,
    EndOfUtteranceDetection,
    SemanticVad,
    ServerVad,
    TurnDetection,
)
from openvoicelive.turns.word_rules import finished_probability, only_fillers

# How sure it must be that a sentence is finished. The documentation: "With a lower setting the probability
# the sentence is complete will be higher"; the default is medium.
_THRESHOLDS = {"low": 0.3, "medium": 0.5, "default": 0.5, "high": 0.7}
_DEFAULT_TIMEOUT_MS = 1_000
_MAX_TIMEOUT_MS = 10_000
# The silence after a finished sentence, and after one that is surely not. OpenAI documents at most 2, 4 and
# 8 seconds for the second. Half of that is taken, because rules about words err more often than its
# classifier.
_EAGERNESS_MS = {"high": (288, 1_000), "medium": (352, 2_000), "auto": (352, 2_000), "low": (640, 4_000)}


class TurnPolicy:
    """Judges sound and words by the options of a client; words are judged as those of a language.

    If recognition failed, sound alone decides; the turn's own transcription reports the failure.
    """

    def __init__(self, detection: TurnDetection, language: str) -> None:
        self.options = turn_options(detection)
        self.options_under_answer = turn_options(detection, assistant_speaks=True)
        """While the assistant speaks."""
        self._end_of_turn = end_of_turn(detection)
        self._removed_fillers = removed_fillers(detection)
        self._language = language

    @property
    def holds_back(self) -> bool:
        """Whether a turn must not begin before it is known to have more than filler words."""
        return self._removed_fillers is not None

    def has_words(self, transcript: str | None) -> bool:
        """Tell whether there is more than filler words; None is a transcript that is not known."""
        return transcript is None or not only_fillers(transcript, self._removed_fillers or ())

    def silence_ms(self, transcript: str | None) -> int:
        """Return the silence that ends a turn after these words; None if they are not known."""
        if self._end_of_turn is None:
            return 0
        if transcript is None:
            return self._end_of_turn.finished_ms
        return self._end_of_turn.silence_ms(transcript, self._language)


@dataclass(frozen=True)
class EndOfTurn:
    """Decides by meaning."""

    finished_ms: int
    """Silence after what surely is a finished sentence, and when the words are not known."""

    unfinished_ms: int
    """Silence after what surely is none."""

    threshold: float = _THRESHOLDS["default"]
    """Probability from which on a sentence counts as finished."""

    language: str | None = None
    """A BCP 47 tag, if the options name a language."""

    def silence_ms(self, transcript: str, language: str) -> int:
        """Return the silence that ends a turn in which this was said so far."""
        finished = finished_probability(transcript, self.language or language)
        doubt = max(0.0, 1 - finished / self.threshold)
        return round(self.finished_ms + doubt * (self.unfinished_ms - self.finished_ms))


def end_of_turn(detection: TurnDetection) -> EndOfTurn | None:
    """Return how to decide by meaning; None if silence alone decides."""
    options = detection.end_of_utterance_detection
    if isinstance(detection, ServerVad) and options is None:
        return None
    english = isinstance(detection, AzureSemanticVadEn) or (
        options is not None and options.model.endswith("_en")
    )
    language = "en" if english else None
    if isinstance(detection, SemanticVad) and options is None:
        finished_ms, unfinished_ms = _EAGERNESS_MS[detection.eagerness or "auto"]
        finished_ms = _or(detection.silence_duration_ms, finished_ms)
        return EndOfTurn(finished_ms, max(finished_ms, unfinished_ms), language=language)
    finished_ms = _or(detection.silence_duration_ms, TurnOptions.silence_duration_ms)
    return EndOfTurn(
        finished_ms,
        finished_ms + _timeout_ms(options),
        _THRESHOLDS[(options and options.threshold_level) or "default"],
        language,
    )


def turn_options(detection: TurnDetection, *, assistant_speaks: bool = False) -> TurnOptions:
    """Return the detector's options; what the client left open has the wire's defaults already."""
    speech_duration_ms = detection.speech_duration_ms
    if assistant_speaks and not isinstance(detection, ServerVad):
        speech_duration_ms = detection.speech_duration_assistant_speaking_ms or speech_duration_ms
    given = {
        "threshold": detection.threshold,
        "lowest_threshold": detection.neg_threshold or None,
        "prefix_padding_ms": detection.prefix_padding_ms,
        "silence_duration_ms": detection.silence_duration_ms,
        "speech_duration_ms": speech_duration_ms,
    }
    end = end_of_turn(detection)
    if end is not None:
        given |= {"silence_duration_ms": end.finished_ms, "longest_silence_ms": end.unfinished_ms}
    return replace(TurnOptions(), **{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]


def removed_fillers(detection: TurnDetection | None) -> tuple[str, ...] | None:
    """Return the languages whose fillers begin no turn (none named: all); None if they do begin one."""
    if detection is None or isinstance(detection, ServerVad) or not detection.remove_filler_words:
        return None
    return ("en",) if isinstance(detection, AzureSemanticVadEn) else detection.languages or ()


def _timeout_ms(options: EndOfUtteranceDetection | None) -> int:
    if options is None or options.longest_wait_ms is None:
        return _DEFAULT_TIMEOUT_MS
    return min(max(options.longest_wait_ms, 0), _MAX_TIMEOUT_MS)


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value
