"""A connection that is lost is tried again for a while, and the page says what is kept."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.page.conftest import WATCH_DEVICES, Visit, Visitor
from tests.page.scripted_app import Wire
from tests.page.test_conversation import entries
from tests.page.test_speaker import RATE_HZ, recording_with, sound


async def lose(visitor: Visitor, wire: Wire) -> None:
    await wire.hang_up()
    await visitor.sees_state("Reconnecting")


async def restore(visitor: Visitor, state: str = "Ready") -> Wire:
    """Let the page's next try succeed."""
    wire, _ = await restore_with_history(visitor, state)
    return wire


async def restore_with_history(visitor: Visitor, state: str = "Ready") -> tuple[Wire, list[tuple[str, str]]]:
    """Let the page's next try succeed; returns also who said what before, as the page tells it."""
    wire = await visitor.app.wire()
    history = (await wire.expect("start")).get("history", [])
    await wire.status("ready")
    await visitor.sees_state(state)
    return wire, [(said["role"], said["text"]) for said in history]


async def hear(visitor: Visitor, wire: Wire, item_id: str, words: str) -> None:
    """Let the user say something; the answer begins after that."""
    await wire.status("listening")
    await visitor.sees_state("Listening")
    await wire.status("processing")
    await wire.say("transcript", role="user", item_id=item_id, text=words, final=True)
    await visitor.sees_state("Thinking")


async def count(wire: Wire, item_id: str, *, to: int, final: bool) -> None:
    """Let the agent count, a number a second, without any sound yet."""
    numbers = [{"text": f"{n + 1}", "start_ms": n * 1000, "end_ms": (n + 1) * 1000} for n in range(to)]
    await wire.say("audio", item_id=item_id)
    await wire.say("words", item_id=item_id, words=numbers)
    text = " ".join(f"{n + 1}" for n in range(to))
    await wire.say("transcript", role="assistant", item_id=item_id, text=text, final=final)


async def test_a_lost_connection_is_tried_again_and_what_was_said_stays(visit: Visit) -> None:
    visitor = await visit(init=WATCH_DEVICES)
    wire = await visitor.start()
    await wire.say("transcript", role="user", item_id="u", text="My name is Ann.", final=True)
    await lose(visitor, wire)
    await visitor.reads("Trying again… What was said stays on this page.")
    await visitor.screenshot("reconnecting")
    wire = await restore(visitor)
    await expect(entries(visitor)).to_have_text(
        [
            "YouMy name is Ann.",
            "Connected again. The agent knows what was said, so you can go on.",
        ]
    )
    await visitor.screenshot("reconnected")
    await wire.frame()
    states = await visitor.page.evaluate("watched.tracks.map(({ readyState }) => readyState)")
    assert states == ["live"], "the microphone must not be asked for again"


