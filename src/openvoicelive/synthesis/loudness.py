"""How loud a voice is."""

import numpy as np

from openvoicelive.synthesis.interface import Samples


def scaled(samples: Samples, volume: float) -> Samples:
    """Return a copy of the sound, `volume` times as loud; peaks that do not fit are cut off."""
    if volume == 1.0:
        return samples.copy()
    limits = np.iinfo(np.int16)
    louder: Samples = np.clip(samples.astype(np.float32) * volume, limits.min, limits.max).astype(np.int16)
    return louder
