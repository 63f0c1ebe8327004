"""A voice to hear before it is chosen."""

from http import HTTPStatus

import pytest

from openvoicelive.web.page import sample
from tests.fake_voice_live import FakeSession, FakeVoiceLive
from tests.web.conftest import azure_settings
from tests.web.running_app import Browser, RunningApp, running_app

SOUND = bytes(range(240)) * 20


async def begun(browser: Browser, service: FakeVoiceLive, **choices: object) -> FakeSession:
    """Ask for a sample, and return the service's end when it must speak."""
    await browser.send("sample", **choices)
    return await service.next_session()


async def test_a_sample_is_spoken_in_the_voice_that_was_asked_for(
    app: RunningApp, browser: Browser, service: FakeVoiceLive
) -> None:
    session = await begun(browser, service, voice="it-IT-DiegoNeural", speech_rate=1.25)
    message = (await session.expect("response.create"))["response"]["pre_generated_assistant_message"]
    assert message["content"][0]["text"].startswith("Ciao!")
    assert session.configuration["turn_detection"] is None
    assert session.configuration["voice"] == {
        "type": "azure-standard",
        "name": "it-IT-DiegoNeural",
        "rate": "1.25",
    }
    await app.wait_until_sessions(1)
    await session.answer("resp_1", "item_1", "Ciao!", SOUND)
    await browser.expect("audio", item_id="sample")
    assert await browser.sound() == SOUND
    await browser.expect("sample_done", item_id="sample", failed=None, code=None)
    await session.wait_closed()
    await app.wait_until_sessions(0)


async def test_the_sentence_is_in_the_language_that_was_asked_for(
    browser: Browser, service: FakeVoiceLive
) -> None:
    session = await begun(browser, service, voice="en-US-AvaNeural", language="es-MX")
    assert "¡Hola!" in str(await session.expect("response.create"))


async def test_a_voice_of_a_model_is_asked_to_say_the_sentence(
    browser: Browser, service: FakeVoiceLive
) -> None:
    session = await begun(browser, service, voice="alloy")
    response = (await session.expect("response.create"))["response"]
    assert "Hello! This is how I sound" in response["instructions"]


async def test_only_one_sample_at_a_time(browser: Browser, service: FakeVoiceLive) -> None:
    session = await begun(browser, service)
    await session.expect("response.create")
    await browser.send("sample")
    await browser.expect("sample_done", code="sample_running")
    await session.answer("resp_1", "item_1", "Hello!", SOUND)
    await browser.expect("audio")
    await browser.sound()
    await browser.expect("sample_done", failed=None)


async def test_there_is_no_sample_while_a_session_runs(browser: Browser) -> None:
    await browser.start()
    await browser.send("sample")
    await browser.expect("sample_done", code="sample_in_session")


async def test_start_ends_a_sample_and_takes_its_place(service: FakeVoiceLive) -> None:
    async with running_app(azure_settings(service, max_sessions=1)) as app, app.browser() as browser:
        sampling = await begun(browser, service)
        await sampling.expect("response.create")
        await browser.send("start")
        await browser.expect("sample_done", failed=None)
        await browser.status("starting")
        await browser.status("ready")
        await sampling.wait_closed()
        await app.wait_until_sessions(1)


async def test_stop_ends_a_sample(app: RunningApp, browser: Browser, service: FakeVoiceLive) -> None:
    session = await begun(browser, service)
    await session.expect("response.create")
    await browser.send("stop")
    await browser.expect("sample_done", failed=None)
    await session.wait_closed()
    await app.wait_until_sessions(0)


async def test_a_closed_tab_ends_its_sample(app: RunningApp, service: FakeVoiceLive) -> None:
    async with app.browser() as browser:
        session = await begun(browser, service)
        await session.expect("response.create")
    await session.wait_closed()
    await app.wait_until_sessions(0)


async def test_a_sample_takes_a_place(service: FakeVoiceLive) -> None:
    async with (
        running_app(azure_settings(service, max_sessions=1)) as app,
        app.browser() as first,
        app.browser() as second,
    ):
        await first.start()
        await second.send("sample")
        await second.expect("sample_done", code="busy")


async def test_a_sample_needs_the_access_code_too(service: FakeVoiceLive) -> None:
    async with running_app(azure_settings(service, access_code="open sesame")) as app:
        async with app.browser() as browser:
            for guess in range(5):
                await browser.send("sample", access_code=f"guess {guess}")
                await browser.expect("sample_done", code="access_code")
            assert await browser.wait_closed() == 1008
        elsewhere = {"X-Forwarded-For": "203.0.113.7"}
        async with app.browser(additional_headers=elsewhere) as browser:
            await begun(browser, service, access_code="open sesame")


async def test_only_voices_that_the_operator_offers_can_be_heard(service: FakeVoiceLive) -> None:
    settings = azure_settings(service, user_may_choose=frozenset({"language"}))
    async with running_app(settings) as app, app.browser() as browser:
        await browser.send("sample", voice="alloy")
        await browser.expect("sample_done", code="not_offered")
    assert not service.sessions


async def test_a_sample_that_fails_says_why(browser: Browser, service: FakeVoiceLive) -> None:
    session = await begun(browser, service)
    await session.expect("response.create")
    error = {"type": "server_error", "code": "voice_error", "message": "This voice is not available."}
    await session.response_done("resp_1", "failed", error=error)
    told = await browser.expect("sample_done", code="sample_failed")
    assert told["failed"] == "This voice could not be heard: This voice is not available."

    service.refuse = HTTPStatus.UNAUTHORIZED
    await browser.send("sample")
    await browser.expect("sample_done", code="credentials_refused")


async def test_a_sample_that_is_refused_or_cut_says_why(browser: Browser, service: FakeVoiceLive) -> None:
    session = await begun(browser, service)
    await session.error("invalid_value", "Voice xyz is not known.")
    await browser.expect("sample_done", code="sample_failed")
    session = await begun(browser, service)
    session.abort()
    await browser.expect("sample_done", code="service_lost")


async def test_a_sample_that_takes_too_long_is_given_up(
    monkeypatch: pytest.MonkeyPatch, app: RunningApp, browser: Browser, service: FakeVoiceLive
) -> None:
    monkeypatch.setattr(sample, "DEADLINE_S", 0.3)
    session = await begun(browser, service)
    await browser.expect("sample_done", code="sample_silent")
    await session.wait_closed()
    await app.wait_until_sessions(0)
