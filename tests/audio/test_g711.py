from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.audio.g711 import decode_alaw, decode_mulaw, encode_alaw, encode_mulaw
from openvoicelive.audio.pcm import Int16Samples

Encode = Callable[[Int16Samples], bytes]
Decode = Callable[[bytes], Int16Samples]

ALL_CODES = bytes(range(256))
LAWS = pytest.mark.parametrize(
    ("encode", "decode"), [(encode_mulaw, decode_mulaw), (encode_alaw, decode_alaw)], ids=["mulaw", "alaw"]
)


def mulaw_decisions() -> npt.NDArray[np.int64]:
    """Column 6 of table 2a: 0, 1, 3 ... 31, 35 ... 95, 103 ...: steps of 2, 4, 8 ... 256 of 14 bits."""
    steps = [1] + [2] * 15 + [2 ** (segment + 1) for segment in range(1, 8) for _ in range(16)]
    return np.cumsum([0, *steps, 256])


def alaw_decisions() -> npt.NDArray[np.int64]:
    """Column 6 of table 1a: twice steps of 2, then of 4, 8 ... 128 of 13 bits."""
    steps = [2] * 32 + [2**segment for segment in range(2, 8) for _ in range(16)]
    return np.cumsum([0, *steps])


@pytest.mark.parametrize(
    ("encode", "decode", "decisions", "spare_bits"),
    [(encode_mulaw, decode_mulaw, mulaw_decisions(), 2), (encode_alaw, decode_alaw, alaw_decisions(), 3)],
    ids=["mulaw", "alaw"],
)
def test_each_sample_sounds_like_the_middle_of_its_interval_in_the_standard(
    encode: Encode, decode: Decode, decisions: npt.NDArray[np.int64], spare_bits: int
) -> None:
    outputs = (decisions[:-1] + decisions[1:]) / 2
    if decode is decode_mulaw:
        outputs[0] = 0  # the interval from -1 to 1
    samples = np.arange(32_768).astype(np.int16)
    interval = np.searchsorted(decisions, samples >> spare_bits, side="right") - 1
    expected = outputs[np.minimum(interval, 127)] * 2**spare_bits
    assert decode(encode(samples)).tolist() == expected.tolist()
    assert decode(encode(~samples)).tolist() == (-expected).tolist()


@LAWS
def test_codes_survive_decoding_and_encoding(encode: Encode, decode: Decode) -> None:
    heard = decode(ALL_CODES)
    assert decode(encode(heard)).tolist() == heard.tolist()


@LAWS
@given(st.lists(st.integers(-32_768, 32_767)))
def test_encoding_twice_changes_nothing_more(encode: Encode, decode: Decode, samples: list[int]) -> None:
    once = decode(encode(np.array(samples, dtype=np.int16)))
    assert decode(encode(once)).tolist() == once.tolist()


def test_mulaw_follows_the_standards_table() -> None:
    # Table 2 of G.711, with its 14-bit values shifted to 16 bits: full scale, the segments' ends, and zero.
    assert decode_mulaw(b"\x80\x8f\x90\xff").tolist() == [32_124, 16_764, 15_996, 0]
    assert decode_mulaw(b"\x00\x0f\x10\x7f").tolist() == [-32_124, -16_764, -15_996, 0]
    assert encode_mulaw(np.array([0, -1, 32_767, -32_768], dtype=np.int16)) == b"\xff\x7f\x80\x00"


def test_alaw_follows_the_standards_table() -> None:
    # Table 1 of G.711, with its 13-bit values shifted to 16 bits, even bits inverted.
    assert decode_alaw(b"\xaa\xd5\x2a\x55").tolist() == [32_256, 8, -32_256, -8]
    assert encode_alaw(np.array([0, -1, 32_767, -32_768], dtype=np.int16)) == b"\xd5\x55\xaa\x2a"
