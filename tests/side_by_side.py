"""A plugin of pytest: how tests are handed to processes that run side by side; `scripts/test` loads it."""

import os
from typing import Any
from zlib import crc32

import pytest
from xdist.scheduler import LoadFileScheduling

PROCESSORS = os.cpu_count() or 1


class _Scheduling(LoadFileScheduling):  # type: ignore[misc]  # it has no types
    """Keeps the tests of a file together, and runs no more browsers at once than there are processors."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if not file.startswith("tests/page/"):
            return file
        return f"browser {crc32(file.encode()) % PROCESSORS}"


@pytest.hookimpl(tryfirst=True)  # xdist has an answer of its own
def pytest_xdist_auto_num_workers() -> int:
    """Most of the tests wait most of the time, so that two for each processor keep it busy."""
    return 2 * PROCESSORS


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    """Return what hands tests to the processes; what the tests of a file share is slow to make."""
    return _Scheduling(config, log)
