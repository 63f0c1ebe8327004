"""A browser talks with the scripted service through the app."""

import asyncio

import pytest

from openvoicelive.web.voice_live import channel, connection
from tests.fake_voice_live import FakeSession, FakeVoiceLive
from tests.web.conftest import API_KEY, azure_settings
from tests.web.running_app import Browser, RunningApp, running_app

TENTH_OF_A_SECOND = bytes(range(240)) * 20
HALF_A_SECOND = TENTH_OF_A_SECOND * 5


@pytest.fixture(params=["fast", "any server", "any SDK", "any aiohttp"], autouse=True)
def by_any_server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Hold each conversation with both fast paths, and without one because a library has other insides."""
    if request.param == "any SDK":
        monkeypatch.setattr(connection, "has_socket", lambda _: False)
    elif request.param == "any aiohttp":
        monkeypatch.setattr(channel, "_transport_of", lambda _: None)
    return bool(request.param == "any server")


async def test_a_session_is_configured_through_the_sdk(session: FakeSession) -> None:
    assert session.path.startswith("/voice-live/realtime?")
    assert "model=gpt-4o" in session.path
    assert session.headers["api-key"] == API_KEY
    assert session.configuration == {
        "modalities": ["text", "audio"],
        "instructions": session.configuration["instructions"],
        "voice": {"type": "azure-standard", "name": "en-US-AvaNeural"},
        "input_audio_format": "pcm16",
        "output_audio_format": "pcm16",
        "turn_detection": {
            "type": "server_vad",
            "threshold": 0.5,
            "prefix_padding_ms": 300,
            "silence_duration_ms": 500,
        },
        "input_audio_transcription": {"model": "azure-speech"},
        "output_audio_timestamp_types": ["word"],
    }


async def test_a_plain_voice_name_is_sent_as_it_is(service: FakeVoiceLive) -> None:
    settings = azure_settings(service, voice="alloy", model="gpt-realtime")
    async with running_app(settings) as app, app.browser() as browser:
        await browser.start()
        configuration = (await service.next_session()).configuration
    assert configuration["voice"] == "alloy"
    assert "output_audio_timestamp_types" not in configuration
    assert configuration["input_audio_transcription"] == {"model": "whisper-1"}


async def test_a_spoken_turn_is_heard_answered_and_played(browser: Browser, session: FakeSession) -> None:
    await browser.send_sound(TENTH_OF_A_SECOND)
    assert await session.heard(len(TENTH_OF_A_SECOND)) == TENTH_OF_A_SECOND

    await session.speech_started()
    await browser.expect("control", action="stop_playback")
    await browser.status("listening")
    await session.speech_stopped()
    await browser.status("processing")
    await session.transcribed("What time is it?")
    await browser.expect("transcript", role="user", text="What time is it?", final=True)

    await session.answer("resp_1", "item_1", "It is noon.", TENTH_OF_A_SECOND)
    await browser.expect("transcript", role="assistant", item_id="item_1", text="It is noon.", final=False)
    await browser.expect("audio", item_id="item_1")
    await browser.status("assistant_speaking")
    assert await browser.sound() == TENTH_OF_A_SECOND
    await browser.expect("transcript", role="assistant", item_id="item_1", text="It is noon.", final=True)
    figures = await browser.expect("metrics", turn=1, item_id="item_1")
    assert figures["silence_ms"] == 500
    assert 500 <= figures["transcript_ms"] <= figures["first_text_ms"] <= figures["first_sound_ms"]

    await browser.send("played", item_id="item_1", audio_end_ms=100)
    await browser.status("ready")
    assert session.received == ["session.update"]


@pytest.mark.parametrize(
    ("code", "problem"),
    [("language_not_recognised", "language_not_recognised"), ("recognition_failed", "not_written_down")],
)
async def test_speech_that_could_not_be_written_down_leaves_the_session_ready_with_a_sentence(
    browser: Browser, session: FakeSession, code: str, problem: str
) -> None:
    await session.speech_started()
    await browser.expect("control")
    await browser.status("listening")
    await session.speech_stopped()
    await browser.status("processing")
    await session.not_transcribed(code)
    await browser.expect("transcript", role="user", text="", final=True)
    await browser.status("ready")
    assert (await browser.status("error"))["code"] == problem
    assert (await browser.status("ready"))["code"] == problem


async def test_a_service_that_answers_sound_needs_no_transcript(
    browser: Browser, session: FakeSession
) -> None:
    await session.speech_started()
    await browser.expect("control")
    await browser.status("listening")
    await session.speech_stopped()
    await browser.status("processing")
    await session.response_created("resp_1")
    await session.not_transcribed("recognition_failed")
    await browser.expect("transcript", role="user", text="", final=True)
    await session.sound("resp_1", "item_1", TENTH_OF_A_SECOND)
    await browser.expect("audio")
    await browser.status("assistant_speaking")


async def test_ready_comes_also_when_the_page_never_says_that_it_played(
    browser: Browser, session: FakeSession
) -> None:
    await session.answer("resp_1", "item_1", "Hi.", TENTH_OF_A_SECOND)
    await browser.expect("transcript", final=False)
    await browser.expect("audio")
    await browser.status("assistant_speaking")
    await browser.sound()
    await browser.expect("transcript", final=True)
    await browser.status("ready")


async def test_ready_does_not_come_while_the_answer_is_still_playing(
    browser: Browser, session: FakeSession
) -> None:
    await session.response_created("resp_1")
    await session.sound("resp_1", "item_1", HALF_A_SECOND)
    await browser.expect("audio")
    await browser.status("assistant_speaking")
    await browser.sound()
    await session.response_done("resp_1")
    await browser.send("played", item_id="item_1", audio_end_ms=300)
    await browser.send("played", item_id="item_unknown", audio_end_ms=500)
    await browser.send("text", text=" ")
    await browser.log()  # everything before was taken note of, and nothing was said
    await browser.send("played", item_id="item_1", audio_end_ms=500)
    await browser.status("ready")


async def test_speech_during_an_answer_silences_it_and_cuts_it_to_what_was_heard(
    browser: Browser, session: FakeSession
) -> None:
    await session.response_created("resp_1")
    await session.words("resp_1", "item_1", "Once upon")
    await session.sound("resp_1", "item_1", HALF_A_SECOND)
    await browser.expect("transcript", text="Once upon", final=False)
    await browser.expect("audio")
    await browser.status("assistant_speaking")
    await browser.sound()

    await session.speech_started()
    await session.sound("resp_1", "item_1", HALF_A_SECOND)
    await session.words("resp_1", "item_1", " a time")
    await session.response_done("resp_1", "cancelled", reason="turn_detected")
    await browser.expect("transcript", item_id="item_1", text="Once upon", final=True)
    await browser.expect("control", action="stop_playback")
    await browser.status("listening")

    await browser.send("played", item_id="item_1", audio_end_ms=220)
    assert (await session.expect("response.cancel"))["response_id"] == "resp_1"
    truncate = await session.expect("conversation.item.truncate")
    assert (truncate["item_id"], truncate["content_index"], truncate["audio_end_ms"]) == ("item_1", 0, 220)

    await session.error("item_already_truncated", "Item is already truncated.", truncate["event_id"])
    await session.speech_stopped()
    await browser.status("processing")


async def test_an_order_to_stop_says_what_it_was_for_and_how_long_after_the_speech_began(
    browser: Browser, session: FakeSession
) -> None:
    await browser.send_sound(HALF_A_SECOND)
    await session.heard(len(HALF_A_SECOND))
    await session.send("input_audio_buffer.speech_started", audio_start_ms=80, item_id="item_user")
    # The turn begins 300 ms before its speech.
    await browser.expect("control", because="speech", after_ms=120)
    await browser.send("interrupt")
    await browser.until(type="control", because="button", after_ms=None)
    await browser.send("text", text="Hello")
    await browser.until(type="control", because="typed", after_ms=None)


@pytest.mark.parametrize("stop", [{"type": "interrupt"}, {"type": "text", "text": "Stop."}])
async def test_a_turn_whose_answer_was_stopped_has_its_figures(
    browser: Browser, session: FakeSession, stop: dict[str, str]
) -> None:
    await session.speech_stopped()
    await session.response_created("resp_1")
    await session.sound("resp_1", "item_1", HALF_A_SECOND)
    await browser.until(type="status", state="assistant_speaking")
    await browser.send(**stop)
    figures = await browser.until(type="metrics")
    assert (figures["turn"], figures["item_id"]) == (1, "item_1")
    assert figures["first_sound_ms"] is not None


async def test_the_times_of_words_reach_the_page_until_the_answer_is_interrupted(
    browser: Browser, session: FakeSession
) -> None:
    async def word(text: str, offset_ms: int) -> None:
        ids = {"response_id": "resp_1", "item_id": "item_1", "output_index": 0, "content_index": 0}
        times = {"audio_offset_ms": offset_ms, "audio_duration_ms": 90, "timestamp_type": "word"}
        await session.send("response.audio_timestamp.delta", **ids, **times, text=text)

    await session.response_created("resp_1")
    await word("Once", 10)
    await browser.expect("words", item_id="item_1", words=[{"text": "Once", "start_ms": 10, "end_ms": 100}])
    await word("upon", 100)
    await browser.expect("words", item_id="item_1", words=[{"text": "upon", "start_ms": 100, "end_ms": 190}])
    await session.speech_started()
    await word("a", 200)
    await session.speech_stopped()
    await browser.expect("control")
    await browser.status("listening")
    await browser.status("processing")


async def test_a_response_that_the_service_cancels_itself_is_not_cancelled_again(
    browser: Browser, session: FakeSession
) -> None:
    await session.response_created("resp_1")
    await session.sound("resp_1", "item_1", TENTH_OF_A_SECOND)
    await session.speech_started()
    await session.response_done("resp_1", "cancelled", reason="turn_detected")
    await session.speech_stopped()
    await session.answer("resp_2", "item_2", "Yes?", TENTH_OF_A_SECOND)
    await browser.until(type="transcript", item_id="item_2", final=True)
    assert session.received == ["session.update"]


async def test_an_answer_that_was_heard_to_its_end_is_not_cut(browser: Browser, session: FakeSession) -> None:
    await session.answer("resp_1", "item_1", "Hi.", TENTH_OF_A_SECOND)
    await session.speech_started()
    await session.speech_stopped()
    await browser.until(state="processing")
    await browser.send("played", item_id="item_1", audio_end_ms=100)
    await browser.send("text", text="Go on")
    await session.expect("conversation.item.create")


async def test_interrupt_cancels_the_answer_and_drops_its_late_sound(
    browser: Browser, session: FakeSession
) -> None:
    await session.response_created("resp_1")
    await session.sound("resp_1", "item_1", HALF_A_SECOND)
    await browser.expect("audio")
    await browser.status("assistant_speaking")
    await browser.sound()
    await browser.send("interrupt")
    await browser.expect("control", action="stop_playback")
    await browser.status("ready")
    assert (await session.expect("response.cancel"))["response_id"] == "resp_1"

    await session.sound("resp_1", "item_1", HALF_A_SECOND)
    await session.error("response_cancel_not_active", "Cancellation failed: no active response found")
    await session.response_done("resp_1", "cancelled", reason="client_cancelled")
    await session.answer("resp_2", "item_2", "Yes?", TENTH_OF_A_SECOND)
    await browser.expect("transcript", item_id="item_2", final=False)
    await browser.expect("audio", item_id="item_2")


async def test_interrupt_before_the_answer_began_keeps_it_silent(
    browser: Browser, session: FakeSession
) -> None:
    await session.speech_started()
    await session.speech_stopped()
    await browser.expect("control")
    await browser.status("listening")
    await browser.status("processing")
    await browser.send("interrupt")
    await browser.expect("control")
    await browser.status("ready")
    await session.response_created("resp_1")
    assert (await session.expect("response.cancel"))["response_id"] == "resp_1"
    await session.sound("resp_1", "item_1", HALF_A_SECOND)
    await session.response_done("resp_1", "cancelled", reason="client_cancelled")
    await session.speech_started()
    await browser.expect("control")
    await browser.status("listening")


async def test_a_typed_message_interrupts_and_is_answered_when_the_first_answer_has_ended(
    browser: Browser, session: FakeSession
) -> None:
    await session.response_created("resp_1")
    await session.sound("resp_1", "item_1", HALF_A_SECOND)
    await browser.expect("audio")
    await browser.status("assistant_speaking")
    await browser.sound()
    await browser.send("text", text="Stop. What is two and two?")
    await browser.expect("control", action="stop_playback")
    await browser.expect("transcript", role="user", text="Stop. What is two and two?", final=True)
    await browser.status("processing")
    item = (await session.expect("conversation.item.create"))["item"]
    assert item["content"] == [{"type": "input_text", "text": "Stop. What is two and two?"}]
    await session.expect("response.cancel")
    await session.response_done("resp_1", "cancelled", reason="client_cancelled")
    await session.expect("response.create")


async def test_a_typed_message_that_meets_another_answer_is_asked_again(
    browser: Browser, session: FakeSession
) -> None:
    await browser.send("text", text="Hello")
    await session.expect("conversation.item.create")
    await session.expect("response.create")
    await session.response_created("resp_1")
    await session.error("conversation_already_has_active_response", "There is an active response: resp_1")
    await session.expect("response.cancel")
    await session.response_done("resp_1", "cancelled", reason="client_cancelled")
    await session.expect("response.create")


async def test_mute_in_mid_utterance_is_followed_by_silence_until_speech_ends(
    browser: Browser, session: FakeSession
) -> None:
    await browser.send_sound(TENTH_OF_A_SECOND)
    await session.heard(len(TENTH_OF_A_SECOND))
    await session.speech_started()
    await browser.expect("control")
    await browser.status("listening")
    await browser.send("mute", muted=True)
    heard = await session.heard(3 * len(TENTH_OF_A_SECOND))
    assert heard[: 3 * 4800] == TENTH_OF_A_SECOND + bytes(2 * 4800)
    await browser.send_sound(TENTH_OF_A_SECOND)
    await session.speech_stopped()
    await browser.status("processing")

    await browser.send("mute", muted=False)
    await browser.send_sound(HALF_A_SECOND)
    while not session.audio.endswith(HALF_A_SECOND):
        await session.heard(len(session.audio) + 1)
    assert not any(session.audio[4800 : -len(HALF_A_SECOND)]), "a muted microphone was heard"


async def test_speech_without_words_makes_the_session_ready_again(
    browser: Browser, session: FakeSession
) -> None:
    await session.speech_started()
    await session.speech_stopped()
    await session.transcribed("")
    await browser.expect("control")
    await browser.status("listening")
    await browser.status("processing")
    await browser.expect("transcript", text="", final=True)
    await browser.status("ready")


async def test_an_error_is_shown_and_the_session_goes_on(browser: Browser, session: FakeSession) -> None:
    await session.error("rate_limit", "Slow down, please.")
    status = await browser.status("error")
    assert (status["message"], status["connected"]) == ("Slow down, please.", True)
    values = {"reason": "Slow down, please.", "error_code": "rate_limit"}
    assert (status["code"], status["values"]) == ("service_error", values)
    await browser.expect("status", state="ready", code="service_error")
    await session.send_text("this is not JSON")
    await session.send("an.unknown.event", delta={"some": "thing"})
    await session.speech_started()
    await browser.expect("control")
    await browser.expect("status", state="listening", last_error="Slow down, please.", code=None)


async def test_a_failed_answer_says_why(browser: Browser, session: FakeSession) -> None:
    await session.response_created("resp_1")
    error = {"type": "server_error", "code": "model_error", "message": "The model is not available."}
    await session.response_done("resp_1", "failed", error=error)
    status = await browser.status("error")
    assert status["values"] == {
        "reason": "The model is not available.",
        "error_code": "model_error",
    }
    await browser.expect("status", state="ready", code="answer_failed", message="The model is not available.")


async def test_stop_ends_the_session_and_another_can_be_started(
    browser: Browser, session: FakeSession, service: FakeVoiceLive
) -> None:
    await browser.send("stop")
    await session.wait_closed()
    assert (await browser.status("stopped"))["connected"] is False
    await browser.start()
    await service.next_session()


async def test_two_browsers_never_hear_or_affect_each_other(app: RunningApp, service: FakeVoiceLive) -> None:
    async with app.browser() as anna, app.browser() as bert:
        await anna.start()
        for_anna = await service.next_session()
        await bert.start()
        for_bert = await service.next_session()
        await anna.send_sound(TENTH_OF_A_SECOND)
        await bert.send_sound(HALF_A_SECOND)
        assert await for_anna.heard(1) == TENTH_OF_A_SECOND
        assert await for_bert.heard(1) == HALF_A_SECOND

        for fake, item_id, sound in ((for_anna, "item_a", b"\1\0" * 99), (for_bert, "item_b", b"\2\0" * 99)):
            await fake.response_created("resp_1")
            await fake.sound("resp_1", item_id, sound)
        for browser, item_id, sound in ((anna, "item_a", b"\1\0" * 99), (bert, "item_b", b"\2\0" * 99)):
            await browser.expect("audio", item_id=item_id)
            await browser.status("assistant_speaking")
            assert await browser.sound() == sound

        await anna.send("interrupt")
        await for_anna.expect("response.cancel")
        await for_bert.sound("resp_1", "item_b", b"\3\0" * 99)
        assert await bert.sound() == b"\3\0" * 99
        await anna.socket.close()
        await for_anna.wait_closed()
        await for_bert.sound("resp_1", "item_b", b"\4\0" * 99)
        assert await bert.sound() == b"\4\0" * 99
        assert not for_bert.closed.is_set()


async def test_a_closed_tab_frees_its_assistant_and_connection(
    app: RunningApp, service: FakeVoiceLive
) -> None:
    tasks_before = len(asyncio.all_tasks())
    async with app.browser() as browser:
        await browser.start()
        session = await service.next_session()
        await app.wait_until_sessions(1)
        browser.socket.transport.abort()
        await session.wait_closed()
        await app.wait_until_sessions(0)
    async with asyncio.timeout(5):
        while len(asyncio.all_tasks()) > tasks_before:  # noqa: ASYNC110 - their end sets no event here
            await asyncio.sleep(0)
