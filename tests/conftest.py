"""In CI a test that skips itself, for want of a program, is a failure; nowhere is one that was slow.

Tests run side by side; those that need the machine for themselves run afterwards (`scripts/test`).
"""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any
from zlib import crc32

import hypothesis
import pytest
from xdist.scheduler import LoadFileScheduling

# Time says nothing about right or wrong, and the machine may be busy.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

HERE = Path(__file__).parent
PROCESSORS = os.cpu_count() or 1
# Real sound in a browser, real engines in conversation, memory. Single tests say so with the mark.
ALONE = [
    HERE / "end_to_end",
    HERE / "robustness",
    *(
        HERE / "page" / f"test_{name}.py"
        for name in (
            "captions",
            "devices",
            "microphone",
            "reading_along",
            "reconnecting",
            "saved_files",
            "self_test",
            "speaker",
        )
    ),
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the machine for itself."""
    for item in items:
        if any(item.path.is_relative_to(place) for place in ALONE):
            item.add_marker(pytest.mark.alone)


def pytest_xdist_auto_num_workers() -> int:
    """Most of the tests wait most of the time, so that two for each processor keep it busy."""
    return 2 * PROCESSORS


class _Scheduling(LoadFileScheduling):  # type: ignore[misc]  # it has no types
    """Keeps the tests of a file together, and runs no more browsers at once than there are processors."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if not file.startswith("tests/page/"):
            return file
        return f"browser {crc32(file.encode()) % PROCESSORS}"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """Return what hands tests to the processes; what they share is slow to make."""
    return _Scheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With CI=true, fail what skips itself; a `skipif` mark states a fact about the platform and may skip."""
    report = yield
    chosen = item.get_closest_marker("skipif") is None and not hasattr(report, "wasxfail")
    if report.skipped and chosen and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped in CI: {report.longrepr}"
    return report
