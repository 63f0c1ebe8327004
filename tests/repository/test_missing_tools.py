"""A missing program: a skipped test for a person, a failure in CI."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
TESTS = """
import pytest

def test_that_needs_a_program(require_tool):
    require_tool("no-such-program")

@pytest.mark.skipif(True, reason="a fact about the platform")
def test_of_another_platform():
    pass
"""


def run(directory: Path, *, ci: bool) -> subprocess.CompletedProcess[str]:
    (directory / "conftest.py").write_text(CONFTEST.read_text())
    (directory / "test_sample.py").write_text(TESTS)
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
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
