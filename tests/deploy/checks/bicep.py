"""Read the templates, and find in them what a compiler would find."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.deploy.checks.azure_types import Cases, ListOf, Object, OneOf, Scalar, Type, resource_type

# pycep is only in the environment of these checks, so the ordinary type check does not see it.
_parser = import_module("pycep").BicepParser()

ROOT = Path(__file__).resolve().parents[3]
INFRA = ROOT / "infra"
# What Bicep itself understands beside a resource's own properties.
OF_BICEP = {"parent", "scope", "dependsOn"}
FUNCTIONS = {
    *("empty", "environment", "guid", "int", "max", "readEnvironmentVariable", "resourceGroup", "split"),
    *("string", "subscription", "subscriptionResourceId", "tenant", "toLower", "union", "uniqueString"),
}
WORDS = {
    *("param", "var", "resource", "module", "output", "existing", "if", "for", "in", "using", "targetScope"),
    *("true", "false", "null"),
}
TYPES = {"string", "int", "bool", "object", "array"}
ANYTHING = Scalar("any")
SCALARS = {str: "string", int: "integer", bool: "boolean"}
_TOKEN = re.compile(r"//[^\n]*|'(?:\\.|[^'\\])*'")
_INTERPOLATION = re.compile(r"\$\{([^}]*)\}")
_DECLARATION = re.compile(
    r"^(param|var|resource|module|output)\s+(\w+)|for \((\w+), (\w+)\) in|for (\w+) in", re.MULTILINE
)


def read(path: Path) -> dict[str, Any]:
    """Parse a template.

    Raises:
        Exception: Of the parser, if it is not Bicep.

    """
    parsed: dict[str, Any] = _parser.parse(text=path.read_text(encoding="utf-8"))
    return parsed


def templates() -> list[Path]:
    return sorted(INFRA.rglob("*.bicep"))


def body(resource: dict[str, Any]) -> dict[str, Any]:
    """What a resource or module says, also behind a condition."""
    config: dict[str, Any] = resource["config"]
    return config["config"] if set(config) == {"condition", "config"} else config


def resources(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from read(path).get("resources", {}).items()


def code(path: Path) -> str:
    """Return a template's text without comments, and of its strings only what is computed in them."""

    def reduce(match: re.Match[str]) -> str:
        if match[0].startswith("//"):
            return ""
        return " ".join(f"({part})" for part in _INTERPOLATION.findall(match[0])) or "0"

    return _TOKEN.sub(reduce, path.read_text(encoding="utf-8"))


def declared(path: Path) -> dict[str, str]:
    """Name of everything declared, and what it is."""
    found = {}
    for kind, name, item, index, only in _DECLARATION.findall(code(path)):
        if name:
            found[name] = kind
        for loop in (item, index, only):
            if loop:
                found[loop] = "for"
    return found


def used(path: Path) -> set[str]:
    """Names that are used, not declared: no keys, no properties, no decorators."""
    text = re.sub(r"^@\w+", "", code(path), flags=re.MULTILINE)
    text = re.sub(r"^(param|output)(\s+\w+)\s+\w+", "", text, flags=re.MULTILINE)
    text = re.sub(r"^(var|resource|module)\s+\w+", "", text, flags=re.MULTILINE)
    return {
        match[1]
        for match in re.finditer(r"(?<![.\w'])([A-Za-z_]\w*)(?!\w|\s*:(?!:)\s)", text)
        if match[1] not in WORDS
    } | set(re.findall(r"(?:\?| in\b)\s*\b([A-Za-z_]\w*)\s*:", text))


def is_computed(value: object) -> bool:
    return isinstance(value, dict) and bool({"operator", "function"} & set(value))


def problems(path: Path) -> list[str]:
    """Compare every resource of a template with Azure's types."""
    names = set(declared(path))
    found: list[str] = []
    for symbol, resource in resources(path):
        kind = resource_type(resource["type"], resource["api_version"])
        if not resource["existing"]:
            where = f"{path.name}: {symbol}"
            written = {key: value for key, value in body(resource).items() if key not in OF_BICEP}
            found += compare(written, kind, where, names)
    return found


def compare(value: Any, kind: Type, where: str, names: set[str]) -> list[str]:
    if is_computed(value):
        branches = value.get("operator", {}).get("operands", {})
        if value.get("operator", {}).get("type") != "conditional":
            return []
        return [
            problem
            for branch in ("true_value", "false_value")
            for problem in compare(branches[branch], kind, where, names)
        ]
    if isinstance(value, dict) and "loop_type" in value:
        return compare([value["config"]], kind, where, names)
    if kind == ANYTHING:
        return []
    if isinstance(value, dict):
        return _compare_object(value, kind, where, names)
    if isinstance(value, list):
        if not isinstance(kind, ListOf):
            return [f"{where} is a list, and should be: {kind.name}"]
        return [problem for one in value for problem in compare(one, kind.item, f"{where}[]", names)]
    return _compare_scalar(value, kind, where, names)


def _compare_object(value: dict[str, Any], kind: Type, where: str, names: set[str]) -> list[str]:
    if isinstance(kind, Cases):
        kind = kind.cases[value[kind.discriminator]]
    if not isinstance(kind, Object):
        return [f"{where} is an object, and should be: {kind.name}"]
    written = {key.strip("'"): inner for key, inner in value.items()}
    found = [f"{where}.{name} is missing" for name in sorted(kind.required - written.keys())]
    for name, inner in written.items():
        if name in kind.read_only:
            found.append(f"{where}.{name} is read-only")
        elif property_type := kind.properties.get(name, kind.more):
            found += compare(inner, property_type, f"{where}.{name}", names)
        else:
            found.append(f"{where}.{name} does not exist")
    return found


def _compare_scalar(value: object, kind: Type, where: str, names: set[str]) -> list[str]:
    if isinstance(value, str) and value in names:
        return []
    if isinstance(kind, OneOf):
        fits = isinstance(value, str) and (value in kind.values or "${" in value)
    else:
        # An interpolated string may be anything's.
        fits = SCALARS.get(type(value)) == kind.name or (isinstance(value, str) and "${" in value)
    if not fits:
        return [f"{where} is {value!r}, and should be: {kind.name}"]
    if isinstance(value, int) and isinstance(kind, Scalar) and kind.at_most and value > kind.at_most:
        return [f"{where} is {value}, and at most {kind.at_most} is allowed"]
    return []
