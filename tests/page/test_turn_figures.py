"""What a turn's figures mean, and how the protocol's events are kept: without a page's panels."""

from typing import Any

from tests.page.conftest import Visit

TURNS = """
    const { Turns, percentile, scaleEnd } = await import("/static/insight/turns.js");
    const turns = new Turns();
    const answer = (turn, item_id, first_sound_ms = null) =>
        turns.answered({ turn, item_id, transcript_ms: 100, first_text_ms: null, first_sound_ms });
"""

EVENTS = """
    const { EventStore, MAX_ENTRIES, asJson, matches } = await import("/static/insight/events.js");
    const store = new EventStore();
    const add = (direction, at_ms, event) => store.add({ direction, at_ms, event });
    const sound = (at_ms, item_id) => add("received", at_ms, {
        type: "response.audio.delta", item_id, delta: { audio_bytes: 4800 } });
"""


async def evaluate(visit: Visit, script: str) -> Any:
    visitor = await visit()
    return await visitor.page.evaluate(f"async () => {{ {script} }}")


async def test_an_interruption_belongs_to_its_answers_turn_whichever_is_told_first(visit: Visit) -> None:
    interruptions = await evaluate(
        visit,
        f"""{TURNS}
        turns.stopOrdered("speech", 240, 1000); turns.cutOff("early", 700, 1012);
        answer(1, "early"); answer(2, "late"); answer(3, "whole");
        turns.stopOrdered("button", null, 5000); turns.cutOff("late", 900, 5008);
        return turns.all.map(({{ interruption }}) => interruption);""",
    )
    assert interruptions == [
        {"because": "speech", "orderMs": 240, "pageMs": 12, "heardMs": 700},
        {"because": "button", "orderMs": None, "pageMs": 8, "heardMs": 900},
        None,
    ]


async def test_the_apps_order_after_a_click_is_the_same_stop(visit: Visit) -> None:
    interruption = await evaluate(
        visit,
        f"""{TURNS}
        turns.stopOrdered("button", null, 1000);
        turns.stopOrdered("button", null, 1010);
        turns.cutOff("answer", 300, 1015);
        answer(1, "answer");
        return turns.all[0].interruption;""",
    )
    assert interruption["pageMs"] == 15


async def test_old_turns_are_forgotten(visit: Visit) -> None:
    numbers = await evaluate(
        visit,
        f"""{TURNS} for (let n = 1; n <= 250; n++) answer(n, `a${{n}}`);
        return turns.all.map(({{ number }}) => number);""",
    )
    assert numbers == list(range(51, 251))


async def test_percentiles_are_the_nearest_ranks(visit: Visit) -> None:
    assert await evaluate(
        visit,
        f"""{TURNS} const figures = Array.from({{ length: 20 }}, (_, n) => 2000 - n * 100);
        const of = [[figures, 50], [figures, 95], [[7], 95], [[], 50]];
        return of.map(([all, percent]) => percentile(all, percent));""",
    ) == [1000, 1900, 7, None]


async def test_a_scale_ends_at_a_round_figure(visit: Visit) -> None:
    assert await evaluate(
        visit, f"""{TURNS} return [0, 1, 730, 1000, 1001, 2300, 5001].map(scaleEnd);"""
    ) == [1, 1, 1000, 1000, 2000, 5000, 10_000]


async def test_frames_that_are_missing_are_counted_but_not_in_a_pause(visit: Visit) -> None:
    assert (
        await evaluate(
            visit,
            """const { LiveFigures } = await import("/static/insight/live-figures.js");
            const figures = new LiveFigures(20);
            for (const ms of [1000, 1021, 1039, 1060, 1140]) figures.frame(ms);  // 3 are missing
            figures.paused();
            for (const ms of [9000, 9020]) figures.frame(ms);
            return figures.droppedFrames;""",
        )
        == 3
    )


async def test_the_round_trip_is_the_middle_of_the_last_five(visit: Visit) -> None:
    assert (
        await evaluate(
            visit,
            """const { LiveFigures } = await import("/static/insight/live-figures.js");
            const figures = new LiveFigures(20);
            for (const ms of [500, 600, 700, 30, 900, 20, 40, 10]) figures.roundTrip(ms);
            return figures.roundTripMs;""",
        )
        == 30
    )


async def test_a_second_of_sound_is_one_entry(visit: Visit) -> None:
    entries = await evaluate(
        visit,
        f"""{EVENTS}
        for (let n = 0; n < 40; n++) {{
            sound(n * 50, "a");
            add("sent", n * 50 + 20, {{ type: "input_audio_buffer.append", audio: {{ audio_bytes: 960 }} }});
        }}
        sound(1990, "b");
        return store.entries.map((entry) => [entry.type, entry.atMs, entry.count, entry.audioBytes]);""",
    )
    delta, append = "response.audio.delta", "input_audio_buffer.append"
    assert entries == [
        [delta, 0, 20, 96_000],
        [append, 20, 20, 19_200],
        [delta, 1000, 20, 96_000],
        [append, 1020, 20, 19_200],
        [delta, 1990, 1, 4800],
    ]


async def test_only_the_newest_events_are_kept(visit: Visit) -> None:
    first, count = await evaluate(
        visit,
        f"""{EVENTS} for (let n = 0; n < 700; n++) add("sent", n, {{ type: "session.update" }});
        return [store.entries[0].atMs, store.entries.length];""",
    )
    assert (first, count) == (200, 500)


async def test_a_filter_wants_all_words_and_the_direction(visit: Visit) -> None:
    found = await evaluate(
        visit,
        f"""{EVENTS}
        add("sent", 0, {{ type: "session.update", session: {{ voice: "Ava" }} }});
        add("received", 1, {{ type: "session.updated", session: {{ voice: "Ava" }} }});
        const found = (direction, words) =>
            store.entries.filter((entry) => matches(entry, {{ direction, words }})).map(({{ type }}) => type);
        return [found("", "AVA session"), found("sent", "ava"), found("received", "update nothing"),
            found("", "")];""",
    )
    both = ["session.update", "session.updated"]
    assert found == [both, ["session.update"], [], both]
