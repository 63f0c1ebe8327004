"""Turns so long that they are recognised while they go on."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from openvoicelive.errors import EngineError
from openvoicelive.service.hearing.recognition_queue import STRETCH_SAMPLES
from openvoicelive.service.hearing.turn_follower import FEED_AHEAD_MS
from openvoicelive.service.lanes import LIMITS
from tests.service.in_process_client import connected, conversation
from tests.service.scripted_engines import ScriptedEngines, scripted, silence, tone
from tests.service.virtual_time import InlineExecutor, Parameters, Result

LONG_MS = 45_000
STRETCH_MS = STRETCH_SAMPLES // 16
STOPPED = "input_audio_buffer.speech_stopped"
COMPLETED = "conversation.item.input_audio_transcription.completed"
FAILED = "conversation.item.input_audio_transcription.failed"


class OneAtATime(InlineExecutor):
    """A thread: each job begins when the one before has ended."""

    def __init__(self, job_s: float) -> None:
        super().__init__()
        self._job_s = job_s
        self._free_at_s = 0.0
        self.began = asyncio.Event()

    def submit(
        self, work: Callable[Parameters, Result], /, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Future[Result]:
        self.began.set()
        now_s = asyncio.get_running_loop().time()
        self._free_at_s = max(self._free_at_s, now_s) + self._job_s
        self._delay_s = self._free_at_s - now_s
        return super().submit(work, *args, **kwargs)


def heard_ms(engines: ScriptedEngines) -> float:
    return engines.recognizer.utterances[0].heard_ms


async def test_a_long_turn_is_heard_while_it_goes_on_and_its_words_are_asked_for_once() -> None:
    engines = scripted(["a long story"], ["I see."])
    async with conversation(engines) as client:
        await client.play(tone(LONG_MS))
        assert heard_ms(engines) > LONG_MS - FEED_AHEAD_MS - 100
        assert engines.recognizer.asked == 0
        await client.play(silence(640))
        await client.until("response.done")
        assert client.transcript() == "I see."


async def test_a_long_turn_with_pauses_is_heard_once() -> None:
    engines = scripted(["once", "once upon", "once upon a time"], ["Go on.", "Go on.", "I see."])
    async with conversation(engines) as client:
        for _ in range(2):
            await client.speak(9_000, 350)
        await client.speak(9_000)
        stopped = await client.until(STOPPED)
        completed = await client.until(COMPLETED)
        assert completed["transcript"] == "once upon a time"
        await client.until("response.done")
        spoken_ms = (
            stopped["audio_end_ms"] - client.of("input_audio_buffer.speech_started")[0]["audio_start_ms"]
        )
        assert spoken_ms - 400 < heard_ms(engines) <= spoken_ms
        assert len(engines.recognizer.utterances) == 1


async def test_a_short_turn_is_not_heard_ahead() -> None:
    ahead = InlineExecutor()
    async with conversation(scripted(["hello"], ["Hello."], ahead_executor=ahead)) as client:
        await client.speak(FEED_AHEAD_MS - 400)
        await client.until("response.done")
        assert ahead.submitted == 0


async def test_who_waits_for_words_never_stands_behind_one_who_is_heard_ahead() -> None:
    ahead = InlineExecutor()
    ahead.is_stuck = True
    engines = scripted(["what time is it"], ahead_executor=ahead)
    long, short = await connected(engines, 2)
    await long.play(tone(5_000))
    assert ahead.submitted == 1
    await short.speak()
    await short.until(COMPLETED)
    assert short.times_of(COMPLETED) == short.times_of(STOPPED)
    await long.disconnect()
    await short.disconnect()


async def test_while_another_is_heard_ahead_a_long_turn_loses_nothing() -> None:
    ahead = InlineExecutor()
    ahead.is_stuck = True
    engines = scripted(["a long story"], ahead_executor=ahead)
    stuck, client = await connected(engines, 2)
    await stuck.play(tone(3_000))
    await client.speak(LONG_MS)
    assert (await client.until(COMPLETED))["transcript"] == "a long story"
    assert ahead.submitted == 1
    assert engines.recognizer.utterances[-1].heard_ms > LONG_MS
    await stuck.disconnect()
    await client.disconnect()


async def test_minutes_that_come_at_once_are_heard_in_stretches() -> None:
    engines = scripted(["a long story"])
    (client,) = await connected(engines, 1)
    await client.update(turn_detection=None)
    for _ in range(12):
        client.append(tone(10_000))
    client.send("input_audio_buffer.commit")
    await client.until(COMPLETED)
    assert heard_ms(engines) == pytest.approx(120_000, abs=5)
    assert engines.recognizer.utterances[0].longest_ms <= STRETCH_MS
    await client.disconnect()


async def test_other_sessions_have_their_turn_between_the_stretches_of_a_long_one() -> None:
    # One job at a time, each of a second.
    executor = OneAtATime(1.0)
    engines = scripted(["a short one", "a long story"], recognition_executor=executor)
    long, short = await connected(engines, 2)
    for client in long, short:
        await client.update(turn_detection=None)
    for _ in range(12):
        long.append(tone(10_000))
    long.send("input_audio_buffer.commit")
    await executor.began.wait()
    short.append(tone(500))
    short.send("input_audio_buffer.commit")
    assert (await short.until(COMPLETED))["transcript"] == "a short one"
    assert not long.of(COMPLETED)
    assert (await long.until(COMPLETED))["transcript"] == "a long story"
    await long.disconnect()
    await short.disconnect()


@pytest.mark.parametrize("error", [EngineError("It broke."), RuntimeError("secret")])
async def test_an_engine_that_fails_while_it_hears_ahead_is_reported_when_the_turn_ends(
    error: Exception,
) -> None:
    engines = scripted(["hello"])
    (client,) = await connected(engines, 1)
    engines.recognizer.fails_to_hear = error
    await client.speak(5_000)
    failed = await client.until(FAILED)
    assert "secret" not in failed["error"]["message"]
    assert not client.of(COMPLETED)
    engines.recognizer.fails_to_hear = None
    await client.speak()
    assert (await client.until(COMPLETED))["transcript"] == "hello"
    await client.disconnect()


async def test_an_engine_that_cannot_begin_yet_is_asked_again() -> None:
    engines = scripted(["a long story"])
    (client,) = await connected(engines, 1)
    engines.recognizer.fails_to_start = EngineError("Too many speak at once.")
    await client.play(tone(5_000))
    engines.recognizer.fails_to_start = None
    await client.speak()
    await client.until(COMPLETED)
    assert heard_ms(engines) > 5_000
    await client.disconnect()


async def test_an_engine_that_hangs_while_it_hears_ahead_fails_the_turn_at_the_deadline() -> None:
    ahead = InlineExecutor()
    ahead.is_stuck = True
    (client,) = await connected(scripted(ahead_executor=ahead), 1)
    await client.speak(3_000)
    assert (await client.until(FAILED))["error"]["code"] == "recognition_timeout"
    assert client.times_of(FAILED)[0] - client.times_of(STOPPED)[0] <= LIMITS["recognition"].deadline_s
    await client.disconnect()


async def test_a_session_may_end_while_it_is_heard_ahead() -> None:
    ahead = InlineExecutor()
    ahead.is_stuck = True
    async with conversation(scripted(ahead_executor=ahead)) as client:
        await client.play(tone(2_500))
        assert ahead.submitted == 1
