"""A warning that anybody can cause is logged once in a while, with how often it came."""

import logging

import pytest

from openvoicelive.serving.rate_limited_log import INTERVAL_S, RateLimitedLog


def test_a_flood_of_warnings_is_a_line_for_each_interval(caplog: pytest.LogCaptureFixture) -> None:
    now_s = 0.0
    log = RateLimitedLog(logging.getLogger("openvoicelive.test"), clock=lambda: now_s)
    for number in range(1_000):
        log.warning("Number %d.", number)
        now_s += 3 * INTERVAL_S / 1_000
    assert [record.getMessage() for record in caplog.records] == [
        "Number 0.",
        "Number 334. (333 more since the last line.)",
        "Number 668. (333 more since the last line.)",
    ]
