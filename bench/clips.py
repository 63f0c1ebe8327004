"""What the benchmarks hear: clips, and where the speech in them truly ends.

The clips are those that every clone has. If OPENVOICELIVE_SPEECH names a folder of recordings, they are that
folder's instead, so that figures over more voices can be compared from one version to the next.
"""

from functools import cache

import numpy as np

from openvoicelive.audio.pcm import FloatSamples, Int16Samples, float_from_int16
from tests import speech_clips
from tests.audio.listening_person import turns_ms

RATE_HZ = 24_000
SENTENCE_S = 3.0
"""Sentences as people say them to an assistant are at most this long."""

_DETECTOR_RATE_HZ = 16_000


def transcripts() -> dict[str, str]:
    """Return what is said in each clip, by the clip's name."""
    return speech_clips.wider_transcripts() or speech_clips.transcripts()


@cache
def sentences(longest_s: float = SENTENCE_S) -> tuple[str, ...]:
    """Name the clips of at most so much speech, without a pause inside that would end the turn."""
    return tuple(
        name
        for name in sorted(transcripts())
        if len(utterance(name)) <= longest_s * RATE_HZ and len(turns_ms(_with_silence(name))) == 1
    )


def speech(name: str) -> Int16Samples:
    """Return a clip at 24 kHz, cut where its speech ends."""
    return speech_clips.speech(name, RATE_HZ)


def utterance(name: str) -> Int16Samples:
    """Return a clip at 24 kHz, cut where its speech begins and where it ends."""
    return speech_clips.utterance(name, RATE_HZ)


def _with_silence(name: str) -> FloatSamples:
    sound = float_from_int16(speech_clips.load(name, _DETECTOR_RATE_HZ))
    return np.concatenate((sound, np.zeros(_DETECTOR_RATE_HZ, np.float32)))
