"""Converts synthesized samples to the wire's format: volume, one resampling, one encoding.

The mirror of `service/hearing/input_decoder.py`. Samples stay floats from the engine to the encoder, so they
are rounded and clipped once, at the end.
"""

from typing import assert_never

import numpy as np

from openvoicelive.audio.g711 import encode_alaw, encode_mulaw
from openvoicelive.audio.pcm import FloatSamples, bytes_from_int16, int16_from_float
from openvoicelive.audio.resampling import Resampler
from openvoicelive.protocol.audio_formats import AudioFormat


class OutputEncoder:
    """Encodes the sound of one message, clause by clause."""

    def __init__(self, audio_format: AudioFormat, volume: float = 1.0) -> None:
        """Prepare for one format; `volume` is a factor, and samples that become too loud are clipped."""
        self._audio_format = audio_format
        self._volume = np.float32(volume)
        self._resampler: Resampler | None = None
        self._from_hz = 0
        # Counted since the rate changed last, over all clauses.
        self._samples_in = 0
        self._samples_out = 0
        self._earlier_ms = 0.0

    @property
    def duration_ms(self) -> float:
        """How long the sound given so far lasts, with what the resampler still holds back."""
        return self._earlier_ms + (self._samples_in * 1000 / self._from_hz if self._samples_in else 0.0)

    def encode(self, samples: FloatSamples, from_hz: int) -> bytes:
        """Add sound at a rate of its own; return the bytes that are ready.

        Raises:
            ValueError: If the rate is outside of 8 to 48 kHz.

        """
        before = b""
        if from_hz != self._from_hz:
            before = self.flush()
            self._earlier_ms = self.duration_ms
            self._from_hz, self._samples_in, self._samples_out = from_hz, 0, 0
        if self._resampler is None:
            self._resampler = Resampler(from_hz, self._audio_format.rate_hz)
        self._samples_in += samples.size
        return before + self._encoded(self._resampler.process(samples))

    def flush(self) -> bytes:
        """Return what the resampler held back of a clause that has ended."""
        if self._resampler is None:
            return b""
        held_back = self._resampler.process(np.empty(0, np.float32), last=True)
        self._resampler = None
        # Each clause is rounded up to a whole sample; dropped here, so that a long message does not drift.
        wanted = -(-self._samples_in * self._audio_format.rate_hz // self._from_hz)
        return self._encoded(held_back[: wanted - self._samples_out])

    def _encoded(self, samples: FloatSamples) -> bytes:
        scaled = samples if self._volume == 1 else samples * self._volume
        pcm16 = int16_from_float(scaled)
        self._samples_out += samples.size
        match self._audio_format.encoding:
            case "pcm16":
                return bytes_from_int16(pcm16)
            case "g711_ulaw":
                return encode_mulaw(pcm16)
            case "g711_alaw":
                return encode_alaw(pcm16)
            case never:
                assert_never(never)
