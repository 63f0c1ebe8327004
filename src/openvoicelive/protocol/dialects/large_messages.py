"""Reads large messages in steps: nobody else may wait while megabytes of one client are decoded.

What makes a message large is sound in base64. It is lifted out, decoded slice by slice, and put back into the
event that the dialect has read meanwhile. The rest is bounded in characters and in the number of its values,
before it is decoded at once: 20 MB of small objects would take seconds.
"""

import re
from binascii import Error as Base64Error
from collections.abc import Generator
from dataclasses import dataclass

import msgspec
import pybase64

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol.client_events import ClientEvent, ConversationItemCreate, InputAudioBufferAppend
from openvoicelive.protocol.session.items import InputAudioPart, MessageItem

SMALL_CHARACTERS = 64 * 1024
"""Whatever it contains, a message of this size is decoded in 3 ms."""

MAX_TEXT_BYTES = 4 * 1024 * 1024
"""All of a message but its sound, in UTF-8: texts, the schemas of tools, pictures as data URLs."""

MAX_VALUES = 16_384
"""As many fields and elements are decoded in 5 ms; a hundred tools have a few thousand."""

# 15 MiB of sound in one append, as the service documents; base64 adds a third.
MAX_APPEND_BYTES = 15 * 1024 * 1024
_MAX_SOUND_CHARACTERS = MAX_APPEND_BYTES // 3 * 4 + 4

_SOUND_BEGINS = re.compile(r'"audio"\s{0,16}:\s{0,16}"')
# The rest of a string, or the part of it up to so many escaped characters.
_REST_OF_STRING = re.compile(r'[^"\\]*(?:\\.?[^"\\]*){0,1024}', re.DOTALL)
_LEAST_LIFTED_CHARACTERS = 4_096
_MAX_LIFTED = 64
# Stands in the message for sound that was lifted out.
_MARK = b"sound lifted out"
_MARK_TEXT = pybase64.b64encode(_MARK).decode()
_SLICE_CHARACTERS = 1024 * 1024
# So many matches, or characters in which every second one may be a quote, take 1 ms.
_MATCHES_AT_ONCE = 1_024
_SCANNED_AT_ONCE = 4_096
# A piece of a JSON string that ends neither within an escape nor between two that are one character.
_PIECE_OF_STRING = re.compile(
    r'[^"\\]{0,65536}(?:\\(?:u[dD][89abAB]..\\u....|u....|.)[^"\\]{0,65536}){0,1024}', re.DOTALL
)
_UNWRAPPED_AT_ONCE = 256 * 1024
_EVENT_ID = re.compile(r'"event_id"\s*:\s*"(?P<id>[^"\\]*)"')
_EVENT_ID_WITHIN_CHARACTERS = 512


@dataclass(frozen=True)
class Lifted:
    """A message without its sound."""

    text: str
    sounds: tuple[str, ...]
    """In base64, in the order of the message."""


def unwrapped(text: str) -> Generator[None, None, str]:
    """Read a text that is itself a JSON string, in steps.

    Raises:
        msgspec.DecodeError: If it is none.

    """
    parts: list[str] = []
    at = rested_at = 1
    while (piece := _PIECE_OF_STRING.match(text, at)) and piece.end() > at:
        parts.append(msgspec.json.decode(f'"{piece.group()}"', type=str))
        at = piece.end()
        if at - rested_at > _UNWRAPPED_AT_ONCE:
            rested_at = at
            yield
    if text[at : at + 1] != '"' or text[at + 1 :].strip(" \t\r\n"):
        raise msgspec.DecodeError("The text is no JSON string.")
    return "".join(parts)


def lift(text: str) -> Generator[None, None, Lifted]:
    """Take long sound out of a message, in steps.

    Raises:
        InvalidRequest: If the rest is too long or has too many values.

    """
    parts: list[str] = []
    sounds: list[str] = []
    begin = rest_characters = at = matches = 0
    while len(sounds) < _MAX_LIFTED and rest_characters + at - begin <= MAX_TEXT_BYTES:
        at = yield from _find_audio(text, at)
        if at < 0:
            break
        matches += 1
        if matches % _MATCHES_AT_ONCE == 0:
            yield
        found = _SOUND_BEGINS.match(text, at)
        if found is None:
            at += 1
            continue
        end = text.find('"', found.end())
        if end < 0:
            break
        if end - found.end() >= _LEAST_LIFTED_CHARACTERS:
            parts += [text[begin : found.end()], _MARK_TEXT]
            rest_characters += found.end() - begin
            sounds.append(text[found.end() : end])
            begin = end
            yield
        at = end
    rest_characters += len(text) - begin
    rest = "".join((*parts, text[begin:])) if rest_characters <= MAX_TEXT_BYTES else ""
    if rest_characters > MAX_TEXT_BYTES or (yield from _size_bytes(rest)) > MAX_TEXT_BYTES:
        event_id = _EVENT_ID.search(text[:_EVENT_ID_WITHIN_CHARACTERS])
        raise InvalidRequest(
            "string_above_max_length",
            f"A message must not exceed {MAX_TEXT_BYTES} bytes beside its sound.",
            event_id=event_id["id"] if event_id else None,
        )
    yield from _require_few_values(rest)
    return Lifted(rest, tuple(sounds))


