"""Frames are found, taken apart and built as websockets' own parser does it."""

import itertools

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from openvoicelive.serving.websocket_frames import (
    BINARY,
    PONG,
    TEXT,
    FrameWalk,
    apply_mask,
    frame,
    whole_message,
    xor_mask,
)

SIZES = st.sampled_from([0, 1, 125, 126, 127, 1_920, 65_535, 65_536])
PAYLOADS = st.builds(lambda size, byte: bytes([byte]) * size, SIZES, st.integers(0, 255))
MASK = b"mask"


def cut(data: bytes, at: list[int]) -> list[bytes]:
    places = [0, *sorted(place for place in at if place < len(data)), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(places)]


def parsed(data: bytes, side: Side) -> list[Frame]:
    parser = Protocol(side, state=State.OPEN, max_size=None)
    parser.receive_data(data)
    assert parser.parser_exc is None
    return [event for event in parser.events_received() if isinstance(event, Frame)]


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Return what a server may say: messages in one frame or several, and control frames among them."""
    server = Protocol(Side.SERVER, state=State.OPEN, max_size=None)
    for payload in draw(st.lists(PAYLOADS, max_size=5)):
        parts = draw(st.integers(1, 3))
        for part in range(parts):
            if part == 0:
                server.send_binary(payload, fin=parts == 1)
            else:
                server.send_continuation(payload, fin=part == parts - 1)
            if draw(st.booleans()):
                server.send_ping(b"still there?")
    return b"".join(server.data_to_send())


@given(streams(), st.lists(st.integers(0, 200_000), max_size=6))
def test_a_walk_knows_the_messages_and_where_they_begin_however_the_stream_is_cut(
    stream: bytes, cuts: list[int]
) -> None:
    walk = FrameWalk()
    seen = b""
    for piece in cut(stream, cuts):
        walk.walk(piece)
        seen += piece
        whole = Protocol(Side.CLIENT, state=State.OPEN, max_size=None)
        whole.receive_data(seen)
        frames = [event for event in whole.events_received() if isinstance(event, Frame)]
        data = [one for one in frames if one.opcode in {Opcode.BINARY, Opcode.CONT}]
        size = sum(len(one.serialize(mask=False)) for one in frames)
        is_between = size == len(seen) and (not data or data[-1].fin)
        assert walk.is_between_messages == is_between
        if is_between:
            assert walk.messages == sum(one.fin for one in data)


@given(PAYLOADS, st.sampled_from([TEXT, BINARY, PONG]), st.booleans())
def test_a_frame_is_what_its_receiver_understands(payload: bytes, opcode: int, masked: bool) -> None:  # noqa: FBT001
    payload = payload[:125] if opcode == PONG else b"a" * len(payload) if opcode == TEXT else payload
    data = frame(opcode, payload, MASK if masked else b"")
    (received,) = parsed(data, Side.SERVER if masked else Side.CLIENT)
    assert (received.opcode, received.data, received.fin) == (opcode, payload, True)


@given(PAYLOADS, st.booleans(), st.binary(max_size=9), st.binary(max_size=9))
def test_a_whole_message_of_middling_size_is_taken_apart(
    payload: bytes,
    masked: bool,  # noqa: FBT001
    before: bytes,
    after: bytes,
) -> None:
    data = frame(BINARY, payload, MASK if masked else b"")
    message = whole_message(before + data + after, len(before), BINARY, masked=masked)
    if 126 <= len(payload) < 1 << 16:
        assert message == (payload, len(before + data))
    else:
        assert message is None


@given(st.integers(0, 330), st.booleans())
def test_what_is_not_wholly_here_or_of_another_kind_is_no_message(size: int, masked: bool) -> None:  # noqa: FBT001
    data = frame(BINARY, bytes(300), MASK if masked else b"")
    if size < len(data):
        assert whole_message(data[:size], 0, BINARY, masked=masked) is None
    assert whole_message(data, 0, TEXT, masked=masked) is None
    assert whole_message(data, 0, BINARY, masked=not masked) is None
    assert whole_message(bytes((data[0] & 0x7F,)) + data[1:], 0, BINARY, masked=masked) is None


@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
def test_a_mask_is_applied_alike_with_and_without_what_is_written_in_c(data: bytes, mask: bytes) -> None:
    expected = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data))
    assert xor_mask(data, mask) == expected == apply_mask(data, mask)
