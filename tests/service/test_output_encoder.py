"""Synthesized samples are resampled once and encoded once, for every rate of voices and every wire format."""

import itertools
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.audio.g711 import decode_alaw, decode_mulaw, encode_mulaw
from openvoicelive.audio.pcm import (
    FloatSamples,
    bytes_from_int16,
    float_from_int16,
    int16_from_bytes,
    int16_from_float,
)
from openvoicelive.audio.resampling import Resampler
from openvoicelive.protocol.audio_formats import AudioFormat, OutputAudioFormat, output_format
from openvoicelive.service.answering.output_encoder import OutputEncoder

FORMATS = [output_format(name) for name in get_args(OutputAudioFormat)]
VOICE_RATES_HZ = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000]
MULAW = AudioFormat("g711_ulaw", 8_000)
# ITU-T G.712 wants 33 dB between a tone of usual loudness and the quantization noise of G.711.
LEAST_SNR_DB = {"pcm16": 60.0, "g711_ulaw": 33.0, "g711_alaw": 33.0}

formats = st.sampled_from(FORMATS)
voice_rates_hz = st.sampled_from(VOICE_RATES_HZ)


def tone(rate_hz: int, pitch_hz: float, seconds: float = 0.5) -> FloatSamples:
    moments_s = np.arange(round(rate_hz * seconds)) / rate_hz
    return (0.5 * np.sin(2 * np.pi * pitch_hz * moments_s)).astype(np.float32)


def noise(samples: int) -> FloatSamples:
    return np.random.default_rng(1).uniform(-1, 1, samples).astype(np.float32)


def decoded(audio: bytes, audio_format: AudioFormat) -> FloatSamples:
    match audio_format.encoding:
        case "pcm16":
            return float_from_int16(int16_from_bytes(audio))
        case "g711_ulaw":
            return float_from_int16(decode_mulaw(audio))
        case "g711_alaw":
            return float_from_int16(decode_alaw(audio))


def encoded(samples: FloatSamples, rate_hz: int, audio_format: AudioFormat, volume: float = 1.0) -> bytes:
    encoder = OutputEncoder(audio_format, volume)
    return encoder.encode(samples, rate_hz) + encoder.flush()


def level_db(sound: FloatSamples, rate_hz: int, pitch_hz: float) -> float:
    """Return the level of one pitch, in decibels of full scale."""
    window = np.hanning(sound.size)
    moments_s = np.arange(sound.size) / rate_hz
    part = np.vdot(np.exp(2j * np.pi * pitch_hz * moments_s), sound * window) * 2 / window.sum()
    return float(20 * np.log10(abs(part) + 1e-9))


@given(st.lists(st.integers(-32_768, 32_767), max_size=200))
def test_at_the_voices_own_rate_every_sample_arrives_as_it_is(values: list[int]) -> None:
    samples = np.array(values, np.int16)
    floats = float_from_int16(samples)
    assert encoded(floats, 24_000, output_format("pcm16")) == bytes_from_int16(samples)
    assert encoded(floats, 8_000, MULAW) == encode_mulaw(samples)


@pytest.mark.parametrize("from_hz", VOICE_RATES_HZ)
def test_telephone_sound_is_resampled_once_from_the_voices_own_rate(from_hz: int) -> None:
    sound = noise(from_hz)
    resampled = Resampler(from_hz, 8_000).process(sound, last=True)
    assert encoded(sound, from_hz, MULAW) == encode_mulaw(int16_from_float(resampled))


@pytest.mark.parametrize("audio_format", FORMATS, ids=str)
@pytest.mark.parametrize("from_hz", VOICE_RATES_HZ)
def test_a_tone_arrives_in_its_place_with_little_noise(from_hz: int, audio_format: AudioFormat) -> None:
    arrived = decoded(encoded(tone(from_hz, 1_007), from_hz, audio_format), audio_format)
    expected = tone(audio_format.rate_hz, 1_007)
    edge = audio_format.rate_hz // 20  # where the filter still sees the silence around the tone
    assert abs(arrived.size - expected.size) <= 1
    difference = arrived[edge:-edge] - expected[edge : arrived.size - edge]
    snr_db = 10 * np.log10(np.mean(expected**2) / np.mean(difference**2))
    assert snr_db > LEAST_SNR_DB[audio_format.encoding]


