"""What a missing program means: elsewhere a skipped test, in CI a failure."""

import os
import shutil
from collections.abc import Callable, Generator

import pytest

PACKAGES = {"chromium": "chromium", "flite": "flite"}


@pytest.fixture(scope="session")
def require_tool() -> Callable[[str], str]:
    """Return a function that finds a program's path, or skips the test with what to install."""

    def find(tool: str) -> str:
        path = shutil.which(tool)
        if path is None:
            pytest.skip(f"{tool} is not installed: sudo apt install {PACKAGES.get(tool, tool)}")
        return path

    return find


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI=true, fail what skips itself; a `skipif` mark states a fact about the platform and may skip."""
    report = yield
    chosen = item.get_closest_marker("skipif") is None and not hasattr(report, "wasxfail")
    if report.skipped and chosen and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped in CI: {report.longrepr}"
    return report
