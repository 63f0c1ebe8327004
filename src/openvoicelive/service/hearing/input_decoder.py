"""From the bytes of the wire to sound at 16 kHz, for one stream of one format."""

from collections.abc import Iterator
from typing import assert_never

from openvoicelive.audio.g711 import decode_alaw, decode_mulaw
from openvoicelive.audio.pcm import FloatSamples, SampleReader, float_from_int16
from openvoicelive.audio.resampling import Resampler
from openvoicelive.audio.windows import WINDOW_RATE_HZ
from openvoicelive.protocol.audio_formats import AudioFormat


def slices(audio: bytes, audio_format: AudioFormat, slice_ms: int) -> Iterator[bytes]:
    """Cut sound of the wire into slices of a duration; all channels of a moment stay together."""
    size_bytes = audio_format.rate_hz * slice_ms // 1000 * audio_format.bytes_per_frame
    return (audio[start : start + size_bytes] for start in range(0, len(audio), size_bytes))


class InputDecoder:
    """Decodes and resamples each channel."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self.audio_format = audio_format
        self._pcm16 = SampleReader()
        self._resamplers = [
            Resampler(audio_format.rate_hz, WINDOW_RATE_HZ) for _ in range(audio_format.channels)
        ]

    def decode(self, audio: bytes) -> list[FloatSamples]:
        """Return the samples of each channel that are complete by now; channels are interleaved in bytes."""
        match self.audio_format.encoding:
            case "pcm16":
                samples = self._pcm16.read(audio)
            case "g711_ulaw":
                samples = decode_mulaw(audio)
            case "g711_alaw":
                samples = decode_alaw(audio)
            case never:
                assert_never(never)
        count = len(self._resamplers)
        return [
            resampler.process(float_from_int16(samples[channel::count]))
            for channel, resampler in enumerate(self._resamplers)
        ]
