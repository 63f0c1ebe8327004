import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.audio.pcm import FloatSamples
from openvoicelive.audio.resampling import HIGHEST_RATE_HZ, LOWEST_RATE_HZ, Resampler


def tone(rate_hz: int, seconds: float = 0.5, pitch_hz: float = 440.0) -> FloatSamples:
    moments = np.arange(int(rate_hz * seconds)) / rate_hz
    return (0.5 * np.sin(2 * np.pi * pitch_hz * moments)).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 24_000, 32_000, 44_100, 48_000])
def test_a_tone_keeps_its_pitch_its_place_and_its_length(rate_hz: int) -> None:
    heard = Resampler(rate_hz, 16_000).process(tone(rate_hz), last=True)
    expected = tone(16_000)
    assert abs(heard.size - expected.size) <= 1
    # Away from the edges, where the filter still sees silence.
    assert np.allclose(heard[800:-800], expected[800 : heard.size - 800], atol=2e-3)


@pytest.mark.parametrize("rate_hz", [24_000, 44_100, 48_000])
def test_what_the_new_rate_cannot_carry_is_removed(rate_hz: int) -> None:
    heard = Resampler(rate_hz, 16_000).process(tone(rate_hz, pitch_hz=10_000.0), last=True)
    assert np.abs(heard[800:-800]).max() < 1e-3


RATES = st.sampled_from([8_000, 24_000, 32_000, 48_000]) | st.integers(LOWEST_RATE_HZ, HIGHEST_RATE_HZ)


@given(RATES, st.lists(st.integers(0, 3_000), max_size=12))
def test_pieces_give_the_sound_of_the_whole(rate_hz: int, lengths: list[int]) -> None:
    sound = np.random.default_rng(1).uniform(-1, 1, 6_000).astype(np.float32)
    pieces = np.split(sound, np.cumsum(lengths)[np.cumsum(lengths) < sound.size])
    resampler = Resampler(rate_hz, 16_000)
    heard = [resampler.process(piece) for piece in pieces]
    heard.append(resampler.process(np.empty(0, dtype=np.float32), last=True))
    whole = Resampler(rate_hz, 16_000).process(sound, last=True)
    assert np.allclose(np.concatenate(heard), whole, atol=1e-6)


@given(RATES, RATES, st.integers(0, 5_000))
def test_the_output_is_as_long_as_the_input_rounded_up(from_hz: int, to_hz: int, samples: int) -> None:
    resampled = Resampler(from_hz, to_hz).process(np.zeros(samples, np.float32), last=True)
    assert resampled.size == -(-samples * to_hz // from_hz)


def test_an_equal_rate_changes_nothing() -> None:
    sound = tone(16_000)
    assert Resampler(16_000, 16_000).process(sound) is sound


@pytest.mark.parametrize("from_hz", [8_000, 24_000, 32_000, 48_000])
def test_at_most_three_milliseconds_are_held_back_between_the_usual_rates(from_hz: int) -> None:
    resampler = Resampler(from_hz, 16_000)
    heard = sum(resampler.process(piece).size for piece in np.split(tone(from_hz), 25))
    assert heard >= 8_000 - 3 * 16


@pytest.mark.parametrize("rate_hz", [LOWEST_RATE_HZ - 1, HIGHEST_RATE_HZ + 1])
def test_a_rate_outside_of_the_range_is_refused(rate_hz: int) -> None:
    with pytest.raises(ValueError, match="8000 to 48000"):
        Resampler(rate_hz, 16_000)
    with pytest.raises(ValueError, match="8000 to 48000"):
        Resampler(16_000, rate_hz)
