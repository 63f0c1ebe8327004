"""The agent's voice is played as it was sent, stops at once, and the page tells what was heard."""

from typing import Any

import numpy as np
import numpy.typing as npt

from tests.browser import Recording, played_pcm
from tests.page.conftest import Visit, Visitor

RATE_HZ = 24_000
QUANTUM = 128


def sound(seconds: float, seed: int) -> npt.NDArray[np.int16]:
    """Noise that is nowhere zero and nowhere like another noise, so that each sample can be recognised."""
    noise = np.random.default_rng(seed).integers(1, 8_000, round(seconds * RATE_HZ), endpoint=True)
    return noise.astype("<i2")


async def recording_with(visitor: Visitor, samples: int) -> Recording:
    """Wait until the page has played so many samples that are not silence."""
    while True:
        recording = await played_pcm(visitor.page)
        if np.count_nonzero(recording.pcm) >= samples:
            return recording


async def test_an_answer_is_played_sample_by_sample(visit: Visit) -> None:
    visitor = await visit(tap=True)
    wire = await visitor.start()
    answer = sound(1.5, 1)
    await wire.play("answer", answer.tobytes())
    assert (await wire.expect("played"))["audio_end_ms"] == 1500
    recording = await played_pcm(visitor.page)
    assert recording.rate_hz == RATE_HZ
    np.testing.assert_array_equal(recording.sound(), answer)


async def test_an_answer_shorter_than_the_pre_roll_is_played(visit: Visit) -> None:
    visitor = await visit(tap=True)
    wire = await visitor.start()
    answer = sound(0.03, 2)
    await wire.play("answer", answer.tobytes())
    assert (await wire.expect("played"))["audio_end_ms"] == 30
    np.testing.assert_array_equal((await played_pcm(visitor.page)).sound(), answer)


async def test_two_answers_follow_each_other_and_are_counted_apart(visit: Visit) -> None:
    visitor = await visit(tap=True)
    wire = await visitor.start()
    first, second = sound(0.4, 3), sound(0.7, 4)
    await wire.play("first", first.tobytes())
    await wire.play("second", second.tobytes())
    told = [await wire.expect("played") for _ in range(2)]
    assert [(played["item_id"], played["audio_end_ms"]) for played in told] == [
        ("first", 400),
        ("second", 700),
    ]
    np.testing.assert_array_equal((await played_pcm(visitor.page)).sound(), np.concatenate([first, second]))


async def test_an_answer_that_goes_on_after_running_dry_is_told_again(visit: Visit) -> None:
    visitor = await visit(tap=True)
    wire = await visitor.start()
    first, rest = sound(0.2, 5), sound(0.3, 6)
    await wire.play("answer", first.tobytes())
    assert (await wire.expect("played"))["audio_end_ms"] == 200
    await wire.send_sound(rest.tobytes())
    assert (await wire.expect("played"))["audio_end_ms"] == 500
    heard = (await played_pcm(visitor.page)).pcm
    np.testing.assert_array_equal(heard[heard != 0], np.concatenate([first, rest]))
    await visitor.page.get_by_text("Log", exact=True).click()
    await visitor.reads("The sound came too late and paused for a moment.")


