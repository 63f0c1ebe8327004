import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.audio.windows import WINDOW_MS, WINDOW_SAMPLES, Windows


def test_a_window_is_32_milliseconds() -> None:
    assert (WINDOW_SAMPLES, WINDOW_MS) == (512, 32)


@given(st.lists(st.integers(0, 1_500)))
def test_pieces_of_any_length_give_the_windows_of_the_whole(lengths: list[int]) -> None:
    sound = np.arange(sum(lengths), dtype=np.float32)
    windows = Windows()
    cut = []
    for piece in np.split(sound, np.cumsum(lengths)):
        cut.extend(windows.cut(piece))
    assert all(window.size == WINDOW_SAMPLES for window in cut)
    assert len(cut) == sound.size // WINDOW_SAMPLES
    assert np.array_equal(np.concatenate([*cut, sound[len(cut) * WINDOW_SAMPLES :]]), sound)
