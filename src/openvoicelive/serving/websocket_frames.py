"""WebSocket frames in a stream of bytes: where messages begin, and how frames of sound look. Pure.

Only the fast paths use this. All other frames, and errors, are left to the WebSocket libraries. The layout is
https://datatracker.ietf.org/doc/html/rfc6455#section-5.2.
"""

from collections.abc import Callable
from contextlib import suppress


def xor_mask(data: bytes, mask: bytes) -> bytes:
    """Apply a mask of 4 bytes, or remove it: https://datatracker.ietf.org/doc/html/rfc6455#section-5.3."""
    size = len(data)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")


apply_mask: Callable[[bytes, bytes], bytes] = xor_mask
with suppress(ImportError):
    # The same in C, and not part of websockets' public API. docs/relay.md says what it gains.
    from websockets.frames import apply_mask  # type: ignore[attr-defined]

TEXT = 0x1
BINARY = 0x2
PING = 0x9
PONG = 0xA

_CONTROL = 0x8
_FINAL = 0x80
_MASKED = 0x80
_SIZE_IN_16_BITS = 126
_SIZE_IN_64_BITS = 127
_SHORTEST_HEAD_BYTES = 2


class FrameWalk:
    """Follows the frames of one direction of a connection; the first byte it gets must begin a frame."""

    def __init__(self) -> None:
        self.messages = 0
        """The number of text and binary messages whose last frame has begun."""

        self._head = b""
        self._rest_bytes = 0
        self._is_fragmented = False

    @property
    def is_between_messages(self) -> bool:
        """Whether the next byte begins a message or a control frame."""
        return not (self._rest_bytes or self._head or self._is_fragmented)

    def walk(self, data: bytes) -> None:
        """Read the next bytes of the stream."""
        if self._head:
            data, self._head = self._head + data, b""
        at = self._rest_bytes
        while at < len(data):
            end = self._frame_end(data, at)
            if end is None:
                self._head = data[at:]
                self._rest_bytes = 0
                return
            self._note(data[at])
            at = end
        self._rest_bytes = at - len(data)

    def _note(self, first_byte: int) -> None:
        if first_byte & 0x0F < _CONTROL:
            self._is_fragmented = not first_byte & _FINAL
            self.messages += not self._is_fragmented

    def _frame_end(self, data: bytes, at: int) -> int | None:
        """Return where the frame that begins here ends; None if its size has not arrived yet."""
        if len(data) < at + _SHORTEST_HEAD_BYTES:
            return None
        size, width = data[at + 1] & 0x7F, 0
        if size == _SIZE_IN_16_BITS:
            width = 2
        elif size == _SIZE_IN_64_BITS:
            width = 8
        body_at = at + _SHORTEST_HEAD_BYTES + width
        if len(data) < body_at:
            return None
        if width:
            size = int.from_bytes(data[body_at - width : body_at], "big")
        return body_at + size + (4 if data[at + 1] & _MASKED else 0)


def whole_message(data: bytes, at: int, opcode: int, *, masked: bool) -> tuple[bytes, int] | None:
    """Return the payload of the message that begins here, and where it ends.

    Returns None unless the whole message is here, in one frame of this opcode with a 16-bit size.
    """
    size_byte = _MASKED | _SIZE_IN_16_BITS if masked else _SIZE_IN_16_BITS
    if len(data) < at + 8 or data[at] != _FINAL | opcode or data[at + 1] != size_byte:
        return None
    begin = at + 8 if masked else at + 4
    end = begin + (data[at + 2] << 8 | data[at + 3])
    if end > len(data):
        return None
    payload = data[begin:end]
    return (apply_mask(payload, data[at + 4 : begin]) if masked else payload), end


def offer(data: bytes, opcode: int, take: Callable[[bytes], bool], *, masked: bool) -> bytes:
    """Offer the whole messages at the start, one by one; returns what follows the last one that was taken."""
    at = 0
    while (message := whole_message(data, at, opcode, masked=masked)) and take(message[0]):
        at = message[1]
    return data[at:] if at else data


def frame(opcode: int, payload: bytes, mask: bytes = b"") -> bytes:
    """Return a message in one frame, or a control frame. A client must mask it with 4 unpredictable bytes."""
    size, masked = len(payload), _MASKED if mask else 0
    if size < _SIZE_IN_16_BITS:
        head = bytes((_FINAL | opcode, masked | size))
    elif size < 1 << 16:
        head = bytes((_FINAL | opcode, masked | _SIZE_IN_16_BITS, size >> 8, size & 0xFF))
    else:
        head = bytes((_FINAL | opcode, masked | _SIZE_IN_64_BITS)) + size.to_bytes(8, "big")
    return head + mask + apply_mask(payload, mask) if mask else head + payload
