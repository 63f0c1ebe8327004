"""Reads and writes JSON messages by structs of a dialect. A bad message becomes an `InvalidRequest`."""

import re
from collections.abc import Callable, Generator
from typing import Annotated, Generic, Protocol, TypeVar

import msgspec
import pybase64

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol.client_events import ClientEvent
from openvoicelive.protocol.dialects.large_messages import (
    SMALL_CHARACTERS,
    invalid_base64,
    lift,
    unwrapped,
    with_sound,
)
from openvoicelive.protocol.server_events import AudioDelta

# What msgspec says, and which code and message a client gets for it.
_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<field>[^`]+)`")
_PATH = re.compile(r" - at (?:`key` in )?`\$\.?(?P<path>[^`]*)`$")
# A decoder stops at the first thing that is wrong, so another one that reads the same text for something else
# may get as far as a byte or a depth that the first never saw.
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


Base64Text = Annotated[str, msgspec.Meta(extra_json_schema={"contentEncoding": "base64"})]
"""Frequent sound: decoded by `sound_of` in a third of the time that msgspec takes for a field of bytes."""


class _Message(Protocol):
    @property
    def event_id(self) -> str | None: ...


Message = TypeVar("Message", bound=_Message)


class _Envelope(msgspec.Struct):
    event_id: str | None = None


_envelope_decoder = msgspec.json.Decoder(_Envelope)
_encoder = msgspec.json.Encoder()


class JsonReader(Generic[Message]):
    """Reads the messages of one dialect."""

    def __init__(self, decoder: msgspec.json.Decoder[Message]) -> None:
        self._decode = decoder.decode

    def read(
        self, text: str | bytes, understand: Callable[[Message], ClientEvent]
    ) -> Generator[None, None, ClientEvent]:
        """Read one message; between two steps, each of a few ms, the caller may do something else.

        `understand` returns the event that the message means; it may raise `InvalidRequest`, too.

        A text that is itself a JSON string is unwrapped once: the official SDK's `send(str)` encodes twice.

        Raises:
            InvalidRequest: With the code, the path of the field and the client's `event_id`, if it has one.

        """
        sounds: tuple[str, ...] = ()
        try:
            if len(text) > SMALL_CHARACTERS:
                if isinstance(text, bytes):
                    text = text.decode()
                yield
            if text[:1] in ('"', b'"'):
                text = yield from unwrapped(text if isinstance(text, str) else text.decode())
                yield
            if isinstance(text, str) and len(text) > SMALL_CHARACTERS:
                lifted = yield from lift(text)
                text, sounds = lifted.text, lifted.sounds
                yield
            message = self._decode(text)
        except msgspec.ValidationError as error:
            raise _invalid(str(error), _event_id(text)) from None
        except _UNREADABLE:
            raise InvalidRequest("invalid_json", "The message is not valid JSON.") from None
        try:
            event = understand(message)
            return (yield from with_sound(event, sounds)) if sounds else event
        except InvalidRequest as error:
            error.event_id = message.event_id
            raise


def sound_of(text: Base64Text, param: str) -> bytes:
    """Decode sound in base64.

    Raises:
        InvalidRequest: If it is not valid; `param` is the path of the field.

    """
    try:
        return pybase64.b64decode(text, validate=True)
    except ValueError:
        raise invalid_base64(param) from None


def write(event_type: str, event_id: str, body: msgspec.Struct) -> str:
    """Write one message: its type, its id, and the fields of `body`.

    An event of the session needs no second struct with two more fields, which would have to be filled for
    each 100 ms of sound.
    """
    fields = _encoder.encode(body).decode()[1:]
    comma = "" if fields == "}" else ","
    return f'{{"type":"{event_type}","event_id":"{event_id}"{comma}{fields}'


def write_sound(event_type: str, event_id: str, event: AudioDelta) -> str:
    """Write one message with sound in its `delta`, as `write` would, in a third of the time.

    All strings in it are safe in JSON as they are: ids of ours, and base64.
    """
    return (
        f'{{"type":"{event_type}","event_id":"{event_id}","response_id":"{event.response_id}",'
        f'"item_id":"{event.item_id}","output_index":{event.output_index},'
        f'"content_index":{event.content_index},"delta":"{pybase64.b64encode_as_string(event.delta)}"}}'
    )


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
