"""Decodes the bytes of the wire, and removes echo and noise as the session's options say.

Noise is reduced only for turn detection: the recogniser was measured to understand unreduced sound better
(`docs/engines.md`).

A client may send minutes of sound at once. So everything here is an iterator whose steps take at most about
2 ms, between which other sessions can run.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from openvoicelive.audio.echo import CancelledEcho, EchoCanceller
from openvoicelive.audio.noise import NoiseReducer
from openvoicelive.audio.pcm import FloatSamples
from openvoicelive.protocol.audio_formats import AudioFormat
from openvoicelive.protocol.options import EchoCancellation, NoiseReduction
from openvoicelive.service.hearing.input_decoder import InputDecoder, slices

# The echo canceller takes 0.25 ms for a block of 32 ms, noise reduction 0.05 ms, voice activity 0.1 ms.
SLICE_MS = 128
BLOCKS_AT_ONCE = 4
# Decoding alone takes about 1 ms for a second of sound.
DECODED_AT_ONCE_MS = 500


@dataclass(frozen=True)
class ProcessedAudio:
    """A stretch of sound at 16 kHz, twice; the two are in time with each other, one may be a few ms ahead."""

    samples: FloatSamples
    """For recognition."""
    for_turns: FloatSamples
    """For voice activity."""


class InputChain:
    """One stream of sound: decoded, without echo, without noise."""

    def __init__(
        self, audio_format: AudioFormat, echo: EchoCancellation | None, noise: NoiseReduction | None
    ) -> None:
        self.options = (audio_format, echo, noise)
        self._decoder = InputDecoder(audio_format)
        self._echo = EchoCanceller() if echo is not None else None
        self._has_reference = echo is not None and echo.reference_source == "client"
        self._noise = NoiseReducer(noise.type) if noise is not None else None
        self._own_voice: InputDecoder | None = None

    def process(self, audio: bytes) -> Iterator[ProcessedAudio]:
        """Return what is ready of the next sound, slice by slice; use it up before the next call."""
        for piece in slices(audio, self.options[0], SLICE_MS):
            channels = self._decoder.decode(piece)
            if self._echo is None:
                yield self._finish([CancelledEcho(channels[0], channels[0])])
            else:
                reference = channels[1] if self._has_reference else None
                yield from self._in_batches(self._echo.process_in_steps(channels[0], reference))

    def release(self) -> Iterator[ProcessedAudio]:
        """Return what is withheld until the echo is known, for a client that commits before."""
        return self._in_batches(self._echo.release_in_steps() if self._echo is not None else ())

    def _in_batches(self, blocks: Iterable[CancelledEcho]) -> Iterator[ProcessedAudio]:
        remaining = iter(blocks)
        while batch := list(islice(remaining, BLOCKS_AT_ONCE)):
            yield self._finish(batch)

    def _finish(self, pieces: list[CancelledEcho]) -> ProcessedAudio:
        cancelled = CancelledEcho.joined(pieces)
        for_turns = cancelled.for_turns
        return ProcessedAudio(
            cancelled.heard, for_turns if self._noise is None else self._noise.process(for_turns)
        )

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


def decode_once(audio: bytes, audio_format: AudioFormat) -> Iterator[FloatSamples]:
    """Return the microphone's samples of a sound that stands alone, in pieces."""
    decoder = InputDecoder(audio_format)
    for piece in slices(audio, audio_format, DECODED_AT_ONCE_MS):
        yield np.asarray(decoder.decode(piece)[0], np.float32)