async def test_stop_playback_is_silence_within_a_few_quanta(visit: Visit) -> None:
    visitor = await visit(tap=True)
    wire = await visitor.start()
    answer, late, following = sound(4, 7), sound(1, 8), sound(0.5, 9)
    await wire.play("answer", answer.tobytes())
    await recording_with(visitor, RATE_HZ // 2)
    await wire.say("control", action="stop_playback")
    await wire.send_sound(late.tobytes())
    played = await wire.expect("played")
    await wire.play("following", following.tobytes())
    assert (await wire.expect("played"))["item_id"] == "following"

    recording = await played_pcm(visitor.page)
    np.testing.assert_array_equal(recording.sound()[-len(following) :], following)
    heard = np.trim_zeros(recording.sound()[: -len(following)])
    np.testing.assert_array_equal(heard[:-QUANTUM], answer[: len(heard) - QUANTUM])
    assert played["item_id"] == "answer"
    assert abs(played["audio_end_ms"] * RATE_HZ // 1000 - len(heard)) <= QUANTUM
    stop_came_at = next(at for at, text in recording.messages if "stop_playback" in text)
    assert np.flatnonzero(recording.pcm)[0] + len(heard) - stop_came_at < 16 * QUANTUM


async def test_an_answer_that_was_not_yet_heard_is_told_as_such(visit: Visit) -> None:
    visitor = await visit(tap=True)
    wire = await visitor.start()
    await wire.play("first", sound(4, 10).tobytes())
    await wire.play("second", sound(1, 11).tobytes())
    await recording_with(visitor, RATE_HZ // 4)
    await wire.say("control", action="stop_playback")
    assert (await wire.expect("played"))["item_id"] == "first"
    second = await wire.expect("played")
    assert (second["item_id"], second["audio_end_ms"]) == ("second", 0)


async def test_an_answer_that_is_stopped_while_dry_is_told_once_more(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await wire.play("answer", sound(0.2, 12).tobytes())
    assert (await wire.expect("played"))["audio_end_ms"] == 200
    await wire.say("control", action="stop_playback")
    assert (await wire.expect("played"))["audio_end_ms"] == 200


BUFFER = """
    const { PlaybackBuffer } = await import("/static/sound/playback-buffer.js");
    const { Preroll } = await import("/static/sound/preroll.js");
    const told = [];
    const buffer = new PlaybackBuffer(4096, new Preroll(1024, 3072), {
        played: (itemId, played, dropped) => told.push(["played", itemId, played, dropped]),
        gap: (itemId) => told.push(["gap", itemId]),
        overflow: (itemId) => told.push(["overflow", itemId]),
    });
    const write = (samples) => buffer.write(new Int16Array(samples).fill(16384));
    const read = (quanta) => Array.from({ length: quanta }, () => {
        const output = new Float32Array(128);
        buffer.read(output);
        return Array.from(output);
    }).flat();
"""
"""A buffer of 4096 samples, a pre-roll of 1024 to 3072, and no audio thread: what it does, step by step."""


async def run_buffer(visit: Visit, script: str) -> list[Any]:
    visitor = await visit()
    result: list[Any] = await visitor.page.evaluate(f"async () => {{ {BUFFER} {script} }}")
    return result


async def test_playback_begins_when_the_pre_roll_is_there_besides_the_newest_piece(visit: Visit) -> None:
    before, after = await run_buffer(
        visit,
        """buffer.begin("answer");
        for (let piece = 0; piece < 4; piece++) write(256);
        const before = read(1); write(256); return [before, read(1)];""",
    )
    assert set(before) == {0}
    assert set(after) == {0.5}


async def test_playback_begins_after_the_pre_rolls_time_with_what_is_there(visit: Visit) -> None:
    waiting, playing, told = await run_buffer(
        visit, """buffer.begin("answer"); write(128); return [read(8), read(1), told];"""
    )
    assert set(waiting) == {0}
    assert set(playing) == {0.5}
    assert told == [["played", "answer", 128, 0]]


async def test_a_stop_fades_within_one_quantum(visit: Visit) -> None:
    faded, silent, told = await run_buffer(
        visit,
        """buffer.begin("answer"); write(2048); read(2); buffer.stop();
        return [read(1), read(8), told];""",
    )
    assert faded == sorted(faded, reverse=True)
    assert 0 < faded[0] < 0.5
    assert faded[-1] == 0
    assert set(silent) == {0}
    assert told == [["played", "answer", 3 * QUANTUM, 2048 - 3 * QUANTUM]]


async def test_an_answer_that_begins_at_once_after_a_stop_is_played_after_the_fade(visit: Visit) -> None:
    fade, following, told = await run_buffer(
        visit,
        """buffer.begin("answer"); write(2048); read(2); buffer.stop();
        buffer.begin("following"); write(4096);
        return [read(1), read(32), told];""",
    )
    assert fade[-1] == 0
    assert following == [0.5] * 4096
    assert told[-1] == ["played", "following", 4096, 0]


async def test_an_answer_that_ended_is_not_told_again_when_the_next_begins(visit: Visit) -> None:
    told, told_of_both = await run_buffer(
        visit,
        """buffer.begin("first"); write(128); read(9); const before = [...told];
        buffer.begin("second"); write(256); read(10); return [before, told];""",
    )
    assert told == [["played", "first", 128, 0]]
    assert told_of_both == [["played", "first", 128, 0], ["played", "second", 256, 0]]


async def test_the_buffer_wraps_without_a_seam(visit: Visit) -> None:
    heard, told = await run_buffer(
        visit,
        """buffer.begin("answer");
        const heard = [];
        const ramp = (from) => Int16Array.from({ length: 1280 }, (_, n) => from + n + 1);
        buffer.write(ramp(0));
        for (let round = 1; round < 10; round++) {
            buffer.write(ramp(round * 1280));
            heard.push(...read(10).map((sample) => sample * 32768));
        }
        heard.push(...read(10).map((sample) => sample * 32768));
        return [heard, told];""",
    )
    assert heard == list(range(1, 12_801))
    assert [played for _, _, played, _ in (line for line in told if line[0] == "played")][-1] == 12_800


async def test_what_does_not_fit_is_dropped_and_told(visit: Visit) -> None:
    told, heard = await run_buffer(
        visit, """buffer.begin("answer"); write(4000); write(200); return [told, read(40)];"""
    )
    assert told[0] == ["overflow", "answer"]
    assert told[-1] == ["played", "answer", 4096, 0]
    assert np.count_nonzero(heard) == 4096


UNEVEN_LINE = """
    const { PlaybackBuffer } = await import("/static/sound/playback-buffer.js");
    const { Preroll } = await import("/static/sound/preroll.js");
    const preroll = new Preroll(2400, 7200);
    preroll.expect(expected);
    let gaps = 0;
    const count = () => { gaps++; };
    const buffer = new PlaybackBuffer(480_000, preroll, { played() {}, overflow() {}, gap: count });
    let seed = 7;
    const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;

    /** Five seconds that are sent at the pace at which they are spoken, in pieces of 40 ms. */
    function answer(name, jitterSamples) {
        let due = 0;
        const arrivals = Array.from({ length: 125 }, (_, piece) => {
            due = Math.max(due, piece * 960 + random() * jitterSamples);
            return due;
        });
        buffer.begin(name);
        const output = new Float32Array(128);
        for (let now = 0; now < 150_000; now += 128) {
            while (arrivals[0] <= now) { arrivals.shift(); buffer.write(new Int16Array(960).fill(1)); }
            buffer.read(output);
        }
        const counted = gaps;
        gaps = 0;
        return counted;
    }
"""
"""A line of this jitter, and a buffer that a line is expected to need so much for; no audio thread."""


async def run_uneven_line(visit: Visit, script: str, expected: int = 0) -> Any:
    visitor = await visit()
    return await visitor.page.evaluate(f"async (expected) => {{ {UNEVEN_LINE} {script} }}", expected)


async def test_forty_milliseconds_of_jitter_are_not_heard(visit: Visit) -> None:
    script = "return [[...Array(20).keys()].map((n) => answer(`${n}`, 960)), preroll.samples];"
    gaps, preroll = await run_uneven_line(visit, script)
    assert sum(gaps) == 0
    assert preroll < 3_600, "nobody waits longer than it needs"


async def test_a_piece_that_comes_late_by_the_pre_roll_is_not_heard(visit: Visit) -> None:
    gaps = await run_uneven_line(
        visit,
        """buffer.begin("answer");
        for (let now = 0, piece = 0; now < 48_000; now += 128) {
            const late = piece === 5 ? 2_200 : 0;
            for (; piece < 50 && piece * 960 + late <= now; piece++) buffer.write(new Int16Array(960));
            buffer.read(new Float32Array(128));
        }
        return gaps;""",
    )
    assert gaps == 0


async def test_a_jitter_that_round_trips_have_shown_is_not_heard(visit: Visit) -> None:
    script = "return [...Array(20).keys()].map((n) => answer(`${n}`, 3600));"
    assert sum(await run_uneven_line(visit, script, expected=3_600)) == 0


async def test_a_jitter_that_nothing_has_shown_is_learned_from_one_answer(visit: Visit) -> None:
    script = "return [...Array(20).keys()].map((n) => answer(`${n}`, 3600));"
    first, *others = await run_uneven_line(visit, script)
    assert first > 0
    assert sum(others) == 0


async def test_on_a_line_that_has_become_even_the_pre_roll_is_given_back(visit: Visit) -> None:
    grown, given_back = await run_uneven_line(
        visit,
        """answer("uneven", 3600); const grown = preroll.samples;
        for (let n = 0; n < 40; n++) answer(`${n}`, 0);
        return [grown, preroll.samples];""",
    )
    assert grown > 4_000
    assert given_back < 3_000


async def test_an_answer_that_pauses_does_not_make_the_next_ones_late(visit: Visit) -> None:
    preroll = await run_uneven_line(
        visit,
        """buffer.begin("answer");
        const play = (quanta) => { for (; quanta > 0; quanta--) buffer.read(new Float32Array(128)); };
        buffer.write(new Int16Array(9600)); play(300);
        buffer.write(new Int16Array(9600)); play(100);
        return preroll.samples;""",
    )
    assert preroll == 2_400
