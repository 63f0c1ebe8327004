"""The agent's words appear as they are heard, and what was never heard is shown as such."""

from typing import Any

import pytest
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


CAPTION = """
    const { Caption } = await import("/static/talk/caption.js");
    const caption = new Caption();
    const time = (words) => caption.time(
        Object.entries(words).map(([text, start_ms]) => ({ text: text.trim(), start_ms, end_ms: start_ms })));
    const heardAt = (ms) => { caption.played(ms); return caption.heard; };
"""


@pytest.mark.parametrize(
    ("script", "heard"),
    [
        pytest.param(
            """caption.add("It costs $5 today."); caption.arrived(3000);
            time({ it: 0, costs: 300, five: 600, dollars: 900, today: 1200 });
            return [heardAt(650), heardAt(1300)];""",
            ["It costs", "It costs $5 today."],
            id="what is written otherwise than spoken comes with the next word",
        ),
        pytest.param(
            """caption.add("the cat and"); caption.arrived(3000);
            time({ the: 0, cat: 300, and: 600, " the": 900, dog: 1200 });
            const before = heardAt(1000); caption.add(" the dog");
            return [before, heardAt(1000), heardAt(1300)];""",
            ["the cat and", "the cat and the", "the cat and the dog"],
            id="words may be told before their text",
        ),
        pytest.param(
            """caption.add("A cat at a table"); caption.arrived(3000);
            time({ a: 0, cat: 300, at: 600, " a": 900 });
            return [heardAt(50), heardAt(350), heardAt(650), heardAt(950)];""",
            ["A", "A cat", "A cat at", "A cat at a"],
            id="a short word is not found within a longer one",
        ),
        pytest.param(
            """caption.add("你好,世界。"); caption.arrived(3000); time({ 你好: 0, 世界: 500 });
            return [heardAt(50), heardAt(550)];""",
            ["你好,", "你好,世界。"],
            id="words need no spaces between them",
        ),
        pytest.param(
            """caption.add("Yes, sure"); caption.arrived(1000); time({ Yes: 100, sure: 700 });
            return [heardAt(50), heardAt(150), heardAt(120)];""",
            ["", "Yes,", "Yes,"],
            id="what was shown is not taken back",
        ),
        pytest.param(
            """caption.add("One two three"); caption.arrived(1000);
            time({ One: 0, two: 300, three: 600 });
            caption.cutOff(400); caption.finish("One two three four"); caption.played(1000);
            return [caption.heard, caption.unheard, caption.isComplete];""",
            ["One two", " three four", True],
            id="nothing is heard after the cut",
        ),
        pytest.param(
            """const stoppedAt = (ms) => {
                const one = new Caption();
                one.arrived(2000); one.time([{ text: "Yes", start_ms: 0, end_ms: 500 }]); one.finish("Yes.");
                one.cutOff(ms);
                return one.isHeardWhole;
            };
            caption.add("Yes."); caption.arrived(2000); time({ Yes: 0 }); caption.cutOff(900);
            return [stoppedAt(400), stoppedAt(600), caption.isHeardWhole];""",
            [False, True, False],
            id="it is heard whole with the end of its last word, if it has no more text",
        ),
    ],
)
async def test_a_caption(visit: Visit, script: str, heard: list[object]) -> None:
    visitor = await visit()
    assert await visitor.page.evaluate(f"async () => {{ {CAPTION} {script} }}") == heard
