"""The agent's words appear as they are heard, and what was never heard is shown as such."""

from typing import Any

from playwright.async_api import expect

from tests.page.conftest import Visit, Visitor
from tests.page.test_conversation import entries
from tests.page.test_speaker import RATE_HZ, recording_with, sound

STORY = "One, two: three four."
WORDS = [
    {"text": "One", "start_ms": 0, "end_ms": 400},
    {"text": "two", "start_ms": 800, "end_ms": 1200},
    {"text": "three", "start_ms": 1600, "end_ms": 2000},
    {"text": "four", "start_ms": 2400, "end_ms": 2800},
]

WATCH_WORDS = """() => {
    const words = document.querySelector("[data-role=assistant] .entry-words");
    window.seen = [];
    const note = () => seen.push(words.textContent);
    new MutationObserver(note).observe(words, { childList: true, subtree: true });
}"""


async def speak(visitor: Visitor, wire: Any, *, words: list[dict[str, object]] | None) -> None:
    """Send an answer's text, its word times and 3.2 s of its sound, all at once."""
    await wire.status("assistant_speaking")
    await wire.say("transcript", role="assistant", item_id="a", text=STORY, final=False)
    await expect(entries(visitor)).to_have_text(["Agent"])
    await visitor.page.evaluate(WATCH_WORDS)
    if words:
        await wire.say("words", item_id="a", words=words)
    await wire.play("a", sound(3.2, 40).tobytes())
    await wire.say("transcript", role="assistant", item_id="a", text=STORY, final=True)


async def test_words_appear_one_after_the_other_while_they_are_spoken(visit: Visit) -> None:
    visitor = await visit(tap=True)
    wire = await visitor.start()
    await speak(visitor, wire, words=WORDS)
    await wire.expect("played")
    await expect(entries(visitor)).to_have_text([f"Agent{STORY}"])
    seen = await visitor.page.evaluate("seen")
    assert seen == ["One,", "One, two:", "One, two: three", STORY]


async def test_words_without_times_appear_at_the_pace_of_the_sound(visit: Visit) -> None:
    visitor = await visit(tap=True)
    wire = await visitor.start()
    await speak(visitor, wire, words=None)
    await wire.expect("played")
    await expect(entries(visitor)).to_have_text([f"Agent{STORY}"])
    seen = await visitor.page.evaluate("seen")
    assert [STORY.startswith(words) for words in seen] == [True] * len(seen)
    assert len(seen) == len(STORY.split())


async def test_words_that_are_told_after_their_sound_still_appear(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await wire.play("a", sound(0.5, 41).tobytes())
    await wire.say("words", item_id="a", words=WORDS[:1])
    await wire.expect("played")
    await wire.say("transcript", role="assistant", item_id="a", text="One", final=False)
    await expect(entries(visitor)).to_have_text(["AgentOne"])


async def test_an_answer_without_sound_is_shown_when_it_is_whole(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await wire.say("transcript", role="assistant", item_id="a", text="All", final=False)
    await wire.say("transcript", role="assistant", item_id="a", text="All of it.", final=True)
    await expect(entries(visitor)).to_have_text(["AgentAll of it."])


async def test_what_an_interruption_cut_off_is_struck_out_and_named_for_screen_readers(visit: Visit) -> None:
    visitor = await visit(tap=True)
    wire = await visitor.start()
    await speak(visitor, wire, words=WORDS)
    await recording_with(visitor, RATE_HZ)
    await visitor.click("Stop speaking")
    await wire.expect("interrupt")
    await wire.expect("played")
    entry = entries(visitor)
    await expect(entry.locator("s")).to_have_text("three four.")
    await expect(entry).to_contain_text("One, two: not heard: three four.")
    await visitor.screenshot("captions-cut-off")


async def test_an_answer_of_which_only_silence_was_cut_off_is_not_marked(visit: Visit) -> None:
    visitor = await visit(tap=True)
    wire = await visitor.start()
    await wire.status("assistant_speaking")
    await wire.say("words", item_id="a", words=WORDS[:1])
    await wire.say("transcript", role="assistant", item_id="a", text="One.", final=True)
    await wire.play("a", sound(4, 42).tobytes())
    await recording_with(visitor, RATE_HZ)
    await visitor.click("Stop speaking")
    await wire.expect("interrupt")
    assert (await wire.expect("played"))["audio_end_ms"] < 3900
    await expect(entries(visitor)).to_have_text(["AgentOne."])
    await expect(visitor.page.locator(".cut-off, .is-cut-off")).to_have_count(0)


async def test_a_screen_reader_waits_until_the_answer_was_heard(visit: Visit) -> None:
    visitor = await visit(tap=True)
    wire = await visitor.start()
    await speak(visitor, wire, words=WORDS)
    await recording_with(visitor, RATE_HZ // 2)
    await expect(entries(visitor)).to_have_attribute("aria-busy", "true")
    await wire.expect("played")
    await expect(entries(visitor)).not_to_have_attribute("aria-busy", "true")
