"""In CI a test that skips itself, for want of a program, is a failure; nowhere is one that was slow."""

import os
from collections.abc import Generator

import hypothesis
import pytest

# Time says nothing about right or wrong, and the machine may be busy.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI=true, fail what skips itself; a `skipif` mark states a fact about the platform and may skip."""
    report = yield
    chosen = item.get_closest_marker("skipif") is None and not hasattr(report, "wasxfail")
    if report.skipped and chosen and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped in CI: {report.longrepr}"
    return report
