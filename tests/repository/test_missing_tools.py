"""A missing program: a skipped test for a person, a failure in CI."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFTEST = ROOT / "tests" / "conftest.py"
TESTS = """
import pytest
from tests.programs import require_program

def test_that_needs_a_program():
    require_program("no-such-program")

@pytest.mark.skipif(True, reason="a fact about the platform")
def test_of_another_platform():
    pass
"""


def run(directory: Path, *, ci: bool) -> subprocess.CompletedProcess[str]:
    (directory / "conftest.py").write_text(CONFTEST.read_text())
    (directory / "test_sample.py").write_text(TESTS)
    environment = {**os.environ, "CI": "", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", str(directory)],
        cwd=directory,
        env=environment | ({"CI": "true"} if ci else {}),
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_person_is_told_what_to_install(tmp_path: Path) -> None:
    result = run(tmp_path, ci=False)
    assert "2 skipped" in result.stdout
    assert "no-such-program is not installed: sudo apt install no-such-program" in result.stdout
    assert result.returncode == pytest.ExitCode.OK


def test_in_ci_it_fails(tmp_path: Path) -> None:
    result = run(tmp_path, ci=True)
    assert "1 failed, 1 skipped" in result.stdout
    assert "Nothing may be skipped in CI" in result.stdout
    assert result.returncode == pytest.ExitCode.TESTS_FAILED


@pytest.fixture
def without_root(tmp_path: Path) -> dict[str, str]:
    """A machine without Chromium and flite, and a person there who is not root."""
    (tmp_path / "sh").symlink_to(shutil.which("sh") or "sh")
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    for refused in ("apt-get", "sudo"):
        (tmp_path / refused).write_text("#!/bin/sh\nexit 1\n")
    for program in ("id", "apt-get", "sudo"):
        (tmp_path / program).chmod(0o755)
    return {"PATH": str(tmp_path)}


def test_without_root_the_tests_run_without_the_programs(without_root: dict[str, str]) -> None:
    result = subprocess.run(
        [ROOT / "scripts" / "test-tools"], env=without_root, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0
    assert "will be skipped. To run them: sudo apt install chromium flite" in result.stdout


def test_without_root_ci_stops(without_root: dict[str, str]) -> None:
    result = subprocess.run(
        [ROOT / "scripts" / "test-tools"],
        env=without_root | {"CI": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "cannot install: chromium flite" in result.stderr


def test_a_library_that_the_driver_of_the_browser_lacks_is_named(
    without_root: dict[str, str], tmp_path: Path
) -> None:
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT / "scripts", checkout / "scripts")
    driver = checkout / ".venv/lib/python3.11/site-packages/playwright/driver/node"
    driver.parent.mkdir(parents=True)
    driver.write_text("#!/bin/sh\necho 'libatomic.so.1: cannot open shared object file' >&2\nexit 127\n")
    driver.chmod(0o755)
    result = subprocess.run(
        [checkout / "scripts" / "test-tools"], env=without_root, capture_output=True, text=True, check=False
    )
    assert "sudo apt install chromium flite libatomic1" in result.stdout
