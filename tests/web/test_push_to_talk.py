"""Whoever holds the button has the turn, however long the pauses; letting go ends it."""

from tests.fake_voice_live import FakeSession, FakeVoiceLive
from tests.web.running_app import Browser

TENTH_OF_A_SECOND = bytes(range(240)) * 20


async def start(browser: Browser, service: FakeVoiceLive) -> FakeSession:
    """Start a session with push-to-talk; nobody holds the button yet."""
    await browser.start(push_to_talk=True)
    session = await service.next_session()
    await browser.send("mute", muted=True)
    return session


async def hold(browser: Browser, session: FakeSession) -> None:
    await browser.send("mute", muted=False)
    await browser.expect("control", action="stop_playback", because="speech", after_ms=0)
    await browser.status("listening")
    await session.expect("input_audio_buffer.clear")


async def speak(browser: Browser, session: FakeSession) -> None:
    said_before = len(session.audio)
    await browser.send_sound(TENTH_OF_A_SECOND)
    await session.heard(said_before + len(TENTH_OF_A_SECOND))


async def say(browser: Browser, session: FakeSession) -> None:
    """Hold the button, speak, and let go."""
    await hold(browser, session)
    await speak(browser, session)
    await browser.send("mute", muted=True)
    await browser.status("processing")
    await session.expect("input_audio_buffer.commit")


async def test_the_service_does_not_detect_turns(browser: Browser, service: FakeVoiceLive) -> None:
    session = await start(browser, service)
    assert session.configuration["turn_detection"] is None
    assert browser.applied["push_to_talk"] is True


async def test_letting_go_ends_the_turn_which_is_answered_when_it_was_written_down(
    browser: Browser, service: FakeVoiceLive
) -> None:
    session = await start(browser, service)
    await browser.send_sound(TENTH_OF_A_SECOND)  # nobody holds the button
    await say(browser, session)
    assert bytes(session.audio) == TENTH_OF_A_SECOND
    await session.transcribed("What time is it?")
    await browser.expect("transcript", role="user", text="What time is it?", final=True)
    await session.expect("response.create")
    await session.answer("resp_1", "item_1", "It is noon.", TENTH_OF_A_SECOND)
    figures = await browser.until(type="metrics")
    assert (figures["turn"], figures["silence_ms"]) == (1, None)
    await browser.send("played", item_id="item_1", audio_end_ms=100)
    await browser.until(type="status", state="ready")


async def test_who_holds_the_button_interrupts(browser: Browser, service: FakeVoiceLive) -> None:
    session = await start(browser, service)
    await session.response_created("resp_1")
    await session.sound("resp_1", "item_1", TENTH_OF_A_SECOND)
    await browser.until(type="status", state="assistant_speaking")
    await browser.sound()
    await hold(browser, session)
    assert (await session.expect("response.cancel"))["response_id"] == "resp_1"


async def test_who_lets_go_without_a_word_is_not_answered(browser: Browser, service: FakeVoiceLive) -> None:
    session = await start(browser, service)
    await hold(browser, session)
    await browser.send("mute", muted=True)
    await browser.status("ready")
    await say(browser, session)
    await session.transcribed("")
    await browser.expect("transcript", role="user", text="", final=True)
    await browser.status("ready")
    await browser.send("text", text="Hello")
    await session.expect("conversation.item.create")
    await session.expect("response.create")


async def test_a_turn_that_was_held_can_be_taken_back(browser: Browser, service: FakeVoiceLive) -> None:
    session = await start(browser, service)
    await say(browser, session)
    await browser.send("interrupt")
    await browser.expect("control", because="button")
    await browser.status("ready")
    await session.transcribed("Never mind.")
    await browser.expect("transcript", role="user", text="Never mind.", final=True)
    await say(browser, session)
    await session.transcribed("What time is it?")
    await session.expect("response.create")
    await session.answer("resp_1", "item_1", "It is noon.", TENTH_OF_A_SECOND)
    await browser.until(type="audio", item_id="item_1")


