"""Azure's resource types, as far as the templates are compared with them: `azure_types.json`.

The Bicep compiler's own types are 1.3 MB; `refresh_azure_types.py` writes the table from them. A type is:

    "string", "integer", "boolean" or "any"
    ["A", "B"]                                        one of these strings
    {"at most": 10}                                   an integer; the limit is told in the description only
    {"list of": TYPE}
    {"by": NAME, "cases": {VALUE: TYPE}}              the type depends on this property
    {"properties": {NAME: TYPE}, "required": [NAME], "read-only": [NAME], "more": TYPE}    an object

`properties` are those that may be written; all keys of an object but `properties` may be missing.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("azure_types.json")
INFRA = Path(__file__).resolve().parents[3] / "infra"
REFRESH = "python3 -m tests.deploy.checks.refresh_azure_types"

_USED = re.compile(r"^resource \w+ '([\w.]+(?:/\w+)+@[\w-]+)'", re.MULTILINE)


@dataclass(frozen=True)
class Scalar:
    """A string, integer, boolean or anything."""

    name: str
    at_most: int | None = None


@dataclass(frozen=True)
class OneOf:
    """One of some strings."""

    values: frozenset[str]
    name: str = "one of a few strings"


@dataclass(frozen=True)
class ListOf:
    """A list."""

    item: "Type"
    name: str = "list"


@dataclass(frozen=True)
class Object:
    """An object; `properties` are those that may be written."""

    properties: Mapping[str, "Type"]
    required: frozenset[str] = frozenset()
    read_only: frozenset[str] = frozenset()
    more: "Type | None" = None
    """The type of properties with other names; None: there are none."""
    name: str = "object"


@dataclass(frozen=True)
class Cases:
    """One of some objects; the value of one property says which."""

    discriminator: str
    cases: Mapping[str, "Type"] = field(repr=False)
    name: str = "object"


Type = Scalar | OneOf | ListOf | Object | Cases


def used_types() -> set[str]:
    """Return the types of the templates' resources, as `PROVIDER/TYPE@VERSION`."""
    return {
        name for path in INFRA.rglob("*.bicep") for name in _USED.findall(path.read_text(encoding="utf-8"))
    }


@cache
def known_types() -> Mapping[str, Type]:
    """Return the table, read."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    return {name: read_type(written) for name, written in table["types"].items()}


def resource_type(name: str, api_version: str) -> Type:
    """Find a resource's type.

    Raises:
        LookupError: If the table does not have that type and version; the message says what to do.

    """
    wanted = f"{name}@{api_version}"
    known = known_types()
    if wanted not in known:
        raise LookupError(f"{TABLE.name} does not have {wanted}. To refresh it: {REFRESH}")
    return known[wanted]


def read_type(written: Any) -> Type:
    """Read a type in the table's notation."""
    match written:
        case str():
            return Scalar(written)
        case list():
            return OneOf(frozenset(written))
        case {"at most": limit}:
            return Scalar("integer", at_most=limit)
        case {"list of": item}:
            return ListOf(read_type(item))
        case {"by": discriminator, "cases": cases}:
            return Cases(discriminator, {value: read_type(case) for value, case in cases.items()})
        case _:
            return Object(
                {name: read_type(inner) for name, inner in written["properties"].items()},
                required=frozenset(written.get("required", ())),
                read_only=frozenset(written.get("read-only", ())),
                more=read_type(written["more"]) if "more" in written else None,
            )
