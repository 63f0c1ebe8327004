"""The formats in which sound comes and goes, and their sampling rates."""

from dataclasses import dataclass
from typing import Literal

InputAudioFormat = Literal["pcm16", "g711_ulaw", "g711_alaw"]
OutputAudioFormat = Literal[
    "pcm16",
    "pcm16_8000hz",
    "pcm16_16000hz",
    "pcm16_22050hz",
    "pcm16_24000hz",
    "pcm16_44100hz",
    "pcm16_48000hz",
    "g711_ulaw",
    "g711_alaw",
]

PCM16_RATE_HZ = 24_000
G711_RATE_HZ = 8_000
INPUT_RATES_HZ = range(8_000, 48_001)


@dataclass(frozen=True)
class AudioFormat:
    """How samples stand in bytes."""

    encoding: Literal["pcm16", "g711_ulaw", "g711_alaw"]
    rate_hz: int
    channels: int = 1

    @property
    def bytes_per_frame(self) -> int:
        """Bytes of one moment, in all channels."""
        return self.channels * (2 if self.encoding == "pcm16" else 1)

    @property
    def bytes_per_second(self) -> int:
        """Bytes of one second of sound."""
        return self.rate_hz * self.bytes_per_frame

    def duration_ms(self, size_bytes: int) -> int:
        """Return how long this many bytes sound."""
        return size_bytes * 1000 // self.bytes_per_second


def input_format(encoding: InputAudioFormat, rate_hz: int, channels: int = 1) -> AudioFormat:
    """Return the format in which a client sends."""
    return AudioFormat(encoding, rate_hz, channels)


def output_format(name: OutputAudioFormat | None) -> AudioFormat:
    """Return the format in which a client wants to hear; pcm16 at 24 kHz when it did not say."""
    match name:
        case None | "pcm16":
            return AudioFormat("pcm16", PCM16_RATE_HZ)
        case "g711_ulaw" | "g711_alaw":
            return AudioFormat(name, G711_RATE_HZ)
        case _:
            return AudioFormat("pcm16", int(name.removeprefix("pcm16_").removesuffix("hz")))
