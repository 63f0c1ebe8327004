"""A warning that anybody can cause is logged once in a while, with how often it came."""

import logging

import pytest

from openvoicelive.errors import EngineError
from openvoicelive.logs import INTERVAL_S, RateLimitedLog, log_failure


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


def test_an_engine_that_fails_for_every_session_is_logged_once_in_an_interval(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = logging.getLogger("openvoicelive.test")
    for _ in range(100):
        log_failure(logger, "A reply failed", EngineError("The model is gone.", code="model_unreachable"))
    log_failure(logger, "A turn was not transcribed", EngineError("Not recognised.", code="engine_error"))
    assert [record.getMessage() for record in caplog.records] == [
        "A reply failed: The model is gone.",
        "A turn was not transcribed: Not recognised.",
    ]
