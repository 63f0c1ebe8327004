"""Change of sampling rate for sound that arrives in pieces."""

import numpy as np
import soxr

from openvoicelive.audio.pcm import FloatSamples

LOWEST_RATE_HZ = 8_000
HIGHEST_RATE_HZ = 48_000

# "Low quality" of libsoxr is 16 bit with a larger rolloff: beyond what speech recognition can tell, at half
# the time of the next level. https://sourceforge.net/p/soxr/wiki/Home/
_QUALITY = "LQ"


class Resampler:
    """Resamples one stream; the pieces joined are what the whole would have given.

    The filter looks ahead, so a few milliseconds are held back until more sound, or `last`, arrives. The
    output is aligned with the input: sample n of one is the same moment as sample n * to_hz / from_hz.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        """Prepare for rates of 8 to 48 kHz.

        Raises:
            ValueError: If a rate is outside of that.

        """
        for rate_hz in (from_hz, to_hz):
            if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
                raise ValueError(f"a rate must be {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz, not {rate_hz}")
        self._stream = (
            None
            if from_hz == to_hz
            else soxr.ResampleStream(from_hz, to_hz, num_channels=1, dtype="float32", quality=_QUALITY)
        )

    def process(self, samples: FloatSamples, *, last: bool = False) -> FloatSamples:
        """Take the next piece, return what is ready; after `last` the stream has ended."""
        if self._stream is None:
            return samples
        return np.asarray(self._stream.resample_chunk(samples, last=last), dtype=np.float32)
