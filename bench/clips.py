"""What the benchmarks say: recordings of people, and where the speech in them truly ends."""

import numpy as np
import numpy.typing as npt

from tests.speech_clips import load

RATE_HZ = 24_000
# Sentences as people say them to an assistant, without a pause inside that would end the turn.
NAMES = (
    "az_weather",
    "gc_230pm",
    "gc_book",
    "gc_brooklyn",
    "gc_hello",
    "gc_today",
    "lk_weather",
    "ps_card_001",
    "ps_card_003",
    "ps_goforward",
)
_FRAME = RATE_HZ // 100
# Speech has ended after the last 10 ms that are less than this below the loudest.
_SPEECH_RANGE_DB = 35.0
# And it begins with the first 10 ms that are less than this below the loudest: breath and the room are lower.
_BEGIN_RANGE_DB = 25.0


def speech(name: str) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Return a clip at 24 kHz, cut where its speech ends."""
    samples = load(name, RATE_HZ)
    level_db = _levels_db(samples)
    last = int(np.nonzero(level_db > level_db.max() - _SPEECH_RANGE_DB)[0][-1])
    return samples[: (last + 1) * _FRAME].copy()


def utterance(name: str) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Return a clip at 24 kHz, cut where its speech begins and where it ends."""
    samples = speech(name)
    level_db = _levels_db(samples)
    first = int(np.nonzero(level_db > level_db.max() - _BEGIN_RANGE_DB)[0][0])
    return samples[first * _FRAME :]


def _levels_db(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.float64]:
    """Return the level of each 10 ms."""
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64)
    levels_db: npt.NDArray[np.float64] = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-9)
    return levels_db
