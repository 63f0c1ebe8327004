"""Whether an event is what our own structs declare: a JSON schema for each type, and no more fields."""

from collections.abc import Callable
from functools import cache
from typing import Any

import fastjsonschema
import msgspec

from openvoicelive.protocol.dialects.voice_live import server_events as wire

Validator = Callable[[Any], Any]


def deviation(event: dict[str, Any]) -> str | None:
    """Return how an event differs from its schema, if it does."""
    try:
        _validator(event["type"])(event)
    except fastjsonschema.JsonSchemaException as error:
        return str(error)
    return None


def event_types() -> dict[str, type[msgspec.Struct]]:
    """Return the fields of all events that the service can send, by their types."""
    return {name: getattr(wire, kind.__name__, kind) for kind, name in wire.TYPES.items()}


@cache
def _validator(event_type: str) -> Validator:
    kind = event_types().get(event_type)
    if kind is None:
        raise fastjsonschema.JsonSchemaException(f"we have no event {event_type!r}")
    schema = msgspec.json.schema(kind)
    event = schema["$defs"][kind.__name__]
    event["properties"] |= {"type": {"const": event_type}, "event_id": {"type": "string"}}
    event["required"] = [*event["required"], "type", "event_id"]
    for definition in schema["$defs"].values():
        if "properties" in definition:
            definition["additionalProperties"] = False
    validator: Validator = fastjsonschema.compile(schema, use_default=False)
    return validator
