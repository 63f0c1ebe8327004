"""Where a long speech can be cut into pieces, for engines whose work grows faster than the speech.

Only the sound decides, never how it arrives: the same speech gives the same pieces.
"""

import numpy as np
import numpy.typing as npt

from openvoicelive.recognition.interface import RECOGNITION_RATE_HZ, Samples

LEAST_SAMPLES = 5 * RECOGNITION_RATE_HZ
"""A piece has so much, or words lack what is around them."""

SEARCH_SAMPLES = 7 * RECOGNITION_RATE_HZ
"""A pause is looked for when there is so much more; with 4 s the recognition costs words, with 8 s time."""

LONGEST_SAMPLES = 20 * RECOGNITION_RATE_HZ
"""Without a pause the speech is cut here, where it is quietest."""

_STEP_SAMPLES = RECOGNITION_RATE_HZ
_FRAME_SAMPLES = RECOGNITION_RATE_HZ // 50
# The closure of a "t" or a "p" inside a word is quiet, too, but for less than half of this.
_PAUSE_FRAMES = 15
# In joined recordings most pauses are 18 dB and more below the speech; where words follow each other without
# any, the quietest 300 ms are 9 to 12 dB below.
_PAUSE_DB = -15.0
# What counts as speech is as loud as the loudest fifth.
_SPEECH_PERCENT = 80
_SILENCE = 1e-12


def place_to_cut(samples: Samples, least_samples: int = LEAST_SAMPLES) -> int | None:
    """Return where the first piece ends: the middle of its deepest pause; None while more sound should come.

    The piece has at least `least_samples`, which may be up to `LONGEST_SAMPLES` less `SEARCH_SAMPLES`, and
    at most `LONGEST_SAMPLES`.
    """
    for size in (*range(least_samples + SEARCH_SAMPLES, LONGEST_SAMPLES, _STEP_SAMPLES), LONGEST_SAMPLES):
        if samples.size < size:
            return None
        place, depth_db = _deepest_pause(samples[:size], least_samples)
        if depth_db <= _PAUSE_DB:
            return place
    return place


def _deepest_pause(samples: Samples, least_samples: int) -> tuple[int, float]:
    """Return the middle of the quietest 300 ms, and how loud they are in dB above speech."""
    frames = samples[: samples.size // _FRAME_SAMPLES * _FRAME_SAMPLES].reshape(-1, _FRAME_SAMPLES)
    power = np.square(frames, dtype=np.float64).mean(axis=1)
    sums: npt.NDArray[np.float64] = np.convolve(power, np.ones(_PAUSE_FRAMES), "valid")
    first = least_samples // _FRAME_SAMPLES - _PAUSE_FRAMES // 2
    quietest = first + int(sums[first:].argmin())
    place = quietest * _FRAME_SAMPLES + _PAUSE_FRAMES * _FRAME_SAMPLES // 2
    loudness = sums[quietest] / _PAUSE_FRAMES
    speech = np.percentile(power, _SPEECH_PERCENT)
    return place, float(10 * np.log10((loudness + _SILENCE) / (speech + _SILENCE)))
