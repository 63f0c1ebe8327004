"""What a client is told when an engine is missing, slow or broken; its session always goes on."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any

import numpy as np
import pytest

from openvoicelive.chat import interface as chat
from openvoicelive.errors import EngineError
from openvoicelive.logs import configure_logging
from openvoicelive.service.lanes import LIMITS
from openvoicelive.service.missing_engines import MissingRecognizer, MissingSynthesizer
from openvoicelive.settings import Settings
from tests.conformance.wire_checker import Event
from tests.service.in_process_client import (
    BYTES_PER_MS,
    InProcessClient,
    connected,
    conversation,
    started_service,
)
from tests.service.scripted_engines import (
    ScriptedChatModel,
    ScriptedEngines,
    Wait,
    scripted,
    silence,
    tone,
)
from tests.service.virtual_time import HeldExecutor, InlineExecutor

COMPLETED = "conversation.item.input_audio_transcription.completed"
FAILED = "conversation.item.input_audio_transcription.failed"


async def answer_of(client: InProcessClient) -> str:
    """Show that the session goes on."""
    before = len(client.transcript())
    done = await client.ask("Are you still there?")
    assert done["response"]["status"] == "completed"
    return client.transcript()[before:]


def error_of(done: Event) -> tuple[str, str]:
    assert done["response"]["status"] == "failed"
    error = done["response"]["status_details"]["error"]
    return error["code"], error["message"]


@pytest.fixture
def log() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Return a function that gives the lines of the JSON log from a warning on."""
    stream = io.StringIO()
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logging.getLogger("openvoicelive").level)
    configure_logging("json", verbose=False, stream=stream)

    def lines() -> list[dict[str, Any]]:
        written = [json.loads(line) for line in stream.getvalue().splitlines()]
        return [line for line in written if line["level"] != "info"]

    yield lines
    root.handlers[:], root.level = before[:2]
    logging.getLogger("openvoicelive").setLevel(before[2])


# --- the log ---


async def test_an_answer_that_an_engine_fails_is_logged_once_with_its_session_and_not_what_was_said(
    log: Callable[[], list[dict[str, Any]]],
) -> None:
    down = EngineError("The model cannot be reached.", code="model_unreachable")
    down.__cause__ = ValueError("my secret is mandrake")
    async with conversation(scripted([], [[down], "I am back."])) as client:
        await client.ask("my secret is mandrake")
        await answer_of(client)
    (line,) = log()
    assert line["level"] == "warning"
    assert line["message"] == "A reply failed: The model cannot be reached."
    assert (line["code"], line["cause"]) == ("model_unreachable", "ValueError")
    assert line["session"] == client.of("session.created")[0]["session"]["id"]
    assert "mandrake" not in str(line)


async def test_a_turn_that_is_not_recognised_is_logged_once(log: Callable[[], list[dict[str, Any]]]) -> None:
    engines = scripted([EngineError("Speech recognition failed.", code="engine_error")])
    async with conversation(engines) as client:
        await client.speak()
        await client.until(FAILED)
    (line,) = log()
    assert line["message"] == "A turn was not transcribed: Speech recognition failed."
    assert line["session"] == client.of("session.created")[0]["session"]["id"]


async def test_what_the_client_chose_and_is_not_here_warns_nobody(
    log: Callable[[], list[dict[str, Any]]],
) -> None:
    engines = scripted([], ["Ciao."])
    engines.synthesizer.fails = EngineError("No voice speaks Klingon.", code="voice_unavailable")
    async with conversation(engines) as client:
        await client.ask("hi")
    assert log() == []


# --- the chat model ---


async def test_a_model_that_cannot_be_reached_fails_the_answer_with_its_code_and_sentence() -> None:
    down = EngineError("The model cannot be reached.", code="model_unreachable")
    async with conversation(scripted([], [[down], "I am back."])) as client:
        assert error_of(await client.ask("hello")) == ("model_unreachable", "The model cannot be reached.")
        assert await answer_of(client) == "I am back."


async def test_a_spoken_turn_that_a_dead_model_should_answer_fails_once() -> None:
    down = EngineError("The model cannot be reached.", code="model_unreachable")
    engines = scripted(["hello"], [[down], "I am back."])
    async with conversation(engines) as client:
        await client.speak()
        assert error_of(await client.until("response.done"))[0] == "model_unreachable"
        assert await answer_of(client) == "I am back."


async def test_a_model_that_dies_in_mid_answer_leaves_what_it_said() -> None:
    died = EngineError("The model stopped.", code="model_died")
    engines = scripted([], [["The answer to your question is, well, ", "hard. ", died], "I am back."])
    async with conversation(engines) as client:
        done = await client.ask("hello")
        assert error_of(done)[0] == "model_died"
        item = done["response"]["output"][0]
        assert item["status"] == "incomplete"
        said = item["content"][0]["transcript"]
        assert said == "The answer to your question is,"
        assert len(client.sound()) == len(said.split()) * engines.synthesizer.word_ms * BYTES_PER_MS
        assert await answer_of(client) == "I am back."


