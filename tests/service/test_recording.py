"""The sound that may still be needed, found by its time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.audio.pcm import FloatSamples
from openvoicelive.service.recording import Recording


def sound(start_ms: int, end_ms: int) -> FloatSamples:
    """Return sound in which every sample says where it is."""
    return np.arange(start_ms * 16, end_ms * 16, dtype=np.float32)


def test_a_stretch_is_found_by_its_time() -> None:
    recording = Recording(max_ms=1_000)
    for start_ms in range(0, 100, 10):
        recording.append(sound(start_ms, start_ms + 10))
    assert recording.end_ms == 100
    assert np.array_equal(recording.between(15, 42), sound(15, 42))


def test_what_is_forgotten_is_gone_and_the_times_of_the_rest_stay() -> None:
    recording = Recording(max_ms=1_000)
    for start_ms in range(0, 100, 10):
        recording.append(sound(start_ms, start_ms + 10))
    recording.forget_before(50)
    assert np.array_equal(recording.between(0, 70), sound(50, 70))


def test_of_too_much_the_newest_stays() -> None:
    recording = Recording(max_ms=50)
    for start_ms in range(0, 1_000, 10):
        recording.append(sound(start_ms, start_ms + 10))
    assert np.array_equal(recording.between(0, 1_000), sound(950, 1_000))


def test_nothing_was_recorded_before_the_first_sound_and_after_the_last() -> None:
    recording = Recording(max_ms=1_000)
    assert recording.between(0, 100).size == 0
    recording.append(sound(0, 10))
    assert recording.between(10, 100).size == 0
    assert recording.between(8, 4).size == 0


@given(st.lists(st.integers(min_value=0, max_value=40), max_size=30), st.data())
def test_any_stretch_of_the_newest_sound_is_there_whole(pieces_ms: list[int], data: st.DataObject) -> None:
    recording = Recording(max_ms=100)
    end_ms = 0
    for piece_ms in pieces_ms:
        recording.append(sound(end_ms, end_ms + piece_ms))
        end_ms += piece_ms
    kept_ms = max(end_ms - 100, 0)
    start_ms = data.draw(st.integers(min_value=kept_ms, max_value=end_ms))
    until_ms = data.draw(st.integers(min_value=start_ms, max_value=end_ms))
    assert np.array_equal(recording.between(start_ms, until_ms), sound(start_ms, until_ms))
