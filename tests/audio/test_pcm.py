import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.audio.pcm import (
    SampleReader,
    bytes_from_int16,
    float_from_int16,
    int16_from_bytes,
    int16_from_float,
)


def test_bytes_are_read_as_little_endian_samples() -> None:
    assert int16_from_bytes(b"\x01\x00\xff\x7f\x00\x80").tolist() == [1, 32_767, -32_768]


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of element size"):
        int16_from_bytes(b"\x01")


@given(st.binary().filter(lambda audio: len(audio) % 2 == 0))
def test_bytes_survive_the_way_through_samples_and_floats(audio: bytes) -> None:
    samples = int16_from_bytes(audio)
    assert bytes_from_int16(samples) == audio
    assert bytes_from_int16(int16_from_float(float_from_int16(samples))) == audio


def test_floats_stay_in_their_range() -> None:
    scaled = float_from_int16(np.array([-32_768, 0, 32_767], dtype=np.int16))
    assert scaled.dtype == np.float32
    assert scaled.tolist() == [-1.0, 0.0, 32_767 / 32_768]


def test_what_is_too_loud_is_clipped() -> None:
    assert int16_from_float(np.array([-3.0, 1.0, 3.0])).tolist() == [-32_768, 32_767, 32_767]


@given(st.binary(), st.lists(st.integers(0, 64)))
def test_odd_pieces_give_the_samples_of_the_whole(audio: bytes, cuts: list[int]) -> None:
    reader = SampleReader()
    pieces = []
    rest = audio
    for cut in cuts:
        pieces.append(reader.read(rest[:cut]))
        rest = rest[cut:]
    pieces.append(reader.read(rest))
    assert bytes_from_int16(np.concatenate(pieces)) == audio[: len(audio) // 2 * 2]
