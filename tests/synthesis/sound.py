"""What a text sounds like, gathered from the stretches of an engine."""

from dataclasses import dataclass

import numpy as np

from openvoicelive.audio.pcm import Int16Samples, int16_from_float
from openvoicelive.synthesis.interface import Synthesizer, Viseme, VoiceRequest, Word


@dataclass(frozen=True)
class Sound:
    samples: Int16Samples
    words: list[Word]
    visemes: list[Viseme]
    rate_hz: int

    @property
    def duration_ms(self) -> float:
        return len(self.samples) * 1000 / self.rate_hz

    @property
    def loudness(self) -> float:
        return float(np.sqrt(np.mean(np.square(self.samples, dtype=np.float64))))

    def loudness_of(self, word: Word) -> float:
        start, end = (ms * self.rate_hz // 1000 for ms in (word.start_ms, word.start_ms + word.duration_ms))
        return float(np.sqrt(np.mean(np.square(self.samples[start:end], dtype=np.float64))))

    def pitch_hz(self) -> float:
        """The strongest period of the voice between 70 and 400 Hz."""
        sound = self.samples.astype(np.float64)
        spectrum = np.abs(np.fft.rfft(sound, 2 * len(sound))) ** 2
        correlation = np.fft.irfft(spectrum)
        shortest, longest = self.rate_hz // 400, self.rate_hz // 70
        return self.rate_hz / (shortest + int(np.argmax(correlation[shortest:longest])))


def sound_of(synthesizer: Synthesizer, text: str, voice: VoiceRequest | None = None) -> Sound:
    stretches = list(synthesizer.speak(text, voice or VoiceRequest()))
    [rate_hz] = {stretch.rate_hz for stretch in stretches}
    return Sound(
        int16_from_float(np.concatenate([stretch.samples for stretch in stretches])),
        [word for stretch in stretches for word in stretch.words],
        [viseme for stretch in stretches for viseme in stretch.visemes],
        rate_hz,
    )
