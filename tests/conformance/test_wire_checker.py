"""What the checker must not let pass."""

from typing import Any

import pytest

from tests.conformance.schemas import event_types
from tests.conformance.sdk_models import misread
from tests.conformance.wire_checker import ContractError, WireChecker
from tests.protocol.wire import Wire


def opening() -> dict[str, Any]:
    event: dict[str, Any] = Wire().opening[0]
    return event


@pytest.mark.parametrize(
    "wrong",
    [
        {"session": {"id": 1}},
        {"event_id": 7},
        {"event_id": ""},
        {"more": True},
        {"type": "session.begun"},
        {"type": "rate_limits.updated"},
    ],
)
def test_an_event_with_something_wrong_is_found(wrong: dict[str, Any]) -> None:
    WireChecker().check(opening())
    with pytest.raises(ContractError):
        WireChecker().check(opening() | wrong)


@pytest.mark.parametrize(
    ("name", "value"),
    [("turn_detection", {"type": "sometimes"}), ("expires_at", "tomorrow"), ("modalities", ["smell"])],
)
def test_an_option_that_the_sdk_does_not_read_is_found(name: str, value: Any) -> None:
    event = opening()
    event["session"][name] = value
    with pytest.raises(ContractError):
        WireChecker().check(event)


def test_what_only_the_sdk_would_miss_is_found() -> None:
    event = opening()
    assert misread(event) is None
    del event["session"]["id"]
    assert misread(event | {"type": "response.done"}) is not None


def test_an_event_id_is_used_once() -> None:
    checker = WireChecker()
    checker.check(opening())
    cleared = {"type": "input_audio_buffer.cleared", "event_id": opening()["event_id"]}
    with pytest.raises(ContractError, match="unique"):
        checker.check(cleared)


def test_the_sdk_knows_all_that_we_can_say() -> None:
    for event_type in event_types():
        problem = misread({"type": event_type, "event_id": "event_1"})
        assert problem is None or "knows no event" not in problem
