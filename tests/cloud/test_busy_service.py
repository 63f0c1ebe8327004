"""A service that is busy is asked again, politely and not for ever; one that refuses is not."""

from datetime import UTC, datetime

import pytest

from openvoicelive.web.conversation.backing_off import BackOff, retry_after_s
from openvoicelive.web.voice_live import connection as voice_live
from openvoicelive.web.voice_live.connection import open_service
from openvoicelive.web.voice_live.credentials import Credentials
from openvoicelive.web.voice_live.failures import ServiceBusy, ServiceUnavailable
from tests.cloud.conftest import azure_settings
from tests.cloud.fake_azure import FakeAzure
from tests.web.running_app import Browser, RunningApp, running_app

HASTY = BackOff(limit_s=5, first_s=0.02, most_s=0.05, jitter=lambda: 0.5)


async def opened(azure: FakeAzure, back_off: BackOff = HASTY) -> list[float]:
    """Connect, and return the pauses that it took."""
    pauses: list[float] = []
    credential = Credentials(azure_settings(azure)).get()
    async with open_service(azure.url, credential, "gpt-4o", back_off=back_off, on_busy=pauses.append):
        await azure.next_session()
    return pauses


# --- the page ---


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_busy_service_is_tried_again_and_the_page_is_told(
    azure: FakeAzure, browser: Browser, status: int
) -> None:
    azure.refuse(status)
    await browser.send("start")
    assert (await browser.status("starting"))["code"] is None
    busy = await browser.status("starting")
    assert busy["message"].startswith("The service is busy. Trying again in ")
    assert busy["last_error"] is None
    await browser.status("ready")


@pytest.mark.parametrize(
    ("status", "remedy"),
    [(401, "AZURE_VOICE_LIVE_API_KEY"), (403, "Cognitive Services User"), (404, "AZURE_VOICE_LIVE_ENDPOINT")],
)
async def test_a_refusal_is_explained_and_not_tried_again(
    azure: FakeAzure, browser: Browser, status: int, remedy: str
) -> None:
    azure.refuse(status)
    azure.refuse(status)
    await browser.send("start")
    await browser.status("starting")
    assert remedy in (await browser.status("error"))["message"]
    assert len(azure.refusals) == 1


async def test_a_service_that_stays_busy_is_given_up_at_the_limit(azure: FakeAzure) -> None:
    azure.refuse(429, Retry_After="40")
    async with (
        running_app(azure_settings(azure, busy_limit_s=30)) as app,
        app.browser() as browser,
    ):
        await browser.send("start")
        await browser.status("starting")
        assert "Try again" in (await browser.status("error"))["message"]


async def test_stop_ends_the_waiting(azure: FakeAzure, app: RunningApp, browser: Browser) -> None:
    azure.refuse(429, Retry_After="20")
    await browser.send("start")
    await browser.until(state="starting")
    await browser.until(state="starting")
    await browser.send("stop")
    await browser.status("stopped")
    await app.wait_until_sessions(0)


# --- the pauses ---


async def test_retry_after_is_waited_for(azure: FakeAzure) -> None:
    azure.refuse(429, retry_after_ms="40")
    assert await opened(azure) == [pytest.approx(0.04 + 0.02 * 0.5)]


async def test_without_retry_after_the_pauses_double_up_to_the_longest(azure: FakeAzure) -> None:
    for _ in range(4):
        azure.refuse(503)
    assert await opened(azure) == [pytest.approx(pause_s * 0.5) for pause_s in (0.02, 0.04, 0.05, 0.05)]


async def test_a_limit_of_zero_tries_once(azure: FakeAzure) -> None:
    azure.refuse(429)
    with pytest.raises(ServiceBusy):
        await opened(azure, BackOff(limit_s=0))


async def test_a_service_that_is_busy_and_then_refuses_is_not_asked_again(azure: FakeAzure) -> None:
    azure.refuse(429)
    azure.refuse(403)
    azure.refuse(403)
    with pytest.raises(ServiceUnavailable) as refused:
        await opened(azure)
    assert not isinstance(refused.value, ServiceBusy)
    assert len(azure.refusals) == 1


async def test_a_try_that_is_never_answered_ends(monkeypatch: pytest.MonkeyPatch, azure: FakeAzure) -> None:
    monkeypatch.setattr(voice_live, "CONNECT_DEADLINE_S", 0.1)
    azure.refuse(429)
    azure.stand_still = True
    with pytest.raises(ServiceUnavailable, match="did not answer"):
        await opened(azure)


def test_the_pauses_of_one_wait_are_spread_by_chance() -> None:
    soonest, latest = BackOff(jitter=lambda: 0.0), BackOff(jitter=lambda: 1.0)
    assert soonest.pause_s(3, spent_s=0, retry_after_s=None) == 0
    assert latest.pause_s(3, spent_s=0, retry_after_s=None) == 4
    assert soonest.pause_s(3, spent_s=0, retry_after_s=7) == 7


def test_no_try_begins_after_the_limit() -> None:
    back_off = BackOff(limit_s=30, first_s=1, jitter=lambda: 1.0)
    assert back_off.pause_s(1, spent_s=28.9, retry_after_s=None) == 1
    assert back_off.pause_s(1, spent_s=29.1, retry_after_s=None) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"retry-after": "0"}, 0),
        ({"Retry-After": "Fri, 20 Nov 2026 12:00:30 GMT"}, 30),
        ({"Retry-After": "Fri, 20 Nov 2026 11:00:00 GMT"}, 0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({"x-ms-retry-after-ms": "1500", "Retry-After": "9"}, 1.5),
        ({"retry-after-ms": "20"}, 0.02),
    ],
)
def test_retry_after_is_understood_in_all_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers, lambda: datetime(2026, 11, 20, 12, tzinfo=UTC)) == seconds
