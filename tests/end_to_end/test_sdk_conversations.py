"""Conversations over a real socket: the official SDK, real speech, the real engines."""

import asyncio
import json
from itertools import starmap

import numpy as np
import pytest
from azure.ai.voicelive.models import (
    FunctionCallOutputItem,
    FunctionTool,
    ToolChoiceFunctionSelection,
)

from openvoicelive.recognition.engines import load_recognizer
from tests.end_to_end.sdk_client import RATE_HZ, sdk_client
from tests.packaging.program import Program
from tests.speech_clips import load, transcripts
from tests.word_error import WordErrors, word_errors

pytestmark = pytest.mark.asyncio(loop_scope="session")

MAX_WORD_ERROR_RATE = 0.10
PEOPLE = 4
"""So many speak at once, each in a conversation of their own."""


async def test_real_speech_is_understood_and_answered(program: Program) -> None:
    people = asyncio.Semaphore(PEOPLE)

    async def errors_in(name: str, said: str) -> WordErrors:
        async with people, sdk_client(program.link) as client:
            await client.configure()
            await client.speak(load(name, RATE_HZ))
            await client.until("input_audio_buffer.speech_stopped")
            # A clip with pauses is several turns; each is answered, the last one to its end.
            while (await client.until("response.done"))["response"]["status"] != "completed":
                pass
            assert client.sound().any(), name
            return word_errors(said, client.transcripts())

    total = sum(await asyncio.gather(*starmap(errors_in, transcripts().items())), WordErrors(0, 0))
    assert total.rate <= MAX_WORD_ERROR_RATE, f"{total.errors} errors in {total.words} words"


async def test_the_answer_that_is_heard_is_the_one_that_is_written(program: Program) -> None:
    async with sdk_client(program.link) as client:
        await client.configure()
        await client.write("What is the largest lake?")
        await client.until("response.done")
        written = next(
            event["transcript"]
            for event in client.events
            if event["type"] == "response.audio_transcript.done"
        )
        utterance = load_recognizer().recognizer.start()
        sound = client.sound().astype(np.float32) / 32_768
        utterance.hear(
            np.interp(np.arange(0, len(sound), 1.5), np.arange(len(sound)), sound).astype(np.float32)
        )
        errors = word_errors(written, utterance.transcript())
        assert errors.rate <= 0.25, utterance.transcript()


async def test_speech_over_an_answer_stops_it_and_is_answered_itself(program: Program) -> None:
    async with sdk_client(program.link) as client:
        await client.configure()
        await client.write("Tell me a story.")
        await client.until("response.audio.delta")
        await client.speak(load("question", RATE_HZ))
        interrupted = await client.until("response.done")
        assert interrupted["response"]["status_details"]["reason"] == "turn_detected"
        assert (await client.until("response.done"))["response"]["status"] == "completed"
        assert "remember" in client.transcripts().lower()


async def test_the_model_sees_only_what_was_heard(program: Program) -> None:
    async with sdk_client(program.link) as client:
        await client.configure()
        await client.write("Tell me a story.")
        item_id = (await client.until("response.audio.delta"))["item_id"]
        await client.connection.response.cancel()
        await client.until("response.done")
        await client.connection.conversation.item.truncate(item_id=item_id, content_index=0, audio_end_ms=50)
        await client.until("conversation.item.truncated")
        await client.connection.conversation.item.retrieve(item_id=item_id)
        item = (await client.until("conversation.item.retrieved"))["item"]
        assert len(item["content"][0]["transcript"].split()) <= 1


async def test_a_function_is_called_and_its_output_spoken(program: Program) -> None:
    weather = FunctionTool(
        name="get_weather",
        description="The weather in a town.",
        parameters={"type": "object", "properties": {"location": {"type": "string"}}},
    )
    async with sdk_client(program.link) as client:
        await client.configure(tools=[weather], tool_choice="auto")
        await client.write("What is the weather in Beijing?")
        call = await client.until("response.function_call_arguments.done")
        assert (call["name"], json.loads(call["arguments"])) == ("get_weather", {"location": "Beijing"})
        await client.until("response.done")
        output = FunctionCallOutputItem(call_id=call["call_id"], output='{"weather":"sunny"}')
        await client.connection.conversation.item.create(item=output)
        await client.connection.response.create()
        answer = await client.until("response.done")
        assert "sunny" in answer["response"]["output"][0]["content"][0]["transcript"]


async def test_the_guide_calls_a_function_when_it_must(guided_program: Program) -> None:
    ping = FunctionTool(name="ping", parameters={"type": "object", "properties": {}})
    async with sdk_client(guided_program.link) as client:
        await client.configure(tools=[ping], tool_choice=ToolChoiceFunctionSelection(name="ping"))
        await client.write("Hello.")
        assert (await client.until("response.function_call_arguments.done"))["name"] == "ping"


async def test_without_any_setting_the_guide_hears_and_answers(guided_program: Program) -> None:
    async with sdk_client(guided_program.link) as client:
        await client.configure()
        await client.speak(load("card", RATE_HZ))
        done = await client.until("response.done")
        assert done["response"]["status"] == "completed"
        assert client.sound().any()