async def test_a_slow_model_can_be_talked_over() -> None:
    engines = scripted(["hello", "hello?"], [[Wait()], "Yes?"])
    async with conversation(engines) as client:
        await client.speak()
        await client.play(silence(5_000))
        await client.speak()
        assert (await client.until("response.done"))["response"]["status"] == "cancelled"
        await client.until("response.done")
        assert client.transcript() == "Yes?"


async def test_an_unexpected_error_of_a_model_is_logged_and_not_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engines = scripted([], [["One ", KeyError("/secret/path")], "I am back."])
    async with conversation(engines) as client:
        assert error_of(await client.ask("hello")) == ("internal_error", "The answer failed.")
        assert await answer_of(client) == "I am back."
    assert [record.exc_info is not None for record in caplog.records] == [True]


class SlowToStop(ScriptedChatModel):
    """Thinks for ever; a stopped thought takes a second to end."""

    async def reply(self, request: chat.ChatRequest) -> AsyncGenerator[chat.ChatDelta, None]:
        try:
            await asyncio.Event().wait()
            yield chat.TextDelta(request.instructions)
        finally:
            await asyncio.sleep(1)


async def test_a_session_may_end_while_a_stopped_answer_is_still_ending(
    caplog: pytest.LogCaptureFixture,
) -> None:
    engines = ScriptedEngines(chat=SlowToStop())
    async with conversation(engines) as client:
        await client.write("hello")
        client.send("response.create")
        await client.until("response.created")
        await asyncio.sleep(1)
        client.send("response.cancel")
        await client.until("response.done")
    assert not caplog.records


# --- the voice ---


async def test_without_a_voice_spoken_answers_fail_and_written_ones_work() -> None:
    engines = scripted([], ["Spoken.", "Written."]).together()
    engines.synthesizer = MissingSynthesizer("There is no voice: install flite.")
    async with conversation(engines) as client:
        assert error_of(await client.ask("hi")) == ("engine_missing", "There is no voice: install flite.")
        done = await client.ask("hi", modalities=["text"])
        assert done["response"]["output"][0]["content"][0]["text"] == "Written."


@pytest.mark.parametrize(
    ("error", "code"),
    [(EngineError("No.", code="voice_broken"), "voice_broken"), (OSError("/lib/x.so"), "internal_error")],
)
async def test_a_voice_that_breaks_fails_the_answer_only(error: Exception, code: str) -> None:
    engines = scripted([], ["One two. Three four.", "I am back."])
    async with conversation(engines) as client:
        engines.synthesizer.fails = error
        told = error_of(await client.ask("hi"))
        assert told[0] == code
        assert "/lib" not in told[1]
        engines.synthesizer.fails = None
        assert await answer_of(client) == "I am back."


# --- recognition ---


async def test_without_a_recogniser_a_turn_is_not_transcribed_and_text_goes_on() -> None:
    scripts = scripted([], ["Written words I understand."])
    engines = scripts.together()
    engines.recognition.recognizer = MissingRecognizer("Nothing here understands speech.")
    async with conversation(engines) as client:
        await client.speak()
        failed = await client.until(FAILED)
        assert failed["error"]["code"] == "engine_missing"
        assert failed["error"]["message"] == "Nothing here understands speech."
        assert await answer_of(client) == "Written words I understand."
        assert len(client.of("response.created")) == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [(EngineError("No.", code="ears_broken"), "ears_broken"), (OSError("/lib/x.so"), "internal_error")],
)
async def test_a_recogniser_that_fails_is_reported_and_the_next_turn_is_understood(
    error: Exception, code: str
) -> None:
    engines = scripted([error, "once more"], ["I heard you."])
    async with conversation(engines) as client:
        await client.speak()
        failed = await client.until(FAILED)
        assert failed["error"]["code"] == code
        assert "/lib" not in failed["error"]["message"]
        await client.speak()
        await client.until("response.done")
        assert client.transcript() == "I heard you."
        transcripts = client.of("conversation.item.input_audio_transcription.completed")
        assert [event["transcript"] for event in transcripts] == ["once more"]


async def test_a_recogniser_that_is_too_slow_is_given_up_and_never_asked_twice_at_once() -> None:
    executor = InlineExecutor()
    engines = scripted(["once more"], ["I heard you."], recognition_executor=executor)
    async with conversation(engines) as client:
        executor.is_stuck = True
        await client.speak()
        ended_s = client.times_of("input_audio_buffer.speech_stopped")[0]
        failed = await client.until(FAILED)
        assert failed["error"]["code"] == "recognition_timeout"
        assert client.times_of(FAILED)[0] - ended_s <= engines.recognition_deadline_s
        assert executor.submitted == 1
        executor.is_stuck = False
        await client.speak()
        await client.until("response.done")
        assert client.transcript() == "I heard you."


