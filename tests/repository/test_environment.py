"""What `make run` says on a machine where it cannot set up, and that it works once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ["python3.11", "python3.12", "python3.13", "python3.14", "python3", "python"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what scripts/environment reads, in a directory with a space in its name."""
    directory = tmp_path / "a checkout"
    for name in ("scripts", "requirements"):
        shutil.copytree(ROOT / name, directory / name)
    shutil.copy(ROOT / "pyproject.toml", directory)
    return directory


def machine(directory: Path, **pythons: str) -> dict[str, str]:
    """An environment whose PATH has the usual programs, and these scripts for Python."""
    programs = directory / "bin"
    programs.mkdir()
    for name in ("sh", "cat", "cmp", "dirname", "rm", "env"):
        (programs / name).symlink_to(Path(shutil.which(name) or name))
    for name in NAMES:
        script = programs / name
        script.write_text(pythons.get(name.replace(".", "_"), "#!/bin/sh\nexit 127\n"))
        script.chmod(0o755)
    return {**os.environ, "PATH": str(programs)}


def set_up(checkout: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [str(checkout / "scripts" / "environment"), "run"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def python_that(refuses: str, version: str) -> str:
    """A Python of another version, or without a module: everything else is the real one's answer."""
    return f"""#!/bin/sh
case "$*" in
    --version) echo "Python {version}" ;;
    *{refuses}*) exit 1 ;;
    *) exec "{sys.executable}" "$@" ;;
esac
"""


def test_an_old_python_is_named_with_what_to_install(checkout: Path) -> None:
    result = set_up(checkout, machine(checkout, python3=python_that("version_info", "3.9.2")))
    assert result.returncode == 1
    assert "needs Python 3.11, 3.12, 3.13 or 3.14; this machine has Python 3.9.2." in result.stderr
    assert "sudo apt install python3 python3-venv" in result.stderr


def test_no_python_at_all_is_said_so(checkout: Path) -> None:
    result = set_up(checkout, machine(checkout))
    assert result.returncode == 1
    assert "this machine has no Python." in result.stderr


def test_a_python_without_venv_is_told_which_package_to_install(checkout: Path) -> None:
    result = set_up(checkout, machine(checkout, python3=python_that("env", "3.11.2")))
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert result.returncode == 1
    assert f"sudo apt install python{version}-venv" in result.stderr


def test_what_is_installed_is_not_installed_again(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    calls = checkout / "calls"
    python = checkout / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\necho "$*" >>"{calls}"\n')
    python.chmod(0o755)

    assert set_up(checkout, dict(os.environ)).returncode == 0
    assert "pip install" in calls.read_text()

    calls.unlink()
    assert set_up(checkout, dict(os.environ)).returncode == 0
    assert "pip" not in calls.read_text()

    with (checkout / "requirements" / "run.txt").open("a") as lock:
        lock.write("# changed\n")
    assert set_up(checkout, dict(os.environ)).returncode == 0
    assert "pip install" in calls.read_text()


def test_a_failed_installation_is_tried_again(checkout: Path) -> None:
    (checkout / ".venv" / "bin").mkdir(parents=True)
    python = checkout / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\ncase "$*" in *"pip install"*) exit 1 ;; esac\n')
    python.chmod(0o755)
    for _ in range(2):
        result = set_up(checkout, dict(os.environ))
        assert result.returncode == 1
        assert "pip's message above says why" in result.stderr
