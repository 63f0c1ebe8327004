"""Copies of installed packages, which a test may damage."""

import shutil
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

import pytest


def copy_installed(
    package: str, module: str, inside: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Have a copy of one folder of a package found instead of the package; return that folder."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    site = Path(spec.origin).parents[1]
    copy = folder / module / inside
    shutil.copytree(site / module / inside, copy)
    (folder / module / "__init__.py").touch()
    listed = distribution(package).files or ()
    record = next(file for file in listed if file.name == "RECORD")
    shutil.copytree(site / record.parent, folder / record.parent)
    monkeypatch.syspath_prepend(folder)
    return copy


def flip_a_byte(file: Path) -> None:
    """Change one byte in the middle."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x20
    file.write_bytes(content)


def cut_off(file: Path) -> None:
    """Keep the first half."""
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
