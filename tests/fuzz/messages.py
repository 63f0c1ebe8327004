"""Messages that a client might send: valid, nearly valid and wild, drawn with a given source of chance.

What is valid comes from the schemas of our own structs, so what is new there is fuzzed at once.
The source is a `random.Random` with a fixed seed, or hypothesis's, which then finds the shortest bad message.
"""

import base64
import copy
import json
import string
from collections import deque
from collections.abc import Callable, Iterable
from random import Random
from typing import Any, get_args

import msgspec

from openvoicelive.protocol.dialects.voice_live.client_events import ClientEvent
from openvoicelive.protocol.session.mcp.server import Approval

Json = Any
Schema = dict[str, Any]

NUMBERS = (0, 1, -1, 2, 200, 24_000, 2**31, -(2**31), 2**53, 2**63 - 1, 2**64, 10**30, 0.5, -0.0, 1e-9, 1e308)
WORDS = (
    *("", " ", "root", "auto", "none", "null", "Hello there.", "What is two plus three?", "en-US", "alloy"),
    *(
        "\u0000",
        "\ud83d\ude00",
        "e\u0301",
        "\u202e",
        "a" * 600,
        "../..",
        "${x}",
        "%s%n",
        "<b>",
        "item_1",
        "call_1",
    ),
)
WILD_TEXTS = (
    *(
        "",
        " ",
        "null",
        "true",
        "0",
        "NaN",
        "[]",
        "{}",
        '""',
        '"{}"',
        "{",
        "[" * 5_000,
        '{"a":' * 5_000,
        "\ufeff{}",
    ),
    *(
        '{"type":',
        '{"type":null}',
        '{"type":"session.update"',
        '{"type":"\\ud800"}',
        '{"type":[]}',
        "'single'",
    ),
)
DEEP = "[" * 10_000 + "]" * 10_000
MAX_AUDIO_BYTES = 4_800  # 100 ms at 24 kHz
LOUD, QUIET = b"\0\x40\0\xc0" * 4_800, bytes(33_600)  # 400 ms and 700 ms: a turn
MAX_DEPTH = 8


