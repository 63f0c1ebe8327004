"""From the bytes of the wire to what is recognised and what turns are found in, as the session's options say.

Noise is reduced only in what turns are found in: the recogniser was measured to understand the sound better
as it came (`docs/echo-and-noise.md`).
"""

from dataclasses import dataclass

import numpy as np

from openvoicelive.audio.echo import CancelledEcho, EchoCanceller
from openvoicelive.audio.noise import NoiseReducer
from openvoicelive.audio.pcm import FloatSamples
from openvoicelive.protocol.audio_formats import AudioFormat
from openvoicelive.protocol.options import EchoCancellation, NoiseReduction
from openvoicelive.service.input_decoder import InputDecoder


@dataclass(frozen=True)
class Heard:
    """A stretch of sound at 16 kHz; the two are in time with each other, one may be a few ms ahead."""

    samples: FloatSamples
    """For recognition."""
    for_turns: FloatSamples
    """For voice activity."""


class InputChain:
    """One stream: decodes, takes out the echo, takes out noise."""

    def __init__(
        self, audio_format: AudioFormat, echo: EchoCancellation | None, noise: NoiseReduction | None
    ) -> None:
        self.options = (audio_format, echo, noise)
        self._decoder = InputDecoder(audio_format)
        self._echo = EchoCanceller() if echo is not None else None
        self._has_reference = echo is not None and echo.reference_source == "client"
        self._noise = NoiseReducer(noise.type) if noise is not None else None
        self._own_voice: InputDecoder | None = None

    def process(self, audio: bytes) -> Heard:
        """Return what is ready of the next sound."""
        channels = self._decoder.decode(audio)
        if self._echo is None:
            return self._finish(CancelledEcho(channels[0], channels[0]))
        return self._finish(self._echo.process(channels[0], channels[1] if self._has_reference else None))

    def release(self) -> Heard:
        """Return what is withheld until the echo is known, for a client that commits before."""
        return self._finish(self._echo.release() if self._echo is not None else CancelledEcho.joined(()))

    def _finish(self, cancelled: CancelledEcho) -> Heard:
        for_turns = cancelled.for_turns
        return Heard(cancelled.heard, for_turns if self._noise is None else self._noise.process(for_turns))

    def play(self, audio: bytes, audio_format: AudioFormat) -> None:
        """Take the assistant's own voice when it is sent to the client; its echo will come back."""
        if self._echo is None or self._has_reference:
            return
        if self._own_voice is None or self._own_voice.audio_format != audio_format:
            self._own_voice = InputDecoder(audio_format)
        self._echo.play(self._own_voice.decode(audio)[0])

    def stop_playing(self) -> None:
        """Note that the client was told to be silent."""
        if self._echo is not None:
            self._echo.stop_playing()


def decode_once(audio: bytes, audio_format: AudioFormat) -> FloatSamples:
    """Return the microphone's samples of a sound that stands alone."""
    return np.asarray(InputDecoder(audio_format).decode(audio)[0], np.float32)