async def test_the_new_connection_is_told_what_was_said_as_far_as_it_was_heard(visit: Visit) -> None:
    visitor = await visit(tap=True)
    wire = await visitor.start()
    await hear(visitor, wire, "u1", "My name is Ann.")
    await wire.play("a1", sound(0.2, 60).tobytes())
    await wire.say("transcript", role="assistant", item_id="a1", text="Hello Ann.", final=True)
    await wire.expect("played")
    await hear(visitor, wire, "u2", "Count.")
    await count(wire, "a2", to=4, final=True)
    await wire.send_sound(sound(4.0, 61).tobytes())
    await recording_with(visitor, RATE_HZ // 2)
    await wire.say("control", action="stop_playback")
    await wire.expect("played")
    await wire.say("transcript", role="user", item_id="u3", text="Go", final=False)
    await visitor.reads("YouGo")
    await lose(visitor, wire)
    _, history = await restore_with_history(visitor)
    *before, (_, counted) = history
    assert before == [("user", "My name is Ann."), ("assistant", "Hello Ann."), ("user", "Count.")]
    assert counted in {"1", "1 2", "1 2 3"}


async def test_of_an_answer_that_was_lost_halfway_the_words_are_told_whose_sound_had_come(
    visit: Visit,
) -> None:
    visitor = await visit(tap=True)
    wire = await visitor.start()
    await hear(visitor, wire, "u", "Count.")
    await count(wire, "a", to=8, final=False)
    await wire.send_sound(sound(2.0, 63).tobytes())
    await recording_with(visitor, RATE_HZ // 2)
    await lose(visitor, wire)
    _, history = await restore_with_history(visitor)
    assert history == [("user", "Count."), ("assistant", "1 2")]


async def test_a_question_whose_answer_has_not_sounded_is_told_last(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await wire.say("transcript", role="user", item_id="u", text="Count.", final=True)
    await count(wire, "a", to=8, final=False)
    await visitor.reads("Count.")
    await lose(visitor, wire)
    _, history = await restore_with_history(visitor)
    assert history == [("user", "Count.")]


async def test_the_first_connection_is_told_nothing_of_the_conversation_before(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await wire.say("transcript", role="user", item_id="u", text="My name is Ann.", final=True)
    await visitor.click("Stop session")
    await visitor.sees_state("Stopped")
    await visitor.click("Start session")
    assert "history" not in await (await visitor.app.wire()).expect("start")


async def test_nothing_of_the_microphone_is_sent_until_the_agent_hears_again(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await wire.frame()
    await lose(visitor, wire)
    wire = await visitor.app.wire()
    await wire.expect("start")
    await wire.play("greeting", bytes(24_000))
    assert (await wire.expect("played"))["frames_before"] == 0
    await wire.status("ready")
    await wire.frame()


async def test_who_was_muted_stays_muted(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await visitor.click("Mute")
    await wire.expect("mute")
    await lose(visitor, wire)
    wire = await restore(visitor, "Muted")
    assert (await wire.expect("mute"))["muted"] is True
    await wire.play("answer", bytes(24_000))
    assert (await wire.expect("played"))["frames_before"] == 0


async def test_what_had_come_of_an_answer_is_heard_to_its_end(visit: Visit) -> None:
    visitor = await visit(tap=True)
    wire = await visitor.start()
    await wire.status("assistant_speaking")
    await wire.play("answer", sound(1.0, 60).tobytes())
    await lose(visitor, wire)
    wire = await restore(visitor)
    assert (await wire.expect("played"))["audio_end_ms"] == 1000


async def test_after_a_quarter_of_a_minute_the_page_gives_up(visit: Visit) -> None:
    visitor = await visit(init=WATCH_DEVICES)
    await visitor.page.clock.install()
    await visitor.page.reload()
    wire = await visitor.start()
    state = visitor.page.locator("#state")
    tries = 0
    while await state.text_content() != "Problem":
        await wire.hang_up()
        next_try = asyncio.create_task(visitor.app.wire())
        while not next_try.done() and await state.text_content() != "Problem":
            await visitor.page.clock.run_for(500)
        if next_try.done():
            wire, tries = next_try.result(), tries + 1
        next_try.cancel()
    assert tries > 1
    await visitor.reads("The connection to the server was lost. Check your network")
    await visitor.screenshot("problem-connection-lost")
    await visitor.released_everything()


async def test_who_stops_while_it_is_tried_again_is_let_go(visit: Visit) -> None:
    visitor = await visit(init=WATCH_DEVICES)
    wire = await visitor.start()
    await lose(visitor, wire)
    await visitor.click("Stop session")
    await visitor.sees_state("Stopped")
    await visitor.released_everything()
    await visitor.start()


@pytest.mark.parametrize(("state", "code"), [("stopped", "draining"), ("error", "service_lost")])
async def test_an_end_that_another_try_may_mend_is_tried_again(visit: Visit, state: str, code: str) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await wire.say("status", state=state, message="It ended.", connected=False, last_error=None, code=code)
    await visitor.sees_state("Reconnecting")
    await restore(visitor)


async def test_what_was_changed_while_it_ran_is_asked_for_again(visit: Visit) -> None:
    visitor = await visit()
    await visitor.page.evaluate(
        """async () => {
            const { Session } = await import("/static/talk/session.js");
            window.session = new Session(new Proxy({}, { get: () => () => {} }));
            await session.start({ voice: "first" });
        }"""
    )
    wire = await visitor.app.wire()
    assert (await wire.expect("start"))["voice"] == "first"
    await wire.status("ready")
    await wire.frame()
    await visitor.page.evaluate(
        """() => {
            session.change({ voice: "second", speech_rate: 1.2 });
            session.wantEvents(true);
        }"""
    )
    await wire.hang_up()
    again = await (await visitor.app.wire()).expect("start")
    assert (again["voice"], again["speech_rate"], again["events"]) == ("second", 1.2, True)


async def test_a_first_connection_that_never_becomes_ready_is_given_up(visit: Visit) -> None:
    visitor = await visit(init=WATCH_DEVICES)
    await visitor.page.clock.install()
    await visitor.page.reload()
    await visitor.click("Start session")
    wire = await visitor.app.wire()
    await wire.expect("start")
    await goes_on_until_a_problem(visitor, wire)
    await visitor.reads("The connection to the server was lost.")
    await visitor.released_everything()
    await visitor.start()


async def goes_on_until_a_problem(visitor: Visitor, wire: Wire, *, at_most_ms: int = 90_000) -> None:
    """Let the page's clock go, its server saying again and again that it begins."""
    state = visitor.page.locator("#state")
    for _ in range(at_most_ms // 1000):
        if await state.text_content() == "Problem":
            return
        await wire.status("starting")
        await visitor.page.clock.run_for(1000)
    pytest.fail("The page waits for ever.")