async def test_a_turn_that_found_the_recogniser_busy_is_tried_again_with_all_its_sound() -> None:
    executor = InlineExecutor(5.0)
    engines = scripted(["hello"], ["Hello."], recognition_executor=executor)
    together = engines.together()
    async with conversation(together) as client:
        others = scripted().recognizer
        crowd = [
            asyncio.create_task(together.recognition.transcript(others.start(), np.zeros(1, np.float32)))
            for _ in range(LIMITS["recognition"].most_waiting)
        ]
        await client.speak(silence_ms=320)
        for asker in crowd:
            asker.cancel()
        await asyncio.wait(crowd)
        await client.play(silence(320))
        await client.until("response.done")
        assert client.transcript() == "Hello."
        assert engines.recognizer.utterances[0].heard_ms > 640


async def test_what_a_session_that_ended_still_waited_for_is_never_recognised() -> None:
    executor = HeldExecutor()
    engines = scripted(["one", "two", "three"], recognition_executor=executor)
    clients = await connected(engines, LIMITS["recognition"].concurrency + 2, detects_turns=False)
    for client in clients:
        client.append(silence(200))
        client.send("input_audio_buffer.commit")
        await client.until("input_audio_buffer.committed")
    *begun, gone, patient = clients
    await gone.disconnect()
    while executor.held:
        await executor.release()
    for client in *begun, patient:
        assert (await client.until(COMPLETED))["transcript"]
        await client.disconnect()
    heard = [utterance.heard_ms > 0 for utterance in engines.recognizer.utterances]
    assert heard == [True, True, False, True]


async def test_a_turn_that_goes_on_before_its_recognition_begins_is_recognised_once() -> None:
    executor = HeldExecutor()
    engines = scripted(["one", "two", "a whole story"], recognition_executor=executor)
    clients = await connected(engines, LIMITS["recognition"].concurrency + 1)
    *busy, talker = clients
    for client in busy:
        await client.speak()
    for _ in range(3):
        await talker.speak(640, 400)
    await talker.play(silence(300))
    await talker.until("input_audio_buffer.committed")
    while executor.held:
        await executor.release()
    assert (await talker.until(COMPLETED))["transcript"] == "a whole story"
    assert engines.recognizer.utterances[-1].heard_ms > 2 * 1_040
    for client in clients:
        await client.disconnect()


async def test_a_full_recognition_queue_fails_the_turn_and_not_the_session() -> None:
    executor = InlineExecutor()
    executor.is_stuck = True
    engines = scripted([], ["Yes."], recognition_executor=executor)
    service = await started_service(engines, Settings(max_sessions=LIMITS["recognition"].most_waiting + 1))
    clients = [InProcessClient(service) for _ in range(LIMITS["recognition"].most_waiting + 1)]
    for client in clients:
        await client.connect()
        client.append(silence(200))
        client.send("input_audio_buffer.commit")
        await client.until("input_audio_buffer.committed")
    failed = await clients[-1].until(FAILED)
    assert failed["error"]["code"] == "recognition_busy"
    assert await answer_of(clients[-1]) == "Yes."
    assert not any(client.of(FAILED) for client in clients[:-1])
    for client in clients:
        await client.disconnect()


async def test_without_voice_activity_the_client_can_still_commit_by_itself() -> None:
    engines = scripted(["hello"], ["Hello."], voice_activity=None)
    async with conversation(engines) as client:
        await client.speak()
        told = client.of("error")[0]["error"]
        assert (told["type"], told["code"]) == ("server_error", "engine_missing")
        client.send("input_audio_buffer.commit")
        client.send("response.create")
        await client.until("response.done")
        assert client.transcript() == "Hello."


async def test_a_voice_activity_model_that_breaks_is_reported_and_ends_no_session() -> None:
    engines = scripted(["hello"], ["Yes.", "Hello."])
    async with conversation(engines) as client:
        assert engines.voice_activity is not None
        engines.voice_activity.fails = RuntimeError("/lib/onnx.so")
        await client.play(tone(640))
        told = await client.until("error")
        assert told["error"]["type"] == "server_error"
        assert "/lib" not in told["error"]["message"]
        assert len(client.of("error")) == 1
        assert await answer_of(client) == "Yes."
        client.send("input_audio_buffer.commit")
        client.send("response.create")
        await client.until("response.done")
        assert client.transcript() == "Yes.Hello."


async def test_a_recogniser_that_cannot_begin_is_reported() -> None:
    engines = scripted([], ["Yes."])
    engines.recognizer.fails_to_start = RuntimeError("/lib/model.so")
    async with conversation(engines) as client:
        await client.speak()
        failed = await client.until(FAILED)
        assert failed["error"]["code"] == "internal_error"
        assert await answer_of(client) == "Yes."


async def test_one_session_that_breaks_ends_no_other(caplog: pytest.LogCaptureFixture) -> None:
    service = await started_service(scripted(["hello"], ["Hello."]))
    broken, whole = InProcessClient(service), InProcessClient(service)
    await asyncio.gather(broken.connect(), whole.connect())
    broken.fails = RuntimeError("/secret/path")
    broken.send("session.update", session={})
    assert await broken.until_closed() == (1011, "internal error")
    await broken.ended()
    assert "A session failed" in caplog.text
    await whole.speak()
    await whole.until("response.done")
    assert whole.transcript() == "Hello."
    await whole.disconnect()
