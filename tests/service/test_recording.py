"""The sound that may still be needed, found by its time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.audio.pcm import FloatSamples
from openvoicelive.service.hearing.recording import CHUNK_MS, Recording


def sound(start_ms: int, end_ms: int) -> FloatSamples:
    """Return sound in which every sample says where it is."""
    return np.arange(start_ms * 16, end_ms * 16, dtype=np.float32)


def between(recording: Recording, start_ms: int, end_ms: int) -> FloatSamples:
    return np.concatenate([np.empty(0, np.float32), *recording.between(start_ms, end_ms)])


def test_a_stretch_is_found_by_its_time() -> None:
    recording = Recording(max_ms=1_000)
    for start_ms in range(0, 100, 10):
        recording.append(sound(start_ms, start_ms + 10))
    assert recording.end_ms == 100
    assert np.array_equal(between(recording, 15, 42), sound(15, 42))


def test_what_is_forgotten_is_gone_and_the_times_of_the_rest_stay() -> None:
    recording = Recording(max_ms=1_000)
    for start_ms in range(0, 100, 10):
        recording.append(sound(start_ms, start_ms + 10))
    recording.forget_before(50)
    assert np.array_equal(between(recording, 0, 70), sound(50, 70))


def test_of_too_much_the_newest_stays() -> None:
    recording = Recording(max_ms=50)
    for start_ms in range(0, 1_000, 10):
        recording.append(sound(start_ms, start_ms + 10))
    assert np.array_equal(between(recording, 0, 1_000), sound(950, 1_000))


def test_nothing_was_recorded_before_the_first_sound_and_after_the_last() -> None:
    recording = Recording(max_ms=1_000)
    assert between(recording, 0, 100).size == 0
    recording.append(sound(0, 10))
    assert between(recording, 10, 100).size == 0
    assert between(recording, 8, 4).size == 0


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
    assert np.array_equal(between(recording, start_ms, until_ms), sound(start_ms, until_ms))


def test_a_turn_that_never_ends_keeps_no_more_than_the_bound_however_often_it_is_read() -> None:
    """A television talks for half an hour, and is recognised every two seconds."""
    recording = Recording(max_ms=60_000)
    for second in range(1_800):
        recording.append(np.zeros(16_000, np.float32))
        if second % 2:
            recording.between(recording.end_ms - 2_000, recording.end_ms)
    assert recording.memory_bytes <= (60_000 + CHUNK_MS) * 16 * 4


def test_what_was_read_is_not_changed_by_what_comes_later() -> None:
    recording = Recording(max_ms=2_000)
    recording.append(sound(0, 900))
    read = recording.between(0, 900)
    recording.append(sound(900, 9_000))
    assert np.array_equal(np.concatenate(read), sound(0, 900))


def test_reading_minutes_of_sound_copies_nothing() -> None:
    recording = Recording(max_ms=300_000)
    for second in range(300):
        recording.append(sound(second * 1_000, second * 1_000 + 1_000))
    pieces = recording.between(500, 299_500)
    assert all(piece.base is not None for piece in pieces)
    assert max(piece.size for piece in pieces) <= CHUNK_MS * 16
