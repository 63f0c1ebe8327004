"""Programs that tests drive and pip cannot install: without one a test is skipped, and in CI it fails."""

import shutil

import pytest


def require_program(name: str, package: str | None = None) -> str:
    """Return the program's path, or skip the running test and say what to install."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed: sudo apt install {package or name}")
    return path
