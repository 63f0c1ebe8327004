"""Write `azure_types.json` anew: python3 -m tests.deploy.checks.refresh_azure_types [FOLDER]

FOLDER is a clone of Azure/bicep-types-az, the source of the Bicep compiler's types. Without it, the newest
commit is fetched from GitHub. The table gets the types that the templates in `infra/` use, with all their
properties.
"""

import argparse
import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.deploy.checks.azure_types import REFRESH, TABLE, used_types

REPOSITORY = "https://github.com/Azure/bicep-types-az"
LINE_LENGTH = 110
_REQUIRED, _READ_ONLY = 1, 2
_LIMIT = re.compile(r"[Mm]aximum value is (\d+)")
_SCALARS = {"StringType": "string", "IntegerType": "integer", "BooleanType": "boolean", "AnyType": "any"}

Entry = dict[str, Any]
"""A type as it is published; `$ref` points to another in the same file."""


@dataclass(frozen=True)
class PublishedTypes:
    """A clone of the repository; what is not in it yet is fetched when it is read."""

    folder: Path

    def commit(self) -> str:
        return self._git("rev-parse", "HEAD").strip()

    def files(self, provider: str, api_version: str) -> Iterator[list[Entry]]:
        """Give the types of one provider and version; large providers have several files."""
        wanted = f"/{provider.lower()}/{api_version}/types.json"
        for path in self._git("ls-tree", "-r", "--name-only", "HEAD", "generated").splitlines():
            if path.lower().endswith(wanted):
                yield json.loads(self._git("show", f"HEAD:{path}"))

    def _git(self, *arguments: str) -> str:
        command = ("git", "-C", str(self.folder), *arguments)
        return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?")
    folder = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as temporary:
        if folder is None:
            folder = Path(temporary)
            # Without the files themselves, of which there are gigabytes.
            clone = ("git", "clone", "--quiet", "--bare", "--depth=1", "--filter=blob:none")
            subprocess.run([*clone, REPOSITORY, folder], check=True)
        TABLE.write_text(table(PublishedTypes(folder)), encoding="utf-8")


def table(published: PublishedTypes) -> str:
    """Return the table's text."""
    commit = published.commit()
    source = {
        "repository": REPOSITORY,
        "commit": commit,
        "licence": f"MIT License, Copyright (c) Microsoft Corporation: {REPOSITORY}/blob/{commit}/LICENSE",
        "refreshed with": REFRESH,
    }
    types = {name: resource_type(published, name) for name in sorted(used_types())}
    return "".join(_lines({"source": source, "types": types})) + "\n"


def resource_type(published: PublishedTypes, name: str) -> Any:
    """Find `PROVIDER/TYPE@VERSION`, and return it in the table's notation.

    Raises:
        LookupError: If it is not published.

    """
    kind, _, api_version = name.partition("@")
    for entries in published.files(kind.partition("/")[0], api_version):
        for entry in entries:
            if entry["$type"] == "ResourceType" and entry["name"].lower() == name.lower():
                return written_type(entries, entry["body"])
    raise LookupError(f"{name} is not in {REPOSITORY}")


def written_type(entries: list[Entry], reference: dict[str, str]) -> Any:
    """Return a published type in the table's notation; `azure_types` says what that is."""
    entry = entries[int(reference["$ref"].removeprefix("#/"))]
    match entry["$type"]:
        case "StringLiteralType":
            return [entry["value"]]
        case "UnionType":
            elements = [written_type(entries, element) for element in entry["elements"]]
            # Beside "string", literals are only the usual values.
            return "string" if "string" in elements else sorted(value for (value,) in elements)
        case "ArrayType":
            return {"list of": written_type(entries, entry["itemType"])}
        case "ObjectType":
            return _written_object(entries, entry, entry["properties"])
        case "DiscriminatedObjectType":
            cases = {}
            for value, case in sorted(entry["elements"].items()):
                inner = entries[int(case["$ref"].removeprefix("#/"))]
                cases[value] = _written_object(
                    entries, inner, {**entry["baseProperties"], **inner["properties"]}
                )
            return {"by": entry["discriminator"], "cases": cases}
        case kind:
            return _SCALARS[kind]


def _written_object(entries: list[Entry], entry: Entry, properties: dict[str, Entry]) -> dict[str, Any]:
    read_only = [name for name, described in properties.items() if described["flags"] & _READ_ONLY]
    writable = {name: properties[name] for name in sorted(properties.keys() - set(read_only))}
    required = [name for name, described in writable.items() if described["flags"] & _REQUIRED]
    written: dict[str, Any] = {
        "properties": {name: _written_property(entries, described) for name, described in writable.items()}
    }
    if required:
        written["required"] = required
    if read_only:
        written["read-only"] = sorted(read_only)
    if "additionalProperties" in entry:
        written["more"] = written_type(entries, entry["additionalProperties"])
    return written


def _written_property(entries: list[Entry], described: Entry) -> Any:
    written = written_type(entries, described["type"])
    limit = _LIMIT.search(described.get("description", ""))
    return {"at most": int(limit[1])} if written == "integer" and limit else written


def _lines(value: Any, indent: int = 0) -> Iterator[str]:
    """Give JSON in pieces, with a line for each member of what does not fit on one."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or indent + len(line) <= LINE_LENGTH:
        yield line
        return
    yield "{" if isinstance(value, dict) else "["
    members = value.items() if isinstance(value, dict) else ((None, member) for member in value)
    for number, (name, member) in enumerate(members):
        yield f"{',' if number else ''}\n{' ' * (indent + 1)}"
        yield "" if name is None else f"{json.dumps(name)}: "
        yield from _lines(member, indent + 1)
    yield f"\n{' ' * indent}{'}' if isinstance(value, dict) else ']'}"


if __name__ == "__main__":
    main()
