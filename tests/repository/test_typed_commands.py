"""What the documents tell people to type can be typed, in the folder of the project after `make run`."""

import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
_INSTALLED = Path(sys.executable).parent
_OURS = {"openvoicelive", "python", "pytest", "ruff", "mypy"}


def typed() -> Iterator[tuple[str, list[str]]]:
    """Each piece of code in a document, without settings before the command, and where it is."""
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        blocks = re.findall(r"^```sh\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
        lines = [line for block in blocks for line in block.splitlines()]
        for code in (*re.findall(r"`([^`\n]+)`", text), *lines):
            words = code.split()
            while words and re.match(r"[A-Z_]+=", words[0]):
                words = words[1:]
            if words:
                yield document.name, words


def test_no_command_of_the_environment_is_named_without_its_folder() -> None:
    bare = [(name, words) for name, words in typed() if words[0] in _OURS and len(words) > 1]
    assert bare == []


def test_each_command_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    found = 0
    for name, words in typed():
        match words:
            case ["make", target, *_]:
                assert target in targets, (name, words)
            case ["scripts/bench", benchmark]:
                assert find_spec(f"bench.{benchmark}"), (name, words)
            case [".venv/bin/python", "-m", module, *_]:
                assert find_spec(module), (name, words)
            case [command, *_] if command.startswith(".venv/bin/"):
                assert (_INSTALLED / Path(command).name).is_file(), (name, words)
            case [command, *_] if command.startswith("scripts/"):
                assert (ROOT / command).is_file(), (name, words)
            case _:
                continue
        found += 1
    assert found > 20