async def test_it_can_be_chosen_and_left_while_the_session_runs(
    browser: Browser, session: FakeSession
) -> None:
    await browser.send("push_to_talk", on=True)
    update = (await session.expect("session.update"))["session"]
    assert update == {"turn_detection": None}
    await session.send("session.updated", session=update)
    assert (await browser.session())["push_to_talk"] is True
    await browser.send("mute", muted=True)
    await say(browser, session)

    await browser.send("push_to_talk", on=False)
    update = (await session.expect("session.update"))["session"]
    assert update["turn_detection"]["type"] == "server_vad"
    await session.send("session.updated", session=update)
    await browser.send("mute", muted=False)
    assert (await browser.session())["push_to_talk"] is False
    await speak(browser, session)
    await session.speech_started()
    await browser.until(type="status", state="listening")


async def test_a_service_that_wants_to_detect_turns_goes_on_doing_so(
    browser: Browser, session: FakeSession
) -> None:
    await browser.send("push_to_talk", on=True)
    update = await session.expect("session.update")
    await session.error("invalid_value", "Turn detection is needed.", update["event_id"])
    applied = await browser.session()
    assert (applied["push_to_talk"], applied["refused"]) == (
        False,
        {"push_to_talk": "Turn detection is needed."},
    )
    await browser.send("mute", muted=False)
    await session.speech_started()
    await browser.until(type="status", state="listening")


async def test_of_two_turns_in_a_row_both_are_answered_when_both_are_written_down(
    browser: Browser, service: FakeVoiceLive
) -> None:
    session = await start(browser, service)
    await say(browser, session)
    await say(browser, session)
    await session.transcribed("My name is Ann.", "item_1")
    await browser.expect("transcript", text="My name is Ann.", final=True)
    await session.not_transcribed("recognition_failed", "item_2")
    await session.expect("response.create")


async def test_words_that_come_while_the_next_turn_is_held_wait_for_its_end(
    browser: Browser, service: FakeVoiceLive
) -> None:
    session = await start(browser, service)
    await say(browser, session)
    await hold(browser, session)
    await session.transcribed("My name is Ann.", "item_1")
    await browser.expect("transcript", text="My name is Ann.", final=True)
    await browser.send("mute", muted=True)
    await browser.status("processing")
    await session.expect("response.create")


async def test_an_answer_that_was_on_its_way_stays_silent_while_a_turn_is_held(
    browser: Browser, service: FakeVoiceLive
) -> None:
    session = await start(browser, service)
    await say(browser, session)
    await session.transcribed("What time is it?")
    await session.expect("response.create")
    await browser.expect("transcript", final=True)
    await browser.until(type="status", state="processing")
    await hold(browser, session)
    await session.response_created("resp_1")
    await session.sound("resp_1", "item_1", TENTH_OF_A_SECOND)
    assert (await session.expect("response.cancel"))["response_id"] == "resp_1"
    await session.response_done("resp_1", "cancelled", reason="client_cancelled")
    await speak(browser, session)
    await browser.send("mute", muted=True)
    await browser.status("processing")


async def test_a_turn_that_was_let_go_is_answered_although_push_to_talk_is_left(
    browser: Browser, service: FakeVoiceLive
) -> None:
    session = await start(browser, service)
    await say(browser, session)
    await browser.send("push_to_talk", on=False)
    await session.expect("session.update")
    await session.transcribed("What time is it?")
    await session.expect("response.create")


async def test_a_turn_that_the_service_does_not_take_leaves_the_session_ready(
    browser: Browser, service: FakeVoiceLive
) -> None:
    session = await start(browser, service)
    await hold(browser, session)
    await speak(browser, session)
    await browser.send("mute", muted=True)
    await browser.status("processing")
    commit = await session.expect("input_audio_buffer.commit")
    await session.error("input_audio_buffer_commit_empty", "It is too short.", commit["event_id"])
    await browser.status("ready")


async def test_turns_are_held_on_if_the_service_does_not_detect_them_again(
    browser: Browser, service: FakeVoiceLive
) -> None:
    session = await start(browser, service)
    await browser.send("push_to_talk", on=False)
    update = await session.expect("session.update")
    await session.error("invalid_value", "It cannot change.", update["event_id"])
    assert (await browser.session())["push_to_talk"] is True
    await say(browser, session)
