"""In CI a test that skips itself, for want of a program, is a failure; nowhere is one that was slow.

`scripts/test` runs most tests in parallel, then those with sound in real time, one for each processor, and
then those that need the machine for themselves.
"""

import logging
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from openvoicelive.logs import failure_logs

# Time says nothing about right or wrong, and the machine may be busy.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

HERE = Path(__file__).parent
# Talking with real engines through a browser, memory, the load of many clients.
ALONE = (
    HERE / "end_to_end" / "test_browser_conversations.py",
    HERE / "end_to_end" / "test_browser_troubles.py",
    HERE / "robustness",
)
REALTIME = (HERE / "end_to_end", HERE / "page")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a processor or the machine for itself."""
    for item in items:
        if any(item.path.is_relative_to(place) for place in ALONE):
            item.add_marker(pytest.mark.alone)
        elif any(item.path.is_relative_to(place) for place in REALTIME):
            item.add_marker(pytest.mark.realtime)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Undo what a test of the program's start has set up, which other tests of the process would find."""
    failure_logs.clear()
    root, ours = logging.getLogger(), logging.getLogger("openvoicelive")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    yield
    for handler in root.handlers[:]:
        if handler not in handlers:
            root.removeHandler(handler)
    for logger, level in zip((root, ours), levels, strict=True):
        logger.setLevel(level)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI=true, fail what skips itself; a `skipif` mark states a fact about the platform and may skip."""
    report = yield
    chosen = item.get_closest_marker("skipif") is None and not hasattr(report, "wasxfail")
    if report.skipped and chosen and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped in CI: {report.longrepr}"
    return report
