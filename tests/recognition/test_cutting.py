import numpy as np
import pytest

from openvoicelive.audio.pcm import FloatSamples
from openvoicelive.recognition.cutting import LEAST_SAMPLES, LONGEST_SAMPLES, SEARCH_SAMPLES, place_to_cut

RATE_HZ = 16_000
ROOM = 0.001
ENOUGH_S = (LEAST_SAMPLES + SEARCH_SAMPLES) / RATE_HZ
LONGEST_S = LONGEST_SAMPLES / RATE_HZ


def speech(seconds: float, *pauses: tuple[float, float], room: float = ROOM) -> FloatSamples:
    """Return sound as loud as speech, with the room's in pauses from a second to another."""
    random = np.random.default_rng(1)
    sound = random.normal(0, 0.1, int(seconds * RATE_HZ))
    for start_s, end_s in pauses:
        pause = slice(int(start_s * RATE_HZ), int(end_s * RATE_HZ))
        sound[pause] = random.normal(0, room, sound[pause].size)
    return sound.astype(np.float32)


def cut_s(sound: FloatSamples) -> float | None:
    place = place_to_cut(sound)
    return None if place is None else place / RATE_HZ


@pytest.mark.parametrize("start_s", [5.0, 5.37, 8.0, 10.123, 11.6])
@pytest.mark.parametrize("pause_s", [0.3, 0.45, 1.0])
def test_the_cut_falls_into_the_pause(start_s: float, pause_s: float) -> None:
    cut = cut_s(speech(14, (start_s, start_s + pause_s)))
    assert cut is not None
    # A good part of the pause is on both sides.
    assert start_s + 0.1 <= cut <= start_s + pause_s - 0.1


def test_the_deepest_of_several_pauses_is_taken() -> None:
    sound = speech(13, (6, 6.3), (10, 10.3), room=0.01)
    sound[8 * RATE_HZ : 8 * RATE_HZ + RATE_HZ // 3] *= 0.001
    assert cut_s(sound) == pytest.approx(8.16, abs=0.05)


def test_a_short_speech_is_not_cut() -> None:
    assert cut_s(speech(ENOUGH_S - 0.01, (6, 7))) is None


def test_a_pause_near_the_beginning_is_no_place() -> None:
    assert cut_s(speech(14, (2, 3))) is None


def test_the_closure_of_a_consonant_is_no_pause() -> None:
    closures = [(second, second + 0.12) for second in np.arange(0.5, 19, 0.8)]
    assert cut_s(speech(19, *closures, room=0)) is None


def test_a_speech_without_a_pause_waits_for_one() -> None:
    assert cut_s(speech(17)) is None
    assert cut_s(speech(18, (16.3, 16.7))) == pytest.approx(16.5, abs=0.1)


@pytest.mark.parametrize("sound", [speech(60), np.zeros(60 * RATE_HZ, np.float32)], ids=["noise", "silence"])
def test_a_speech_without_any_pause_is_cut_at_the_bound(sound: FloatSamples) -> None:
    pieces = 0
    assert cut_s(sound[: LONGEST_SAMPLES - 1]) is None
    while (place := place_to_cut(sound)) is not None:
        assert 5 * RATE_HZ <= place <= LONGEST_SAMPLES
        sound = sound[place:]
        pieces += 1
    assert pieces
    assert sound.size < LONGEST_SAMPLES


def test_without_a_pause_the_quietest_place_is_taken() -> None:
    assert cut_s(speech(LONGEST_S, (13, 13.3), room=0.05)) == pytest.approx(13.15, abs=0.05)


def test_later_sound_changes_nothing() -> None:
    sound = speech(60, (7, 7.4), (9, 9.45), (15, 16))
    cuts = [cut_s(sound[: seconds * RATE_HZ]) for seconds in (12, 13, 20, 60)]
    assert cuts == [cuts[0]] * 4
    assert cuts[0] == pytest.approx(9.2, abs=0.15)


@pytest.mark.parametrize("least_samples", [8 * RATE_HZ, 123_456, LONGEST_SAMPLES - SEARCH_SAMPLES])
def test_a_piece_can_be_asked_to_be_longer(least_samples: int) -> None:
    sound = speech(20, (6.5, 7.2), (16, 16.3), room=0.002)
    assert place_to_cut(sound[: least_samples + SEARCH_SAMPLES - 1], least_samples) is None
    place = place_to_cut(sound, least_samples)
    assert place is not None
    assert place / RATE_HZ == pytest.approx(16.15, abs=0.1)
