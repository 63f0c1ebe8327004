"""Whether an event is what our own structs declare: a JSON schema for each type, and no more fields."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import fastjsonschema
import msgspec

from openvoicelive.protocol.server_events import ServerEvent

Validator = Callable[[Any], Any]


def deviation(event: dict[str, Any]) -> str | None:
    """Return how an event differs from its schema, if it does."""
    try:
        _validator(event["type"])(event)
    except fastjsonschema.JsonSchemaException as error:
        return str(error)
    return None


def event_types() -> dict[str, type[ServerEvent]]:
    """Return all events that the service can send, by their wire types."""
    return {str(kind.__struct_config__.tag): kind for kind in _subclasses(ServerEvent) if _is_on_wire(kind)}


@cache
def _validator(event_type: str) -> Validator:
    kind = event_types().get(event_type)
    if kind is None:
        raise fastjsonschema.JsonSchemaException(f"we have no event {event_type!r}")
    schema = msgspec.json.schema(kind)
    for definition in schema["$defs"].values():
        if "properties" in definition:
            definition["additionalProperties"] = False
    validator: Validator = fastjsonschema.compile(schema, use_default=False)
    return validator


def _subclasses(kind: type[ServerEvent]) -> Iterator[type[ServerEvent]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


def _is_on_wire(kind: type[ServerEvent]) -> bool:
    return kind.__struct_config__.tag is not None and not kind.__name__.startswith("_")