class Writer:
    """Writes messages."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._ids: deque[str] = deque(maxlen=8)

    def hear(self, events: Iterable[Json]) -> None:
        """Take note of the ids that the service names, to speak of them."""
        for event in events:
            named = (event.get("item_id"), event.get("response_id"), event.get("item", {}).get("id"))
            self._ids.extend(name for name in named if name and name not in self._ids)

    def message(self) -> str | bytes:
        """Return any message; some of them keep a conversation going."""
        kinds: tuple[Callable[[], str | bytes], ...] = (self.usual, self.valid, self.nearly_valid, self.wild)
        text = self._chance.choices(kinds, weights=(4, 3, 2, 1))[0]()
        # Some clients send binary frames.
        return text.encode() if isinstance(text, str) and self._chance.random() < 0.02 else text

    def usual(self) -> str:
        """Return what an ordinary client says all the time."""
        question = {"type": "input_text", "text": self._chance.choice(("Hello.", "What is two plus three?"))}
        item = {"type": "message", "role": "user", "content": [question]}
        sound = base64.b64encode(self._chance.choice((LOUD, QUIET))).decode()
        usual: tuple[Json, ...] = (
            {"type": "conversation.item.create", "item": item},
            {"type": "response.create"},
            {"type": "response.create", "response": {"modalities": ["text"]}},
            {"type": "input_audio_buffer.append", "audio": sound},
            {"type": "input_audio_buffer.append", "audio": sound},
            {"type": "input_audio_buffer.commit"},
            {"type": "response.cancel"},
            {"type": "session.update", "session": {"turn_detection": {"type": "server_vad"}}},
        )
        return json.dumps(self._chance.choice(usual))

    def valid(self, event_type: str | None = None) -> str:
        """Return an event that the contract allows, at the right or the wrong moment."""
        return json.dumps(self._event(event_type))

    def nearly_valid(self, event_type: str | None = None) -> str | bytes:
        """Return an event in which something is wrong."""
        event = self._event(event_type)
        for _ in range(self._chance.randint(1, 2)):
            event = self._spoilt(event)
        text = json.dumps(event)
        match self._chance.randint(0, 9):
            case 0:
                return text[: self._chance.randint(0, len(text))]
            case 1:
                return json.dumps(text)  # as the official SDK's send(str) does
            case 2:
                at = self._chance.randint(0, len(text))
                return text[:at] + self._chance.choice(string.printable) + text[at:]
            case 3:
                # What a decoder that stops at the first fault does not come to.
                beside = f'{text[:-1]}, "x": {DEEP}}}'
                return json.dumps(beside) if self._chance.random() < 0.2 else beside
            case 4:
                at = self._chance.randint(0, len(text))
                return text[:at].encode() + b"\xff" + text[at:].encode()
            case _:
                return text

    def wild(self) -> str | bytes:
        """Return anything."""
        match self._chance.randint(0, 2):
            case 0:
                return self._chance.choice(WILD_TEXTS)
            case 1:
                return bytes(self._chance.randint(0, 255) for _ in range(self._chance.randint(0, 40)))
            case _:
                return json.dumps(self._anything())

    # --- from schemas ---

    def _event(self, event_type: str | None) -> Json:
        schema = SCHEMAS[event_type or self._chance.choice(EVENT_TYPES)]
        return self._from(schema, schema["$defs"], 0)

    def _from(self, schema: Schema, definitions: dict[str, Schema], depth: int) -> Json:
        if "$ref" in schema:
            return self._from(definitions[schema["$ref"].rpartition("/")[2]], definitions, depth)
        if "anyOf" in schema:
            return self._from(self._chance.choice(schema["anyOf"]), definitions, depth)
        if "enum" in schema:
            return self._chance.choice(schema["enum"])
        kinds: dict[str | None, Callable[[], Json]] = {
            "object": lambda: self._object(schema, definitions, depth),
            "array": lambda: self._array(schema, definitions, depth),
            "string": lambda: self._string(schema),
            "integer": lambda: self._number(schema, int),
            "number": lambda: self._number(schema, float),
            "boolean": lambda: self._chance.random() < 0.5,
            "null": lambda: None,
            None: lambda: self._anything(depth),
        }
        return kinds[schema.get("type")]()

    def _array(self, schema: Schema, definitions: dict[str, Schema], depth: int) -> Json:
        count = self._chance.randint(schema.get("minItems", 0), 2) if depth < MAX_DEPTH else 0
        return [self._from(schema.get("items", {}), definitions, depth + 1) for _ in range(count)]

    def _object(self, schema: Schema, definitions: dict[str, Schema], depth: int) -> Json:
        required = schema.get("required", ())
        optional = [name for name in schema.get("properties", ()) if name not in required]
        # Few at a time: an object with all of its options is refused for one of them nearly always.
        chosen = self._chance.sample(optional, min(len(optional), self._chance.choice((0, 1, 1, 2, 4))))
        filled = {
            name: self._from(part, definitions, depth + 1)
            for name, part in schema.get("properties", {}).items()
            if name in required or name in chosen
        }
        more = schema.get("additionalProperties")
        if isinstance(more, dict) and depth < MAX_DEPTH:
            names = schema.get("propertyNames", {}).get("enum", ["key1", "key2"])
            for name in self._chance.sample(names, self._chance.randint(0, len(names))):
                filled[name] = self._from(more, definitions, depth + 1)
        return filled

    def _string(self, schema: Schema) -> str:
        if schema.get("contentEncoding") == "base64":
            return base64.b64encode(self._sound()).decode()
        if self._ids and self._chance.random() < 0.6:
            return self._chance.choice(tuple(self._ids))
        return self._chance.choice(WORDS)[: schema.get("maxLength")]

    def _sound(self) -> bytes:
        size = self._chance.choice((0, 1, 2, 960, MAX_AUDIO_BYTES, MAX_AUDIO_BYTES - 1))
        return (b"\0\0" if self._chance.random() < 0.5 else b"\0\x40") * (size // 2) + b"\x01" * (size % 2)

    def _number(self, schema: Schema, kind: type[int] | type[float]) -> float:
        least, most = schema.get("minimum", -10), schema.get("maximum", 5_000)
        if self._chance.random() < 0.2:
            return kind(min(max(self._chance.choice(NUMBERS), schema.get("minimum", -(10**30))), most))
        return self._chance.randint(least, most) if kind is int else self._chance.uniform(least, most)

    # --- what is wrong ---

    def _spoilt(self, event: Json) -> Json:
        """Change one value somewhere in an event."""
        event = copy.deepcopy(event)
        place = event
        while isinstance(place, dict) and place:
            name = self._chance.choice(list(place))
            if isinstance(place[name], dict) and place[name] and self._chance.random() < 0.7:
                place = place[name]
                continue
            match self._chance.randint(0, 3):
                case 0:
                    del place[name]
                case 1:
                    place[self._chance.choice((*WORDS, "voice", "id", "type"))] = self._anything()
                case 2:
                    place[name] = [place[name]]
                case _:
                    place[name] = self._anything()
            break
        return event

    def _anything(self, depth: int = 0) -> Json:
        match self._chance.randint(0, 7 if depth < MAX_DEPTH else 4):
            case 0:
                return None
            case 1:
                return self._chance.random() < 0.5
            case 2:
                return self._chance.choice(NUMBERS)
            case 3 | 4:
                return self._chance.choice(WORDS)
            case 5 | 6:
                return {
                    self._chance.choice(WORDS): self._anything(depth + 1)
                    for _ in range(self._chance.randint(0, 2))
                }
            case _:
                return [self._anything(depth + 1) for _ in range(self._chance.randint(0, 2))]


def _schemas() -> dict[str, Schema]:
    schemas = {str(kind.__struct_config__.tag): msgspec.json.schema(kind) for kind in get_args(ClientEvent)}
    for schema in schemas.values():
        if "McpServer" in schema["$defs"]:
            approval = schema["$defs"]["McpServer"]["properties"]["require_approval"]
            by_tool = next(choice for choice in approval["anyOf"] if choice.get("type") == "object")
            by_tool["propertyNames"] = {"enum": list(get_args(Approval))}  # msgspec leaves them out
        if "InputImagePart" in schema["$defs"]:
            schema["$defs"]["InputImagePart"]["required"].append("image_url")  # or its older name
    return schemas


SCHEMAS = _schemas()
EVENT_TYPES = sorted(SCHEMAS)
