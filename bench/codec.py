"""What sound costs on its way between the wire and the engines, in one thread.

Events of 40 ms at 24 kHz are decoded and encoded as the service does; then sound goes through each format and
rate: to the 16 kHz of recognition, and from the rates of the two synthesizers. Costs are CPU time; of several
rounds the fastest counts, because other work on the machine only adds. Run it with `python -m bench.codec`.
"""

import argparse
import base64
import time
from collections.abc import Callable
from typing import get_args

import msgspec
import numpy as np
import numpy.typing as npt

from bench.machine import write_result
from openvoicelive.audio.g711 import encode_alaw, encode_mulaw
from openvoicelive.audio.pcm import bytes_from_int16, float_from_int16
from openvoicelive.protocol.audio_formats import AudioFormat, OutputAudioFormat, input_format, output_format
from openvoicelive.protocol.dialects.voice_live.dialect import VoiceLive
from openvoicelive.protocol.server_events import AudioDelta
from openvoicelive.service.answering.speech_track import SpeechTrack
from openvoicelive.service.conversations.ids import new_id_factory
from openvoicelive.service.hearing.input_decoder import InputDecoder
from openvoicelive.synthesis.interface import Speech
from openvoicelive.synthesis.sentences import SentenceCutter

FRAME_MS = 40
EVENT_TARGET_US = 5.0
FORMAT_TARGET_MS = 1.0
INPUT_RATES_HZ = (8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
SYNTHESIZER_RATES_HZ = {"flite": 16_000, "espeak-ng": 22_050}
SECONDS = 10

Samples = npt.NDArray[np.int16]
_ENCODERS: dict[str, Callable[[Samples], bytes]] = {
    "pcm16": bytes_from_int16,
    "g711_ulaw": encode_mulaw,
    "g711_alaw": encode_alaw,
}


def main() -> int:
    """Measure, print a table and write JSON; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    events = {"decode_append_us": _decode_us(rounds), "encode_audio_delta_us": _encode_us(rounds)}
    for name, cost_us in events.items():
        print(f"{name:30}  {cost_us:6.2f} us for {FRAME_MS} ms   (target {EVENT_TARGET_US:.0f})")
    formats = {
        **{f"in {_name(one)}": _hear_ms(one, rounds) for one in _input_formats()},
        **{
            f"out {engine} to {name}": _speak_ms(rate_hz, output_format(name), rounds)
            for engine, rate_hz in SYNTHESIZER_RATES_HZ.items()
            for name in get_args(OutputAudioFormat)
        },
    }
    for name, cost_ms in formats.items():
        print(f"{name:30}  {cost_ms:6.3f} ms CPU per second of sound   (target {FORMAT_TARGET_MS:.0f})")
    targets = {"event_us": EVENT_TARGET_US, "format_ms_per_s": FORMAT_TARGET_MS}
    write_result(
        "codec",
        {
            "load": {"frame_ms": FRAME_MS, "seconds": SECONDS, "rounds": rounds},
            "targets": targets,
            "events": events,
            "cpu_ms_per_second": formats,
        },
    )
    return max(events.values()) > EVENT_TARGET_US or max(formats.values()) > FORMAT_TARGET_MS


def _decode_us(rounds: int) -> float:
    sound = base64.b64encode(_sound(24_000)[: 24 * FRAME_MS].tobytes()).decode()
    message = msgspec.json.encode({"type": "input_audio_buffer.append", "audio": sound}).decode()
    dialect = _dialect()

    def decode() -> None:
        for _ in dialect.decode(message):
            pass

    return _fastest_s(decode, rounds, calls=20_000) * 1e6


def _encode_us(rounds: int) -> float:
    event = AudioDelta(
        response_id="resp_0123456789abcdef000002",
        item_id="item_0123456789abcdef000003",
        output_index=0,
        delta=_sound(24_000)[: 24 * FRAME_MS].tobytes(),
    )
    dialect = _dialect()
    return _fastest_s(lambda: dialect.encode(event), rounds, calls=20_000) * 1e6


def _dialect() -> VoiceLive:
    return VoiceLive(api_version="2026-07-15", model="gpt-4o", new_id=new_id_factory())


def _hear_ms(audio_format: AudioFormat, rounds: int) -> float:
    """Decode and resample sound that comes in frames."""
    sound = _ENCODERS[audio_format.encoding](_sound(audio_format.rate_hz))
    size = audio_format.rate_hz * FRAME_MS // 1000 * audio_format.bytes_per_frame
    frames = [sound[start : start + size] for start in range(0, len(sound), size)]

    def hear() -> None:
        decoder = InputDecoder(audio_format)
        for frame in frames:
            decoder.decode(frame)

    return _fastest_s(hear, rounds) * 1000 / SECONDS


def _speak_ms(synthesizer_rate_hz: int, audio_format: AudioFormat, rounds: int) -> float:
    """Resample and encode sound that a synthesizer gives in stretches of 100 ms."""
    sound = float_from_int16(_sound(synthesizer_rate_hz))
    size = synthesizer_rate_hz // 10
    starts = range(0, len(sound), size)
    stretches = [Speech(sound[start : start + size], synthesizer_rate_hz) for start in starts]
    cutter = SentenceCutter()
    piece = [*cutter.feed("A sentence."), *cutter.flush()][0]

    def speak() -> None:
        track = SpeechTrack("resp_1", audio_format)
        track.begin(piece)
        for stretch in stretches:
            list(track.add(stretch, piece))
        list(track.flush())

    return _fastest_s(speak, rounds) * 1000 / SECONDS


def _fastest_s(work: Callable[[], object], rounds: int, *, calls: int = 1) -> float:
    """Return the CPU seconds of one call in the fastest round; a first round warms up."""
    seconds = []
    for _ in range(rounds + 1):
        began_s = time.process_time()
        for _ in range(calls):
            work()
        seconds.append((time.process_time() - began_s) / calls)
    return min(seconds[1:])


def _input_formats() -> list[AudioFormat]:
    pcm16 = [input_format("pcm16", rate_hz) for rate_hz in INPUT_RATES_HZ]
    return [*pcm16, input_format("g711_ulaw", 8_000), input_format("g711_alaw", 8_000)]


def _name(audio_format: AudioFormat) -> str:
    return f"{audio_format.encoding} {audio_format.rate_hz} Hz"


def _sound(rate_hz: int) -> Samples:
    noise = np.random.default_rng(1).normal(0, 3_000, rate_hz * SECONDS)
    return noise.clip(-32_768, 32_767).astype(np.int16)


if __name__ == "__main__":
    raise SystemExit(main())
