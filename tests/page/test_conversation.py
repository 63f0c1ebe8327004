"""What a person sees and does while a session runs."""

import re
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from tests.browser import played_pcm
from tests.page.conftest import Visit, Visitor
from tests.page.test_speaker import RATE_HZ, recording_with, sound


def entries(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("log", name="Conversation").get_by_role("listitem")


@pytest.mark.parametrize(
    ("state", "word", "sentence"),
    [
        ("starting", "Connecting", "Connecting to the agent…"),
        ("ready", "Ready", "Session ready. You can start speaking now."),
        ("listening", "Listening", "Listening to you…"),
        ("processing", "Thinking", "Thinking about the answer…"),
        ("assistant_speaking", "Speaking", "The agent is speaking. Speak to interrupt."),
    ],
)
async def test_each_state_has_its_word_and_its_sentence(
    visit: Visit, state: str, word: str, sentence: str
) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await wire.status("error", "Something else first.")
    await visitor.sees_state("Problem")
    await wire.status(state)
    await visitor.sees_state(word)
    await expect(visitor.page.locator("#status-message")).to_have_text(sentence)


async def test_what_a_state_of_normal_life_means_is_said_by_the_page(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await wire.status("processing", "Thinking.")
    await expect(visitor.page.locator("#status-message")).to_have_text("Thinking about the answer…")


async def test_who_says_nothing_for_three_seconds_is_reminded(visit: Visit) -> None:
    visitor = await visit()
    await visitor.page.clock.install()
    await visitor.page.reload()
    wire = await visitor.start()
    reminder = visitor.page.locator("#reminder")
    await visitor.page.clock.pause_at(await visitor.page.evaluate("Date.now() + 100"))
    await wire.status("processing")
    await visitor.sees_state("Thinking")
    await wire.status("ready")
    await visitor.sees_state("Ready")
    await visitor.page.clock.run_for(2900)
    await expect(reminder).to_be_empty()
    await visitor.page.clock.run_for(200)
    await expect(reminder).to_contain_text("The agent is waiting for you.")
    for state in ("listening", "ready", "ready", "listening"):
        await wire.status(state)
    await wire.say("log", level="info", msg="Said all.")
    await expect(visitor.page.locator("#log")).to_contain_text("Said all.")
    await visitor.page.clock.run_for(5000)
    await expect(reminder).to_be_empty()


async def test_the_transcript_grows_and_keeps_the_order_of_speech(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await wire.status("listening")
    await wire.status("processing")
    await wire.say("transcript", role="assistant", item_id="a", text="It is", final=False)
    await wire.say("transcript", role="assistant", item_id="a", text=" noon", final=False)
    await expect(entries(visitor)).to_have_text(["You", "Agent"])
    await wire.say("transcript", role="user", item_id="u", text="What time", final=False)
    await wire.say("transcript", role="user", item_id="u", text="What time is it?", final=True)
    await wire.say("transcript", role="assistant", item_id="a", text="It is noon.", final=True)
    await expect(entries(visitor)).to_have_text(["YouWhat time is it?", "AgentIt is noon."])


async def test_noise_that_was_no_speech_leaves_no_entry(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await wire.status("listening")
    await expect(entries(visitor)).to_have_count(1)
    await wire.say("transcript", role="user", item_id="u", text="", final=True)
    await expect(entries(visitor)).to_have_count(0)
    await wire.status("listening")
    await expect(entries(visitor)).to_have_count(1)
    await wire.status("ready")
    await expect(entries(visitor)).to_have_count(0)
    await visitor.reads("What you and the agent say appears here.")


async def test_a_typed_message_interrupts_and_appears_once(visit: Visit) -> None:
    visitor = await visit(tap=True)
    wire = await visitor.start()
    await wire.status("assistant_speaking")
    await wire.play("answer", sound(3, 20).tobytes())
    await recording_with(visitor, RATE_HZ // 4)
    await visitor.page.get_by_label("Message").fill("  Stop, please. ")
    await visitor.click("Send")
    message = await wire.expect("text")
    assert message["text"] == "Stop, please."
    assert (await wire.expect("played"))["audio_end_ms"] < 3000
    await expect(entries(visitor)).to_have_text(["YouStop, please."])
    await wire.say("transcript", role="user", item_id="typed", text="Stop, please.", final=True)
    await wire.say("transcript", role="assistant", item_id="next", text="Yes.", final=True)
    await expect(entries(visitor)).to_have_text(["YouStop, please.", "AgentYes."])
    await expect(visitor.page.get_by_label("Message")).to_have_value("")


async def test_an_interrupted_answer_is_marked_with_what_was_heard(visit: Visit) -> None:
    visitor = await visit(tap=True)
    wire = await visitor.start()
    await wire.status("assistant_speaking")
    await wire.say("transcript", role="assistant", item_id="answer", text="Once upon a time", final=False)
    await wire.play("answer", sound(4, 21).tobytes())
    await recording_with(visitor, RATE_HZ // 2)
    await visitor.click("Stop speaking")
    await wire.expect("interrupt")
    played = await wire.expect("played")
    note = f"You heard {played['audio_end_ms'] / 1000:.1f} s of this answer."
    await expect(entries(visitor)).to_contain_text([note])
    await wire.say(
        "transcript", role="assistant", item_id="answer", text="Once upon a time there", final=True
    )
    await expect(entries(visitor).locator("s")).to_have_text(re.compile("there$"))
    await expect(entries(visitor)).to_contain_text([note])


async def test_an_answer_heard_to_its_end_is_not_marked(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await wire.say("transcript", role="assistant", item_id="answer", text="Yes.", final=True)
    await wire.play("answer", sound(0.2, 22).tobytes())
    await wire.expect("played")
    await wire.say("control", action="stop_playback")
    await wire.expect("played")
    await wire.status("listening")
    await visitor.sees_state("Listening")
    await expect(visitor.page.get_by_text("Interrupted")).to_have_count(0)


async def test_stop_speaking_can_be_pressed_only_while_there_is_an_answer(visit: Visit) -> None:
    visitor = await visit()
    button = visitor.page.get_by_role("button", name="Stop speaking")
    await expect(button).to_be_hidden()
    wire = await visitor.start()
    await expect(button).to_be_disabled()
    await wire.status("assistant_speaking")
    await expect(button).to_be_enabled()


async def test_the_log_shows_what_the_app_and_the_page_note(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await visitor.page.get_by_text("Log", exact=True).click()
    await wire.say("log", level="info", msg="Session configured.")
    await wire.say("metrics", turn=1, transcript_ms=212, first_text_ms=None, first_sound_ms=480)
    log = visitor.page.locator("#log")
    await expect(log).to_contain_text(re.compile(r"\d\d:\d\d:\d\d Session configured\."))
    await expect(log).to_contain_text("Turn: turn 1, transcript_ms 212, first_sound_ms 480.")
    await expect(log).to_contain_text("Microphone on, 24,000 Hz.")


async def test_a_second_session_begins_afresh(visit: Visit) -> None:
    visitor = await visit(tap=True)
    wire = await visitor.start()
    await wire.say("transcript", role="assistant", item_id="a", text="Hello.", final=True)
    await expect(entries(visitor)).to_have_count(1)
    await visitor.click("Stop session")
    await wire.expect("stop")
    wire = await visitor.start()
    await expect(entries(visitor)).to_have_count(0)
    await wire.frame()
    await wire.play("answer", sound(0.2, 23).tobytes())
    await wire.expect("played")
    assert len((await played_pcm(visitor.page)).sound()) == RATE_HZ // 5


async def test_the_keyboard_alone_is_enough(visit: Visit) -> None:
    visitor = await visit()
    press = visitor.page.keyboard.press

    async def focus_is_on(name: str) -> None:
        await expect(visitor.page.locator(":focus")).to_have_accessible_name(name)

    await expect(visitor.page.get_by_role("button", name="Start session")).to_be_enabled()
    await press("Tab")
    await focus_is_on("Language of this page")
    await press("Tab")
    await focus_is_on("Start session")
    await press("Enter")
    wire = await visitor.app.wire()
    await wire.expect("start")
    await wire.status("assistant_speaking")
    await visitor.sees_state("Speaking")
    await focus_is_on("Stop session")
    await press("Tab")
    await focus_is_on("Mute")
    await press("Space")
    assert (await wire.expect("mute"))["muted"] is True
    await press("Tab")
    await focus_is_on("Stop speaking")
    await press("Enter")
    await wire.expect("interrupt")
    for name in ("Push to talk", "Keys: M mutes, Esc stops the agent", "Message"):
        await press("Tab")
        await focus_is_on(name)
    await visitor.page.keyboard.type("Hello")
    await press("Enter")
    assert (await wire.expect("text"))["text"] == "Hello"
    for _ in range(6):
        await press("Shift+Tab")
    await focus_is_on("Stop session")
    await press("Enter")
    await wire.expect("stop")
    await focus_is_on("Start session")


async def test_two_pages_at_once_do_not_hear_each_other(visit: Visit) -> None:
    visitors = [await visit(tap=True) for _ in range(2)]
    wires = [await visitor.start() for visitor in visitors]
    answers = [sound(0.5, 24), sound(0.5, 25)]
    for wire, answer in zip(wires, answers, strict=True):
        await wire.play("answer", answer.tobytes())
    await wires[0].say("transcript", role="assistant", item_id="answer", text="For the first.", final=True)
    for visitor, wire, answer in zip(visitors, wires, answers, strict=True):
        assert (await wire.expect("played"))["audio_end_ms"] == 500
        assert (await played_pcm(visitor.page)).sound().tolist() == answer.tolist()
    await expect(entries(visitors[0])).to_have_text(["AgentFor the first."])
    await expect(entries(visitors[1])).to_have_count(0)
    await visitors[0].click("Stop session")
    await wires[0].expect("stop")
    await wires[1].status("listening")
    await visitors[1].sees_state("Listening")
    await wires[1].frame()


@pytest.mark.parametrize(
    "look",
    [
        {"color_scheme": "light"},
        {
            "color_scheme": "dark",
            "reduced_motion": "reduce",
            "viewport": {"width": 360, "height": 740},
            "is_mobile": True,
        },
    ],
    ids=["light", "phone"],
)
async def test_every_state_is_pictured_and_fits_the_window(
    visit: Visit, look: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    visitor = await visit(tap=True, **look)
    await visitor.screenshot(f"{name}-1-idle")
    wire = await visitor.start()
    await visitor.reads("The agent is waiting for you.")
    await visitor.screenshot(f"{name}-2-ready")
    await wire.status("listening")
    await wire.say("transcript", role="user", item_id="u", text="Tell me a story about", final=False)
    await visitor.reads("Tell me a story about")
    await visitor.screenshot(f"{name}-3-listening")
    await wire.say("transcript", role="user", item_id="u", text="Tell me a story about the sea.", final=True)
    await wire.status("processing")
    await visitor.sees_state("Thinking")
    await visitor.screenshot(f"{name}-4-processing")
    await wire.status("assistant_speaking")
    story = "Once upon a time, a small boat left its harbour before the sun was up, because its"
    await wire.say("transcript", role="assistant", item_id="a", text=story, final=False)
    await wire.play("a", sound(4, 26).tobytes())
    await recording_with(visitor, RATE_HZ // 4)
    await visitor.screenshot(f"{name}-5-speaking")
    await visitor.click("Stop speaking")
    await wire.status("ready")
    await visitor.click("Mute")
    await visitor.page.get_by_label("Message").fill("A shorter one, please")
    await visitor.screenshot(f"{name}-6-interrupted-and-muted")
    await wire.say("log", level="warning", msg="The service answered late.")
    await visitor.page.get_by_text("Log", exact=True).click()
    await wire.status("error", "The model could not answer: it is overloaded. Ask again in a moment.")
    await visitor.sees_state("Problem")
    await visitor.screenshot(f"{name}-7-error")
    await visitor.click("Stop session")
    await visitor.sees_state("Stopped")
    await visitor.screenshot(f"{name}-8-stopped")
    assert await visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
