"""Encodes a chat-completions request as JSON, in slices.

A conversation may have 32 MiB or 10,000 items. Encoded as a whole, it held the event loop for up to 1.7 s.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping

import msgspec

# Encoding this much takes less than 1 ms. Other conversations go on between two pieces.
PIECE_BYTES = 32 * 1024
_SLICE_CHARACTERS = 16 * 1024
# Values nested deeper are encoded as a whole. A picture is this deep: body, messages, message, content, part.
_DEEPEST = 6


async def encoded(body: Mapping[str, object]) -> list[bytes]:
    """Return the JSON of a body in pieces. An iterator in it is read piece by piece and becomes an array."""
    pieces: list[bytes] = []
    piece = bytearray()
    for fragment in _fragments(body, 0):
        piece += fragment
        if len(piece) >= PIECE_BYTES:
            pieces.append(bytes(piece))
            piece.clear()
            await asyncio.sleep(0)
    return [*pieces, bytes(piece)]


async def streamed(pieces: list[bytes]) -> AsyncIterator[bytes]:
    """Yield the pieces, so that the HTTP client sends one at a time."""
    for piece in pieces:
        yield piece


def _fragments(value: object, depth: int) -> Iterator[bytes]:
    match value:
        case str() if len(value) > _SLICE_CHARACTERS:
            yield b'"'
            for start in range(0, len(value), _SLICE_CHARACTERS):
                yield msgspec.json.encode(value[start : start + _SLICE_CHARACTERS])[1:-1]
            yield b'"'
        case dict() if depth < _DEEPEST:
            for number, (key, member) in enumerate(value.items()):
                yield (b"," if number else b"{") + msgspec.json.encode(key) + b":"
                yield from _fragments(member, depth + 1)
            yield b"}" if value else b"{}"
        case Iterator() | list() | tuple() if depth < _DEEPEST:
            yield b"["
            for number, element in enumerate(value):
                if number:
                    yield b","
                yield from _fragments(element, depth + 1)
            yield b"]"
        case _:
            yield msgspec.json.encode(value)
