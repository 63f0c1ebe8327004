"""What tests and benchmarks of the audio path measure: the turns that are found, and the words."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from openvoicelive.audio.echo import CancelledEcho, EchoCanceller
from openvoicelive.audio.noise import NoiseReducer, NoiseReduction
from openvoicelive.audio.pcm import FloatSamples
from openvoicelive.audio.turns import SpeechBegan, TurnDetector, TurnOptions
from openvoicelive.audio.voice_activity import VoiceActivity, VoiceActivityModel, silero_model_path
from openvoicelive.audio.windows import Windows
from openvoicelive.recognition.interface import Recognizer
from openvoicelive.recognition.moonshine import MoonshineRecognizer
from tests import speech_clips
from tests.audio.synthetic_room import RATE_HZ, clip
from tests.word_error import WordErrors, word_errors

CLIPS = (
    "order",
    "errand",
    "card",
    "short_question",
    "shrug",
    "digits",
    "question",
    "contrast",
    "other_card",
    "plain_sentence",
    "condition",
)
# What a turn's padding adds, before and after.
_AROUND = 3 * RATE_HZ // 10


class Person:
    """Somebody who says the clips, one after the other, with pauses."""

    def __init__(
        self,
        seconds: float,
        *,
        start_s: float,
        loudness: float,
        pause_s: float = 2.0,
        names: Sequence[str] = CLIPS,
    ) -> None:
        self.sound: FloatSamples = np.zeros(round(seconds * RATE_HZ), np.float32)
        self.said: list[tuple[int, int, str]] = []
        """First sample, last sample, clip."""
        start = round(start_s * RATE_HZ)
        for name in names:
            voice = clip(name, loudness)
            if start + voice.size + _AROUND > self.sound.size:
                break
            self.sound[start : start + voice.size] = voice
            self.said.append((start, start + voice.size, name))
            start += voice.size + round(pause_s * RATE_HZ)

    def word_errors(self, heard: FloatSamples) -> WordErrors:
        """Recognise what was said, where it was said."""
        errors = WordErrors(0, 0)
        for first, last, name in self.said:
            errors += word_errors_of(heard[max(first - _AROUND, 0) : last + _AROUND], name)
        return errors

    def noticed(self, turns_ms: list[int]) -> int:
        """Count the clips at whose beginning a turn began."""
        return sum(
            any(first - RATE_HZ // 2 <= at_ms * RATE_HZ // 1000 <= first + RATE_HZ for at_ms in turns_ms)
            for first, _, _ in self.said
        )


def turns_ms(sound: FloatSamples) -> list[int]:
    """Return where turns begin, by the detector that sessions have."""
    detector, activity = TurnDetector(TurnOptions()), VoiceActivity(_voice_activity())
    reports = [detector.process(activity.probability(window)) for window in Windows().cut(sound)]
    return [report.at_ms for report in reports if isinstance(report, SpeechBegan)]


def word_errors_of(sound: FloatSamples, name: str) -> WordErrors:
    """Recognise one clip."""
    utterance = _recognizer().start()
    utterance.hear(np.ascontiguousarray(sound))
    return word_errors(speech_clips.transcripts()[name], utterance.transcript())


def cancelled(
    microphone: FloatSamples, played: FloatSamples, *, step: int = 640, canceller: EchoCanceller | None = None
) -> CancelledEcho:
    """Send both through a canceller, as a session does: what is played is sent as it begins to sound."""
    canceller = canceller or EchoCanceller()
    pieces = []
    for start in range(0, microphone.size, step):
        canceller.play(played[start : start + step])
        pieces.append(canceller.process(microphone[start : start + step]))
    return CancelledEcho.joined([*pieces, canceller.release()])


def reduced(sound: FloatSamples, kind: NoiseReduction | None, *, step: int = 640) -> FloatSamples:
    """Send sound through a noise reducer; as long as it was."""
    if kind is None:
        return sound
    reducer = NoiseReducer(kind)
    pieces = [reducer.process(sound[start : start + step]) for start in range(0, sound.size, step)]
    pieces.append(reducer.process(np.zeros(512, np.float32)))
    return np.concatenate(pieces)[: sound.size]


@lru_cache(maxsize=1)
def _voice_activity() -> VoiceActivityModel:
    return VoiceActivityModel(silero_model_path())


@lru_cache(maxsize=1)
def _recognizer() -> Recognizer:
    return MoonshineRecognizer()