def _find_audio(text: str, start: int) -> Generator[None, None, int]:
    """Return where the next sound may be, in as much text as a message may have; -1 if there is none."""
    end = start + MAX_TEXT_BYTES
    while start < min(end, len(text)):
        found = text.find('"audio"', start, min(start + _SLICE_CHARACTERS, end))
        if found >= 0:
            return found
        start += _SLICE_CHARACTERS - len('"audio"') + 1
        yield
    return -1


def _size_bytes(text: str) -> Generator[None, None, int]:
    """Return how many bytes a text has in UTF-8."""
    if text.isascii():
        return len(text)
    size = 0
    for start in range(0, len(text), _SLICE_CHARACTERS):
        size += len(text[start : start + _SLICE_CHARACTERS].encode(errors="replace"))
        yield
    return size


def with_sound(event: ClientEvent, sounds: tuple[str, ...]) -> Generator[None, None, ClientEvent]:
    """Put sound back into an event that was read without it, in steps.

    Raises:
        InvalidRequest: If it is too long, no base64, or stands where no sound does.

    """
    try:
        if isinstance(event, InputAudioBufferAppend):
            (sound,) = sounds
            return msgspec.structs.replace(event, audio=(yield from _decoded(sound, "audio")))
        if isinstance(event, ConversationItemCreate) and isinstance(event.item, MessageItem):
            content = list(event.item.content)
            places = [
                place
                for place, part in enumerate(content)
                if isinstance(part, InputAudioPart) and part.audio == _MARK
            ]
            for place, sound in zip(places, sounds, strict=True):
                audio = yield from _decoded(sound, f"item.content[{place}].audio")
                content[place] = msgspec.structs.replace(content[place], audio=audio)
            item = msgspec.structs.replace(event.item, content=tuple(content))
            return msgspec.structs.replace(event, item=item)
        raise InvalidRequest("invalid_value", "So much sound may only be appended, or be in an item.")
    except ValueError:  # not as many as places
        raise InvalidRequest("invalid_value", "Sound must be a message's input_audio.") from None


def _decoded(sound: str, param: str) -> Generator[None, None, bytes]:
    if "\\" in sound:
        sound = yield from _without_escapes(sound)
    if len(sound) > _MAX_SOUND_CHARACTERS:
        raise InvalidRequest("invalid_value", "audio must not exceed 15 MiB.", param=param)
    slices = []
    try:
        for start in range(0, len(sound), _SLICE_CHARACTERS):
            piece = sound[start : start + _SLICE_CHARACTERS]
            if "=" in piece and start + _SLICE_CHARACTERS < len(sound):
                raise Base64Error  # noqa: TRY301 - as the decoder would, had it seen the whole
            slices.append(pybase64.b64decode(piece, validate=True))
            yield
    except (Base64Error, UnicodeEncodeError, ValueError):
        raise invalid_base64(param) from None
    audio = b"".join(slices)
    if len(audio) > MAX_APPEND_BYTES:
        raise InvalidRequest("invalid_value", "audio must not exceed 15 MiB.", param=param)
    return audio


def invalid_base64(param: str) -> InvalidRequest:
    """Return what a client is told about sound that is no base64; `param` is the path of the field."""
    return InvalidRequest("invalid_value", f"Invalid base64 encoded string for {param!r}.", param=param)


def _without_escapes(sound: str) -> Generator[None, None, str]:
    """Return sound in which slashes are not escaped, as some encoders of JSON do it."""
    parts = []
    start = 0
    while start < len(sound):
        end = start + _SLICE_CHARACTERS // 2
        if sound[end - 1 : end] == "\\":
            end += 1
        parts.append(sound[start:end].replace("\\/", "/"))
        start = end
        yield
    return "".join(parts)


def _require_few_values(text: str) -> Generator[None, None, None]:
    """Refuse a message with too many values; commas in strings do not count."""
    if text.count(",") <= MAX_VALUES:
        return
    values = at = rested_at = 0
    while (quote := text.find('"', at)) >= 0:
        values += text.count(",", at, quote)
        if values > MAX_VALUES:
            break
        at = quote + 1
        while (at := _end_of_match(text, at)) < len(text) and text[at] == "\\":
            yield
        at += 1
        if at - rested_at > _SCANNED_AT_ONCE:
            rested_at = at
            yield
    if values + text.count(",", at) > MAX_VALUES:
        raise InvalidRequest(
            "invalid_value", f"A message must not have more than {MAX_VALUES} fields and elements."
        )


def _end_of_match(text: str, start: int) -> int:
    match = _REST_OF_STRING.match(text, start)
    return match.end() if match else start
