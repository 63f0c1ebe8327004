"""Build the wheel, and install it into environments of its own."""

import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]


def build_wheel(directory: Path) -> Path:
    """Build the wheel of this checkout into a directory."""
    pip(sys.executable, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", directory, ROOT)
    (built,) = directory.glob("*.whl")
    return built


def make_environment(directory: Path) -> Path:
    """Make an environment without anything, even pip, which takes seconds to install; return its Python."""
    venv.create(directory, symlinks=True)
    return directory / "bin" / "python"


def pip(python: str | Path, *arguments: str | Path) -> None:
    """Run our pip for an environment."""
    options = ("--python", str(python), "--quiet", "--disable-pip-version-check")
    command = [sys.executable, "-m", "pip", *options, *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
