"""Between the text of a WebSocket message and an event. A bad message becomes an `InvalidRequest`."""

import re
from collections.abc import Generator

import msgspec

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol.client_events import ClientEvent
from openvoicelive.protocol.large_messages import SMALL_CHARACTERS, lift, with_sound
from openvoicelive.protocol.server_events import ServerEvent

# `MAX_APPEND_BYTES` in base64, and what is around it.
MAX_MESSAGE_BYTES = 21 * 1024 * 1024

_decoder: msgspec.json.Decoder[ClientEvent] = msgspec.json.Decoder(ClientEvent)
_encoder = msgspec.json.Encoder()

# What msgspec says, and which code and message a client gets for it.
_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<field>[^`]+)`")
_PATH = re.compile(r" - at (?:`key` in )?`\$\.?(?P<path>[^`]*)`$")
# A decoder stops at the first thing that is wrong, so another one that reads the same text for something else
# may get as far as a byte or a depth that the first never saw.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Envelope(msgspec.Struct):
    event_id: str | None = None


_envelope_decoder = msgspec.json.Decoder(_Envelope)


def decode(text: str | bytes) -> ClientEvent:
    """Read one client event, all at once.

    Raises:
        InvalidRequest: As `decode_in_steps` does.

    """
    steps = decode_in_steps(text)
    while True:
        try:
            next(steps)
        except StopIteration as decoded:
            event: ClientEvent = decoded.value
            return event


def decode_in_steps(text: str | bytes) -> Generator[None, None, ClientEvent]:
    """Read one client event; between two steps, each of a few ms, the caller may do something else.

    A text that is itself a JSON string is unwrapped once: the official SDK's `send(str)` encodes twice.

    Raises:
        InvalidRequest: With the code, the path of the field and the client's `event_id`, where it has one.

    """
    sounds: tuple[str, ...] = ()
    try:
        if len(text) > SMALL_CHARACTERS:
            if isinstance(text, bytes):
                text = text.decode()
            yield
        if text[:1] in ('"', b'"'):
            text = msgspec.json.decode(text, type=str)
            yield
        if isinstance(text, str) and len(text) > SMALL_CHARACTERS:
            lifted = yield from lift(text)
            text, sounds = lifted.text, lifted.sounds
            yield
        event = _decoder.decode(text)
    except msgspec.ValidationError as error:
        raise _invalid(str(error), _event_id(text)) from None
    except _UNREADABLE:
        raise InvalidRequest("invalid_json", "The message is not valid JSON.") from None
    try:
        return (yield from with_sound(event, sounds)) if sounds else event
    except InvalidRequest as error:
        error.event_id = event.event_id
        raise


def encode(event: ServerEvent) -> str:
    """Write one server event."""
    return _encoder.encode(event).decode()


def _event_id(text: str | bytes) -> str | None:
    """Return the client's `event_id`, as far as one can be read from a message that is wrong."""
    try:
        return _envelope_decoder.decode(text).event_id
    except _UNREADABLE:
        return None


def _invalid(problem: str, event_id: str | None) -> InvalidRequest:
    """Turn msgspec's sentence into the wire's code and param."""
    path_match = _PATH.search(problem)
    # `[...]` is a value in an object whose key the decoder does not tell.
    path = path_match["path"].replace("[...]", "") if path_match else ""
    sentence = problem[: path_match.start()] if path_match else problem
    if missing := _MISSING.search(problem):
        param = _join(path, missing["field"])
        code, message = "missing_required_parameter", f"Missing required parameter: '{param}'."
    elif unknown := _UNKNOWN.search(problem):
        param = _join(path, unknown["field"])
        code, message = "unknown_parameter", f"Unknown parameter: '{param}'."
    else:
        param = path
        code, message = "invalid_value", f"{sentence}{f' for {param!r}' if param else ''}."
    return InvalidRequest(code, message, param=param or None, event_id=event_id)


def _join(path: str, field: str) -> str:
    return f"{path}.{field}" if path else field