@pytest.mark.parametrize("from_hz", [16_000, 22_050, 24_000, 44_100, 48_000])
@pytest.mark.parametrize("pitch_hz", [5_000, 6_000, 7_500])
def test_what_telephone_sound_cannot_carry_is_not_heard_as_another_pitch(
    from_hz: int, pitch_hz: float
) -> None:
    sound = tone(from_hz, 1_013) + tone(from_hz, pitch_hz)
    arrived = decoded(encoded(sound, from_hz, MULAW), MULAW)[800:-800]
    alias_hz = 8_000 - pitch_hz
    assert level_db(arrived, 8_000, 1_013) == pytest.approx(-6, abs=0.2)
    assert level_db(arrived, 8_000, alias_hz) < -60


@given(formats, voice_rates_hz, st.lists(st.integers(0, 3_000), max_size=8))
def test_pieces_of_a_clause_give_the_sound_of_the_whole(
    audio_format: AudioFormat, from_hz: int, lengths: list[int]
) -> None:
    sound = noise(4_000)
    encoder = OutputEncoder(audio_format)
    pieces = np.split(sound, np.cumsum(lengths)[np.cumsum(lengths) < sound.size])
    audio = b"".join([*(encoder.encode(piece, from_hz) for piece in pieces), encoder.flush()])
    whole = encoded(sound, from_hz, audio_format)
    assert len(audio) == len(whole)
    # The order of additions in the filter differs, so a sample may be rounded the other way.
    assert np.allclose(decoded(audio, audio_format), decoded(whole, audio_format), atol=0.04)


@given(formats, st.lists(st.tuples(voice_rates_hz, st.integers(1, 3_000)), min_size=1, max_size=30))
def test_many_clauses_do_not_drift_from_the_times_of_their_words(
    audio_format: AudioFormat, clauses: list[tuple[int, int]]
) -> None:
    encoder = OutputEncoder(audio_format)
    sent_bytes, given_ms = 0, 0.0
    for from_hz, samples in clauses:
        assert encoder.duration_ms == pytest.approx(given_ms)
        sent_bytes += len(encoder.encode(noise(samples), from_hz)) + len(encoder.flush())
        given_ms += samples * 1000 / from_hz
    changes = sum(one[0] != other[0] for one, other in itertools.pairwise(clauses))
    sent_ms = sent_bytes * 1000 / audio_format.bytes_per_second
    assert abs(sent_ms - given_ms) < (1 + changes) * 1000 / audio_format.rate_hz + 1e-6


def test_a_clause_is_whole_when_it_ends() -> None:
    encoder = OutputEncoder(MULAW)
    audio = encoder.encode(noise(22_050), 22_050) + encoder.flush()
    assert len(audio) == 8_000


@given(formats, st.floats(0, 2))
def test_the_volume_scales_and_clips_but_never_wraps_around(audio_format: AudioFormat, volume: float) -> None:
    sound = np.sign(tone(audio_format.rate_hz, 100, 0.02)) * np.float32(0.8)
    arrived = decoded(encoded(sound, audio_format.rate_hz, audio_format, volume), audio_format)
    assert np.allclose(arrived, np.clip(sound * volume, -1, 1), atol=0.03)


@pytest.mark.parametrize("from_hz", [7_999, 48_001])
def test_a_rate_outside_of_the_range_is_refused(from_hz: int) -> None:
    with pytest.raises(ValueError, match="8000 to 48000"):
        OutputEncoder(MULAW).encode(noise(10), from_hz)
