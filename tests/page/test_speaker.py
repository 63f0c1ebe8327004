"""The agent's voice is played as it was sent, stops at once, and the page tells what was heard."""

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
