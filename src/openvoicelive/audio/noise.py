"""Removes steady noise from speech: fans, traffic, hiss.

The noise's power in each bin follows the sound while speech is improbable: Gerkmann and Hendriks,
"Unbiased MMSE-based noise power estimation with low complexity and low tracking delay", IEEE Transactions on
Audio, Speech and Language Processing 20 (2012). The gain is Wiener's, its signal-to-noise ratio smoothed by
the decision-directed rule: Ephraim and Malah, IEEE Transactions on Acoustics, Speech, and Signal Processing
32 (1984), which keeps single bins from ringing.
"""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from openvoicelive.audio.pcm import FloatSamples

NoiseReduction = Literal["near_field", "far_field", "azure_deep_noise_suppression"]
"""Voice Live's names."""

HOP_SAMPLES = 256
"""16 ms at 16 kHz. A frame is two hops. Half of it is held back until the next frame."""

_BINS = HOP_SAMPLES + 1
# The lowest gain. A headset's microphone needs little reduction, a room's needs more. The strongest leaves
# the least noise and changes the voice most.
_FLOOR_DB: dict[NoiseReduction, float] = {
    "near_field": -10.0,
    "far_field": -14.0,
    "azure_deep_noise_suppression": -20.0,
}
# The noise counts as this many times louder than its mean, so that its peaks are reduced, too.
_OVERESTIMATE: dict[NoiseReduction, float] = {
    "near_field": 1.0,
    "far_field": 1.2,
    "azure_deep_noise_suppression": 1.4,
}
# The assumed signal-to-noise ratio of speech: 15 dB (Gerkmann and Hendriks).
_SPEECH_RATIO = np.float32(10**1.5)
_NOISE_SMOOTHING = np.float32(0.2)
_PRESENCE_SMOOTHING = np.float32(0.1)
# Speech that seems to be present all the time is louder noise.
_MOST_PRESENCE = np.float32(0.99)
_DECISION_DIRECTED = np.float32(0.98)
# -100 dBFS, so that digital silence does not count as noise.
_LEAST_POWER = np.float32(HOP_SAMPLES * 1e-10)
_LARGEST_EXPONENT = np.float32(60)


class NoiseReducer:
    """Reduces the noise of one stream at 16 kHz. Needs 13 KB."""

    def __init__(self, kind: NoiseReduction) -> None:
        self._floor = np.float32(10 ** (_FLOOR_DB[kind] / 20))
        self._overestimate = np.float32(_OVERESTIMATE[kind])
        # The square root of a Hann window, once before and once after: overlapping halves add up to one.
        window = np.sin(np.pi * (np.arange(2 * HOP_SAMPLES) + 0.5) / (2 * HOP_SAMPLES))
        self._window: FloatSamples = window.astype(np.float32)
        self._waiting: FloatSamples = np.zeros(HOP_SAMPLES, np.float32)
        self._overlap: FloatSamples = np.zeros(HOP_SAMPLES, np.float32)
        self._noise: FloatSamples | None = None
        self._presence = np.full(_BINS, 0.5, np.float32)
        self._speech_ratio = np.zeros(_BINS, np.float32)
        self._begun = False

    def process(self, samples: FloatSamples) -> FloatSamples:
        """Add samples and return those that are ready, aligned with the input and up to 511 samples later."""
        joined = np.concatenate((self._waiting, samples))
        hops = joined.size // HOP_SAMPLES - 1
        if hops <= 0:
            self._waiting = joined
            return np.zeros(0, np.float32)
        self._waiting = joined[hops * HOP_SAMPLES :].copy()
        whole = joined[: (hops + 1) * HOP_SAMPLES].reshape(-1, HOP_SAMPLES)
        spectra = np.fft.rfft(np.hstack((whole[:-1], whole[1:])) * self._window, axis=1)
        powers: FloatSamples = np.square(spectra.real) + np.square(spectra.imag)
        gains = np.stack([self._gain(frame_power) for frame_power in powers])
        return self._overlapped(np.fft.irfft(spectra * gains, axis=1) * self._window)

    def _overlapped(self, frames: npt.NDArray[np.floating[Any]]) -> FloatSamples:
        before, after = frames[:, :HOP_SAMPLES], frames[:, HOP_SAMPLES:]
        ready = before + np.vstack((self._overlap[np.newaxis], after[:-1]))
        self._overlap = after[-1].astype(np.float32)
        if not self._begun:
            # The first half frame is silence, put in front so that no sound is lost.
            self._begun = True
            ready = ready[1:]
        return np.asarray(ready.ravel(), np.float32)

    def _gain(self, frame_power: FloatSamples) -> FloatSamples:
        ratio = frame_power / (self._overestimate * self._follow_noise(frame_power))
        prior = _DECISION_DIRECTED * self._speech_ratio
        prior += (1 - _DECISION_DIRECTED) * np.maximum(ratio - 1, 0)
        gain = np.maximum(prior / (1 + prior), self._floor)
        self._speech_ratio = np.square(gain) * ratio
        return gain

    def _follow_noise(self, frame_power: FloatSamples) -> FloatSamples:
        """Return the power of the noise, after this frame."""
        if self._noise is None:
            self._noise = frame_power + _LEAST_POWER
        exponent = frame_power / self._noise * (_SPEECH_RATIO / (1 + _SPEECH_RATIO))
        presence = 1 / (1 + (1 + _SPEECH_RATIO) * np.exp(-np.minimum(exponent, _LARGEST_EXPONENT)))
        self._presence += _PRESENCE_SMOOTHING * (presence - self._presence)
        presence = np.where(self._presence > _MOST_PRESENCE, np.minimum(presence, _MOST_PRESENCE), presence)
        # A frame with speech tells nothing about the noise.
        self._noise = self._noise + _NOISE_SMOOTHING * (1 - presence) * (frame_power - self._noise)
        self._noise = np.maximum(self._noise, _LEAST_POWER)
        return self._noise
