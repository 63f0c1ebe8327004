"""Keys that work wherever the focus is, push-to-talk, and what they leave alone."""

from playwright.async_api import expect

from tests.browser import played_pcm
from tests.page.conftest import Visit, Visitor
from tests.page.test_reconnecting import lose, restore
from tests.page.test_speaker import RATE_HZ, recording_with, sound


async def leave_focus(visitor: Visitor) -> None:
    await visitor.page.evaluate("document.activeElement.blur()")


async def push_to_talk(visitor: Visitor) -> None:
    await visitor.page.get_by_label("Push to talk").check()
    await leave_focus(visitor)


async def test_m_mutes_and_unmutes(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await visitor.page.keyboard.press("m")
    assert (await wire.expect("mute"))["muted"] is True
    await visitor.sees_state("Muted")
    await visitor.reads("Microphone muted. The agent cannot hear you.")
    await visitor.page.keyboard.press("Shift+M")
    assert (await wire.expect("mute"))["muted"] is False
    await visitor.sees_state("Ready")


async def test_escape_stops_the_agent_at_once(visit: Visit) -> None:
    visitor = await visit(tap=True)
    wire = await visitor.start()
    await wire.status("assistant_speaking")
    await wire.play("answer", sound(3, 50).tobytes())
    await recording_with(visitor, RATE_HZ // 4)
    await visitor.page.keyboard.press("Escape")
    await wire.expect("interrupt")
    assert (await wire.expect("played"))["audio_end_ms"] < 3000


async def test_keys_do_nothing_while_somebody_types(visit: Visit) -> None:
    visitor = await visit()
    await push_to_talk(visitor)
    wire = await visitor.start()
    await wire.expect("mute")
    await wire.status("assistant_speaking")
    message = visitor.page.get_by_label("Message")
    await message.focus()
    await visitor.page.keyboard.type("m m")
    await visitor.page.keyboard.press("Escape")
    await expect(message).to_have_value("m m")
    await visitor.page.keyboard.press("Enter")
    assert (await wire.expect("text"))["text"] == "m m"


async def test_keys_with_a_modifier_are_the_browsers(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await visitor.page.keyboard.press("Control+m")
    await visitor.page.keyboard.press("Alt+m")
    await visitor.page.keyboard.press("m")
    assert (await wire.expect("mute"))["muted"] is True


async def test_keys_can_be_switched_off_and_stay_off(visit: Visit) -> None:
    visitor = await visit()
    await visitor.page.get_by_label("Keys:").uncheck()
    await visitor.page.reload()
    await expect(visitor.page.get_by_label("Keys:")).not_to_be_checked()
    wire = await visitor.start()
    await visitor.page.keyboard.press("m")
    await visitor.click("Mute")
    assert (await wire.expect("mute"))["muted"] is True


async def test_before_a_session_keys_do_nothing(visit: Visit) -> None:
    visitor = await visit()
    await visitor.page.keyboard.press("m")
    await visitor.page.keyboard.press("Escape")
    await visitor.sees_state("Idle")
    wire = await visitor.start()
    await wire.frame()


async def test_with_push_to_talk_the_agent_hears_while_the_space_bar_is_held(visit: Visit) -> None:
    visitor = await visit()
    await push_to_talk(visitor)
    wire = await visitor.start()
    assert await wire.expect("mute") == {"type": "mute", "muted": True, "frames_before": 0}
    await visitor.reads("Hold the space bar or the button while you speak.")
    await leave_focus(visitor)
    await visitor.page.keyboard.down("Space")
    assert (await wire.expect("mute"))["muted"] is False
    await wire.frame()
    await expect(visitor.page.get_by_role("button", name="Hold to talk")).to_have_attribute(
        "aria-pressed", "true"
    )
    await visitor.screenshot("push-to-talk-held")
    await visitor.page.keyboard.down("Space")  # it repeats while it is held
    await visitor.page.keyboard.up("Space")
    muted = await wire.expect("mute")
    assert muted["muted"] is True
    await wire.play("answer", bytes(24_000))
    assert (await wire.expect("played"))["frames_before"] == muted["frames_before"]
    assert await visitor.page.evaluate("scrollY") == 0
    await visitor.screenshot("push-to-talk")


async def test_the_app_is_told_before_the_first_mute_that_turns_are_held(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    box = visitor.page.get_by_label("Push to talk")
    await box.check()
    assert (await wire.expect("push_to_talk"))["on"] is True
    assert (await wire.expect("mute"))["muted"] is True
    await box.uncheck()
    assert (await wire.expect("push_to_talk"))["on"] is False
    assert (await wire.expect("mute"))["muted"] is False
    await box.check()
    await visitor.click("Stop session")
    await visitor.click("Start session")
    assert (await (await visitor.app.wire()).expect("start"))["push_to_talk"] is True


async def test_how_to_interrupt_depends_on_whether_the_agent_hears_the_user(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    sentence = visitor.page.locator("#status-message")
    await wire.status("assistant_speaking")
    await expect(sentence).to_have_text("The agent is speaking. Speak to interrupt.")
    await visitor.page.keyboard.press("m")
    await expect(sentence).to_contain_text("Press Stop speaking or send a message to interrupt.")
    await push_to_talk(visitor)
    await expect(sentence).to_contain_text("Hold the space bar or the button to interrupt.")
    await visitor.page.keyboard.down("Space")
    await expect(sentence).to_have_text("The agent is speaking. Speak to interrupt.")
    await visitor.page.keyboard.up("Space")
    await expect(sentence).to_contain_text("Hold the space bar or the button to interrupt.")


async def test_with_push_to_talk_the_button_can_be_held_instead(visit: Visit) -> None:
    visitor = await visit()
    await push_to_talk(visitor)
    wire = await visitor.start()
    await wire.expect("mute")
    await visitor.page.get_by_role("button", name="Hold to talk").hover()
    await visitor.page.mouse.down()
    assert (await wire.expect("mute"))["muted"] is False
    await visitor.page.mouse.move(5, 5)
    await visitor.page.mouse.up()
    assert (await wire.expect("mute"))["muted"] is True


async def test_with_push_to_talk_the_button_can_be_held_by_keyboard(visit: Visit) -> None:
    visitor = await visit()
    await push_to_talk(visitor)
    wire = await visitor.start()
    await wire.expect("mute")
    await visitor.page.get_by_role("button", name="Hold to talk").focus()
    await visitor.page.keyboard.down("Enter")
    assert (await wire.expect("mute"))["muted"] is False
    await visitor.page.keyboard.up("Enter")
    assert (await wire.expect("mute"))["muted"] is True


async def test_a_window_that_loses_the_focus_lets_go_of_the_space_bar(visit: Visit) -> None:
    visitor = await visit()
    await push_to_talk(visitor)
    wire = await visitor.start()
    await wire.expect("mute")
    await leave_focus(visitor)
    await visitor.page.keyboard.down("Space")
    assert (await wire.expect("mute"))["muted"] is False
    await visitor.page.evaluate("window.dispatchEvent(new Event('blur'))")
    assert (await wire.expect("mute"))["muted"] is True


async def test_the_space_bar_on_a_button_presses_that_button(visit: Visit) -> None:
    visitor = await visit(tap=True)
    await push_to_talk(visitor)
    wire = await visitor.start()
    await wire.expect("mute")
    await wire.status("assistant_speaking")
    await wire.play("answer", sound(3, 51).tobytes())
    await recording_with(visitor, RATE_HZ // 4)
    await visitor.page.get_by_role("button", name="Stop speaking").focus()
    await visitor.page.keyboard.press("Space")
    await wire.expect("interrupt")
    assert (await wire.expect("played"))["audio_end_ms"] < 3000
    assert len((await played_pcm(visitor.page)).pcm) > 0
    await visitor.page.locator("#log-title").focus()
    await visitor.page.keyboard.press("Space")
    await expect(visitor.page.locator("#log-panel")).to_have_attribute("open", "")


async def test_push_to_talk_that_is_left_while_the_session_begins_does_not_apply(visit: Visit) -> None:
    seems_to_connect = """
        const { get } = Object.getOwnPropertyDescriptor(WebSocket.prototype, "readyState");
        Object.defineProperty(WebSocket.prototype, "readyState", {
            get() { return window.connecting ? WebSocket.CONNECTING : get.call(this); },
        });
    """
    visitor = await visit(init=seems_to_connect)
    await push_to_talk(visitor)
    await visitor.click("Start session")
    wire = await visitor.app.wire()
    assert (await wire.expect("start"))["push_to_talk"] is True
    await visitor.page.evaluate("window.connecting = true")
    await visitor.page.get_by_label("Push to talk").uncheck()
    await visitor.page.evaluate("window.connecting = false")
    await wire.status("ready")
    assert (await wire.expect("push_to_talk"))["on"] is False


async def test_a_turn_that_is_held_goes_on_after_a_lost_connection(visit: Visit) -> None:
    visitor = await visit()
    await push_to_talk(visitor)
    wire = await visitor.start()
    await wire.expect("mute")
    await leave_focus(visitor)
    await visitor.page.keyboard.down("Space")
    await wire.expect("mute")
    await lose(visitor, wire)
    wire = await restore(visitor)
    assert [(await wire.expect("mute"))["muted"] for _ in range(2)] == [True, False]


async def test_another_key_on_the_button_does_not_let_it_go(visit: Visit) -> None:
    visitor = await visit()
    await push_to_talk(visitor)
    wire = await visitor.start()
    await wire.expect("mute")
    await visitor.page.get_by_role("button", name="Hold to talk").focus()
    await visitor.page.keyboard.down("Enter")
    assert (await wire.expect("mute"))["muted"] is False
    await visitor.page.keyboard.press("Shift")
    button = visitor.page.get_by_role("button", name="Hold to talk")
    await expect(button).to_have_attribute("aria-pressed", "true")
    await visitor.page.keyboard.up("Enter")
    assert (await wire.expect("mute"))["muted"] is True


async def test_a_service_that_does_not_let_turns_be_held_is_followed(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    box = visitor.page.get_by_label("Push to talk")
    await box.check()
    await wire.expect("push_to_talk")
    await wire.expect("mute")
    applied = {"model": "m", "voice": "v", "word_times": False, "push_to_talk": False}
    await wire.say("session", **applied, refused={"push_to_talk": "It cannot change."})
    await expect(box).not_to_be_checked()
    assert (await wire.expect("push_to_talk"))["on"] is False
    assert (await wire.expect("mute"))["muted"] is False
    await visitor.reads("The service did not change push to talk.")
    await wire.hang_up()
    assert (await (await visitor.app.wire()).expect("start"))["push_to_talk"] is False
