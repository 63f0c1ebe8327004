"""A loudspeaker, a room and a microphone, computed: what tests and benchmarks of the audio path listen to.

A room's impulse response is the direct sound and an exponentially decaying noise, the usual model of
reverberation (Polack 1988). All of it is made from seeds; two runs hear the same.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from openvoicelive.audio.pcm import FloatSamples, float_from_int16
from tests import speech_clips

RATE_HZ = 16_000
LOUDNESS = 0.07
"""RMS of speech while it sounds, about -23 dBFS, as telephony and broadcasting have it."""

_ANSWER = (
    "The weather in the mountains will be clear tomorrow, with a light wind from the west.",
    "I found three trains to the airport; the first one leaves at half past six in the morning.",
    "Your meeting with the design team was moved to Thursday afternoon.",
    "To make the sauce, heat the butter slowly, add the flour, and keep stirring for two minutes.",
    "That book was written in eighteen ninety five, and it is still read in many schools today.",
    "Would you like me to read the whole message, or only the part about the invoice?",
    "The museum opens at ten, but on Mondays it stays closed for the whole day.",
    "Please remember to take your umbrella, because it may rain later in the evening.",
    "There are about eight thousand kinds of birds, and most of them can fly very well.",
    "I have set a timer for twelve minutes and turned off the light in the kitchen.",
    "The nearest pharmacy is four hundred meters away, next to the old post office.",
    "Of course, I can explain that again, a little slower and with an example.",
)


@dataclass(frozen=True)
class Room:
    """How the loudspeaker's sound comes back into the microphone."""

    delay_ms: float = 80.0
    level_db: float = -6.0
    """Loudness of the echo, against what is played."""

    reverberation_ms: int = 250
    """Time in which the reverberation falls by 60 dB."""

    distortion: float = 0.0
    """0.0 is a perfect loudspeaker; 1.0 clips loud speech audibly (soft, by tanh)."""

    drift_ppm: float = 0.0
    """How much faster the microphone's clock runs than the loudspeaker's."""

    seed: int = 1

    def echo(self, played: FloatSamples, samples: int | None = None) -> FloatSamples:
        """Return what the microphone hears of it, from the moment at which playing begins."""
        wanted = played.size if samples is None else samples
        sound = played.astype(np.float64)
        if self.distortion:
            drive = self.distortion / (3 * LOUDNESS)
            sound = np.tanh(sound * drive) / drive
        if self.drift_ppm:
            positions = np.arange(sound.size) * (1 - self.drift_ppm * 1e-6)
            sound = np.interp(positions, np.arange(sound.size), sound)
        response = _impulse_response(self.reverberation_ms, self.seed)
        late = np.concatenate((np.zeros(round(self.delay_ms * RATE_HZ / 1000)), _convolve(sound, response)))
        heard = np.zeros(wanted)
        heard[: min(wanted, late.size)] = late[:wanted]
        wet = _convolve(played.astype(np.float64), response)
        gain = 10 ** (self.level_db / 20) * np.sqrt(np.mean(np.square(played)) / np.mean(np.square(wet)))
        return np.asarray(heard * gain, np.float32)


def at_loudness(sound: FloatSamples, loudness: float = LOUDNESS) -> FloatSamples:
    """Scale speech so that it has this RMS while it sounds."""
    frames = sound[: sound.size // 320 * 320].reshape(-1, 320)
    energies = np.mean(np.square(frames), axis=1)
    sounding = energies[energies > energies.max() * 1e-3]
    scaled: FloatSamples = (sound * (loudness / np.sqrt(sounding.mean()))).astype(np.float32)
    scaled.flags.writeable = False  # `answers` shares it
    return scaled


def clip(name: str, loudness: float = LOUDNESS) -> FloatSamples:
    """Return a clip at 16 kHz."""
    return at_loudness(float_from_int16(speech_clips.load(name, RATE_HZ)), loudness)


@lru_cache(maxsize=1)
def answers() -> tuple[FloatSamples, ...]:
    """Return twelve answers of an assistant, spoken by the synthesizer, 3 to 6 s each."""
    return tuple(at_loudness(float_from_int16(speech_clips.synthesised(text, RATE_HZ))) for text in _ANSWER)


def answering(seconds: float, *, pause_ms: int = 300, start_ms: int = 500) -> FloatSamples:
    """Return an assistant that speaks for so long, with a pause after each sentence."""
    pieces = [np.zeros(start_ms * RATE_HZ // 1000, np.float32)]
    pause = np.zeros(pause_ms * RATE_HZ // 1000, np.float32)
    wanted = round(seconds * RATE_HZ)
    count = 0
    while sum(piece.size for piece in pieces) < wanted:
        pieces += [answers()[count % len(answers())], pause]
        count += 1
    return np.concatenate(pieces)[:wanted]


def hiss(samples: int, loudness: float = 0.0005, seed: int = 7) -> FloatSamples:
    """Return the white noise of a microphone and its amplifier; digital silence exists nowhere."""
    return np.random.default_rng(seed).normal(0, loudness, samples).astype(np.float32)


@lru_cache(maxsize=16)
def _impulse_response(reverberation_ms: int, seed: int) -> npt.NDArray[np.float64]:
    length = max(reverberation_ms * RATE_HZ // 1000, 1)
    decay = np.exp(-np.arange(length) * np.log(1000) / length)
    response: npt.NDArray[np.float64] = np.random.default_rng(seed).normal(0, 1, length) * decay
    # The direct sound carries as much energy as all the reverberation: a microphone half a meter away.
    response[0] = np.sqrt(np.sum(np.square(response)))
    response.flags.writeable = False  # all callers share it
    return response


def _convolve(sound: npt.NDArray[np.float64], response: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    length = sound.size + response.size - 1
    size = 1 << (length - 1).bit_length()
    return np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)[:length]
