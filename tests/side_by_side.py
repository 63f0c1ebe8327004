"""A plugin of pytest: how many processes run tests side by side; `scripts/test` loads it."""

import os

import pytest

PROCESSORS = os.cpu_count() or 1


@pytest.hookimpl(tryfirst=True)  # xdist has an answer of its own
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One for each processor for sound in real time; the other tests wait often, so two keep one busy."""
    return PROCESSORS if config.option.markexpr == "realtime" else 2 * PROCESSORS
