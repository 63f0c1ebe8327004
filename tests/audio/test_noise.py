import numpy as np
import pytest

from openvoicelive.audio.noise import NoiseReducer, NoiseReduction
from openvoicelive.audio.pcm import FloatSamples
from tests.audio.listening_person import CLIPS, reduced, turns_ms, word_errors_of
from tests.audio.synthetic_room import RATE_HZ, clip, hiss
from tests.word_error import WordErrors

KINDS: tuple[NoiseReduction, ...] = ("near_field", "far_field", "azure_deep_noise_suppression")


def decibels(before: FloatSamples, after: FloatSamples) -> float:
    return float(10 * np.log10(np.sum(np.square(before)) / np.sum(np.square(after))))


@pytest.mark.parametrize(
    ("kind", "least_db"), [("near_field", 6), ("far_field", 9), ("azure_deep_noise_suppression", 11)]
)
def test_steady_noise_is_turned_down(kind: NoiseReduction, least_db: float) -> None:
    noise = hiss(4 * RATE_HZ, 0.02)
    assert decibels(noise[RATE_HZ:], reduced(noise, kind)[RATE_HZ:]) > least_db


def test_the_kinds_are_of_growing_strength() -> None:
    noise = hiss(4 * RATE_HZ, 0.02)
    left = [float(np.sum(np.square(reduced(noise, kind)))) for kind in KINDS]
    assert left == sorted(left, reverse=True)
    assert left[0] > 1.3 * left[1] > 1.3 * left[2]


@pytest.mark.parametrize("kind", KINDS)
def test_a_voice_in_noise_comes_out_clearer(kind: NoiseReduction) -> None:
    voice = np.concatenate((np.zeros(RATE_HZ, np.float32), clip("monologue")))
    noisy = voice + hiss(voice.size, 0.022)
    assert decibels(voice, reduced(noisy, kind) - voice) > decibels(voice, noisy - voice) + 3


@pytest.mark.parametrize("kind", KINDS)
def test_clean_speech_is_understood_as_before(kind: NoiseReduction) -> None:
    before, after = WordErrors(0, 0), WordErrors(0, 0)
    for name in CLIPS[:6]:
        sound = np.concatenate((hiss(RATE_HZ // 2), clip(name), hiss(RATE_HZ // 2)))
        before += word_errors_of(sound, name)
        after += word_errors_of(reduced(sound, kind), name)
    assert after.errors <= before.errors + 1


@pytest.mark.parametrize("kind", KINDS)
def test_noise_alone_begins_no_turn_and_a_voice_in_it_does(kind: NoiseReduction) -> None:
    noise = hiss(6 * RATE_HZ, 0.02)
    assert turns_ms(reduced(noise, kind)) == []
    voice = clip("short_question")
    noise[3 * RATE_HZ : 3 * RATE_HZ + voice.size] += voice[: 3 * RATE_HZ]
    assert len(turns_ms(reduced(noise, kind))) == 1


def test_sound_stays_where_it_was() -> None:
    click = np.zeros(RATE_HZ, np.float32)
    click[5_000:5_040] = 0.5
    result = reduced(click + hiss(click.size, 0.0001), "near_field")
    assert 4_990 <= int(np.argmax(np.abs(result))) < 5_050


def test_at_most_511_samples_are_held_back() -> None:
    reducer, given, returned = NoiseReducer("far_field"), 0, 0
    for step in (1, 255, 256, 300, 7, 4_000, 1_000):
        returned += reducer.process(hiss(step)).size
        given += step
        assert 0 <= given - returned <= 511


def test_the_size_of_the_pieces_does_not_matter() -> None:
    sound = clip("short_question") + hiss(clip("short_question").size, 0.01)
    one = reduced(sound, "far_field", step=sound.size)
    many = reduced(sound, "far_field", step=97)
    assert np.allclose(one, many, atol=1e-6)


def test_digital_silence_stays_silent() -> None:
    assert not np.any(reduced(np.zeros(RATE_HZ, np.float32), "azure_deep_noise_suppression"))
