"""What turns are found in and what is recognised: the client's sound, without what its options take out."""

import numpy as np
import pytest

from openvoicelive.audio.pcm import FloatSamples, bytes_from_int16, int16_from_float
from openvoicelive.protocol.audio_formats import AudioFormat
from openvoicelive.protocol.options import EchoCancellation, NoiseReduction
from openvoicelive.service.input_chain import InputChain
from tests.audio.listening_person import turns_ms
from tests.audio.synthetic_room import RATE_HZ, Room, answering, clip, hiss

MONO = AudioFormat("pcm16", RATE_HZ)
FRAME = RATE_HZ * 20 // 1000


def wire(samples: FloatSamples) -> bytes:
    return bytes_from_int16(int16_from_float(samples))


def for_turns(chain: InputChain, heard: FloatSamples, played: FloatSamples | None = None) -> FloatSamples:
    """Send sound in frames of 20 ms, each after what was played at that moment."""
    pieces = []
    for start in range(0, len(heard) - FRAME, FRAME):
        frame = slice(start, start + FRAME)
        if played is not None:
            chain.play(wire(played[frame]), MONO)
        pieces.append(chain.process(wire(heard[frame])).for_turns)
    return np.concatenate(pieces)


def test_without_options_sound_is_heard_as_it_came() -> None:
    heard = InputChain(MONO, None, None).process(wire(clip("gc_hello")))
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
        chain.process(wire(stereo[start : start + 2 * FRAME])).for_turns
        for start in range(0, len(stereo), 2 * FRAME)
    ]
    assert turns_ms(np.concatenate(pieces)) == []


def test_what_a_client_was_told_not_to_play_is_not_waited_for() -> None:
    chain = InputChain(MONO, EchoCancellation(), None)
    chain.play(wire(answering(4)), MONO)
    chain.stop_playing()
    speech = np.concatenate((clip("gc_hello"), np.zeros(RATE_HZ, np.float32)))
    assert turns_ms(for_turns(chain, np.concatenate((speech, speech))))


@pytest.mark.parametrize("kind", ["near_field", "far_field", "azure_deep_noise_suppression"])
def test_noise_is_softer_where_turns_are_looked_for_and_recognition_hears_all(kind: str) -> None:
    noise = hiss(4 * RATE_HZ) * 20
    chain = InputChain(MONO, None, NoiseReduction(type=kind))  # type: ignore[arg-type]
    heard = chain.process(wire(noise))
    second_half = slice(2 * RATE_HZ, 3 * RATE_HZ)
    assert np.std(heard.for_turns[second_half]) < 0.5 * np.std(noise[second_half])
    assert np.allclose(heard.samples, noise, atol=1e-4)
