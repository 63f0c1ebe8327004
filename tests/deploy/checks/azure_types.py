"""Azure's resource types, as the Bicep compiler knows them; the one place that knows their folder.

`OPENVOICELIVE_AZURE_TYPES` names it; one JSON file for each provider and API version, a list whose entries
point to each other by index. Property flags: 1 required, 2 read-only.
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

_BESIDE = Path(__file__).resolve().parents[4] / "shared" / "azure-types"
FOLDER = Path(os.environ.get("OPENVOICELIVE_AZURE_TYPES", _BESIDE))
REQUIRED, READ_ONLY = 1, 2


@cache
def _entries(file: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return entries


class Type:
    """One type: an object, a union, a literal, an array …"""

    def __init__(self, entries: list[dict[str, Any]], entry: dict[str, Any]) -> None:
        self._entries = entries
        self.entry = entry
        self.kind: str = entry["$type"]

    def follow(self, reference: dict[str, str]) -> "Type":
        return Type(self._entries, self._entries[int(reference["$ref"].removeprefix("#/"))])

    def allows(self, text: str) -> bool:
        """Whether a literal string fits."""
        if self.kind == "UnionType":
            return any(self.follow(element).allows(text) for element in self.entry["elements"])
        return self.kind in {"StringType", "AnyType"} or (
            self.kind == "StringLiteralType" and self.entry["value"] == text
        )

    def for_value(self, value: object) -> "Type":
        """Of a type that depends on one property, the case that a value chooses."""
        if self.kind != "DiscriminatedObjectType" or not isinstance(value, dict):
            return self
        case = value.get(self.entry["discriminator"])
        found = self.follow(self.entry["elements"][case])
        properties = {**self.entry["baseProperties"], **found.entry["properties"]}
        return Type(self._entries, {**found.entry, "properties": properties})


def resource_type(name: str, api_version: str) -> Type:
    """Find a resource's type.

    Raises:
        LookupError: If there is none of that name and version.

    """
    file = FOLDER / f"{name.split('/', maxsplit=1)[0].lower()}@{api_version}.json"
    if file.exists():
        for entry in _entries(file):
            if entry["$type"] == "ResourceType" and entry["name"].lower() == f"{name}@{api_version}".lower():
                return Type(_entries(file), entry).follow(entry["body"])
    raise LookupError(f"{name}@{api_version}")
