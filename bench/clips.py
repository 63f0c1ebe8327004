"""What the benchmarks say: recordings of people, and where the speech in them truly ends."""

import numpy as np

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


def speech(name: str) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Return a clip at 24 kHz, cut where its speech ends."""
    samples = load(name, RATE_HZ)
    frames = samples[: len(samples) // _FRAME * _FRAME].reshape(-1, _FRAME).astype(np.float64)
    level_db = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-9)
    last = int(np.nonzero(level_db > level_db.max() - _SPEECH_RANGE_DB)[0][-1])
    return samples[: (last + 1) * _FRAME].copy()
