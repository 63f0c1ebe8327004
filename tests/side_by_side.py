"""A plugin of pytest: how many processes run tests side by side; `scripts/test` loads it."""

import os

import pytest

PROCESSORS = os.cpu_count() or 1


@pytest.hookimpl(tryfirst=True)  # xdist has an answer of its own
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One for each processor for browsers; the other tests wait often, so that two keep a processor busy."""
    return PROCESSORS if config.option.markexpr == "browser" else 2 * PROCESSORS
