"""What turns are found in and what is recognised: the client's sound, without what its options take out."""

from collections.abc import Iterable

import numpy as np
import pytest

from openvoicelive.audio.echo_filter import BLOCK_SAMPLES
from openvoicelive.audio.pcm import FloatSamples, bytes_from_int16, int16_from_float
from openvoicelive.protocol.audio_formats import AudioFormat
from openvoicelive.protocol.options import EchoCancellation, NoiseReduction
from openvoicelive.service.hearing.input_chain import (
    BLOCKS_AT_ONCE,
    SLICE_MS,
    InputChain,
    ProcessedAudio,
    decode_once,
)
from tests.audio.listening_person import turns_ms
from tests.audio.synthetic_room import RATE_HZ, Room, answering, clip, hiss

MONO = AudioFormat("pcm16", RATE_HZ)
FRAME = RATE_HZ * 20 // 1000


def wire(samples: FloatSamples) -> bytes:
    return bytes_from_int16(int16_from_float(samples))


def joined(pieces: Iterable[ProcessedAudio]) -> ProcessedAudio:
    """Return pieces as one."""
    nothing = np.zeros(0, np.float32)
    heard = [ProcessedAudio(nothing, nothing), *pieces]
    return ProcessedAudio(
        np.concatenate([piece.samples for piece in heard]),
        np.concatenate([piece.for_turns for piece in heard]),
    )


def for_turns(chain: InputChain, heard: FloatSamples, played: FloatSamples | None = None) -> FloatSamples:
    """Send sound in frames of 20 ms, each after what was played at that moment."""
    pieces = []
    for start in range(0, len(heard) - FRAME, FRAME):
        frame = slice(start, start + FRAME)
        if played is not None:
            chain.play(wire(played[frame]), MONO)
        pieces.append(joined(chain.process(wire(heard[frame]))).for_turns)
    return np.concatenate(pieces)


def test_without_options_sound_is_heard_as_it_came() -> None:
    heard = joined(InputChain(MONO, None, None).process(wire(clip("card"))))
    assert np.array_equal(heard.samples, heard.for_turns)
    assert turns_ms(np.concatenate((heard.for_turns, np.zeros(RATE_HZ, np.float32))))


def test_the_servers_own_voice_begins_no_turn() -> None:
    played = answering(12)
    heard = Room(delay_ms=80, level_db=-6).echo(played) + hiss(played.size)
    assert turns_ms(for_turns(InputChain(MONO, None, None), heard, played))
    assert turns_ms(for_turns(InputChain(MONO, EchoCancellation(), None), heard, played)) == []


def test_the_second_channel_is_the_reference_where_the_client_sends_it() -> None:
    played = answering(12)
    heard = Room(delay_ms=30, level_db=-6).echo(played) + hiss(played.size)
    stereo = np.stack((heard, played), axis=1).reshape(-1)
    echo = EchoCancellation(reference_source="client", channels=2)
    chain = InputChain(AudioFormat("pcm16", RATE_HZ, channels=2), echo, None)
    pieces = [
        joined(chain.process(wire(stereo[start : start + 2 * FRAME]))).for_turns
        for start in range(0, len(stereo), 2 * FRAME)
    ]
    assert turns_ms(np.concatenate(pieces)) == []


def test_what_a_client_was_told_not_to_play_is_not_waited_for() -> None:
    chain = InputChain(MONO, EchoCancellation(), None)
    chain.play(wire(answering(4)), MONO)
    chain.stop_playing()
    speech = np.concatenate((clip("card"), np.zeros(RATE_HZ, np.float32)))
    assert turns_ms(for_turns(chain, np.concatenate((speech, speech))))


@pytest.mark.parametrize("kind", ["near_field", "far_field", "azure_deep_noise_suppression"])
def test_noise_is_softer_where_turns_are_looked_for_and_recognition_hears_all(kind: str) -> None:
    noise = hiss(4 * RATE_HZ) * 20
    chain = InputChain(MONO, None, NoiseReduction(type=kind))  # type: ignore[arg-type]
    heard = joined(chain.process(wire(noise)))
    second_half = slice(2 * RATE_HZ, 3 * RATE_HZ)
    assert np.std(heard.for_turns[second_half]) < 0.5 * np.std(noise[second_half])
    assert np.allclose(heard.samples, noise, atol=1e-4)


@pytest.mark.parametrize("encoding", ["g711_ulaw", "pcm16"])
def test_a_minute_that_comes_at_once_is_worked_on_in_slices(encoding: str) -> None:
    """Also when an answer begins, and two seconds are judged at once when the room is known."""
    audio_format = AudioFormat(encoding, 8_000)  # type: ignore[arg-type]
    chain = InputChain(audio_format, EchoCancellation(), NoiseReduction(type="near_field"))
    chain.play(wire(answering(8)), MONO)
    slices = list(chain.process(bytes(60 * audio_format.bytes_per_second)))
    assert sum(heard.samples.size for heard in slices) == pytest.approx(60 * RATE_HZ, abs=2 * BLOCK_SAMPLES)
    assert max(heard.samples.size for heard in slices) <= BLOCKS_AT_ONCE * BLOCK_SAMPLES
    # Between two results there are at least as many steps as blocks that were judged.
    assert len(slices) >= 60_000 // SLICE_MS


def test_what_is_withheld_is_released_in_slices() -> None:
    chain = InputChain(MONO, EchoCancellation(), None)
    played = answering(2, start_ms=0)
    chain.play(wire(played), MONO)
    ready = joined(chain.process(wire(played * np.float32(0.3)))).samples.size
    released = list(chain.release())
    assert (
        ready + sum(heard.samples.size for heard in released) == played.size // BLOCK_SAMPLES * BLOCK_SAMPLES
    )
    # Each block is filtered again in a step of its own, and then handed over in one.
    assert len(released) >= 2 * (played.size - ready) // BLOCK_SAMPLES // BLOCKS_AT_ONCE


def test_a_sound_that_stands_alone_is_decoded_in_slices() -> None:
    audio_format = AudioFormat("g711_ulaw", 8_000)
    pieces = list(decode_once(bytes(327 * 8_000), audio_format))
    assert max(piece.size for piece in pieces) <= RATE_HZ
    assert sum(piece.size for piece in pieces) == pytest.approx(327 * RATE_HZ, abs=100)
