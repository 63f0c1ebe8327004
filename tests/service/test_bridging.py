"""What is said word for word, what is said while an answer takes long, and how long an answer may be."""

import asyncio
from typing import Any

import pytest

from openvoicelive.chat.interface import ToolCallArguments, ToolCallBegan
from openvoicelive.errors import EngineError
from tests.conformance.wire_checker import Event
from tests.service.in_process_client import conversation
from tests.service.scripted_engines import ChatStep, Wait, scripted

STATIC = {"type": "static_interim_response", "texts": ["One moment."], "latency_threshold_ms": 1_000}
BY_MODEL = {"type": "llm_interim_response", "latency_threshold_ms": 1_000}
TOOL: dict[str, Any] = {"type": "function", "name": "look_up", "parameters": {"type": "object"}}
CALL: list[ChatStep] = [ToolCallBegan("call_1", "look_up"), ToolCallArguments("call_1", "{}")]


def said(done: Event) -> list[str]:
    """Return what each item of an answer says; a call its name."""
    return [item.get("name") or item["content"][0]["transcript"] for item in done["response"]["output"]]


async def test_a_message_of_the_clients_own_is_spoken_word_for_word_without_a_model() -> None:
    message = {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": "Welcome back, Ada."}],
    }
    async with conversation(scripted()) as client:
        client.send("response.create", response={"pre_generated_assistant_message": message})
        assert said(await client.until("response.done")) == ["Welcome back, Ada."]


async def test_a_long_wait_for_the_model_is_bridged() -> None:
    async with conversation(scripted([], [[Wait(3), "The answer."]])) as client:
        await client.update(interim_response=STATIC)
        done = await client.ask("hard?")
        assert said(done) == ["One moment.", "The answer."]
        asked_s = client.times_of("response.created")[0]
        assert client.times_of("response.output_item.added") == [asked_s + 1, asked_s + 3]


async def test_a_short_wait_is_not_bridged() -> None:
    async with conversation(scripted([], [[Wait(0.9), "The answer."]])) as client:
        await client.update(interim_response=STATIC)
        assert said(await client.ask("easy?")) == ["The answer."]


async def test_a_function_call_is_bridged_where_the_client_wants_that() -> None:
    async with conversation(scripted([], [CALL])) as client:
        await client.update(tools=[TOOL], interim_response={**STATIC, "triggers": ["tool"]})
        assert said(await client.ask("look it up")) == ["One moment.", "look_up"]


async def test_a_call_that_the_model_announced_itself_is_not_bridged() -> None:
    async with conversation(scripted([], [["I look it up.", *CALL]])) as client:
        await client.update(tools=[TOOL], interim_response={**STATIC, "triggers": ["tool"]})
        assert said(await client.ask("look it up")) == ["I look it up.", "look_up"]


async def test_a_model_can_bridge_the_wait_for_itself() -> None:
    engines = scripted([], [[Wait(3), "The answer."], "Let me think."])
    async with conversation(engines) as client:
        await client.update(interim_response={**BY_MODEL, "instructions": "Say something kind."})
        assert said(await client.ask("hard?")) == ["Let me think.", "The answer."]
        assert engines.chat.calls[1].request.instructions == "Say something kind."


async def test_where_bridging_fails_the_answer_comes_all_the_same() -> None:
    engines = scripted([], [[Wait(3), "The answer."], [EngineError("No.")]])
    async with conversation(engines) as client:
        await client.update(interim_response=BY_MODEL)
        assert said(await client.ask("hard?")) == ["The answer."]


async def test_cancelling_while_a_wait_is_bridged_stops_both() -> None:
    engines = scripted([], [[Wait()], ["Let me ", Wait()]])
    async with conversation(engines) as client:
        await client.update(interim_response=BY_MODEL)
        await client.write("hard?")
        client.send("response.create")
        await asyncio.sleep(2)
        client.send("response.cancel")
        assert (await client.until("response.done"))["response"]["status"] == "cancelled"
        await asyncio.sleep(0.001)
        assert [call.is_open for call in engines.chat.calls] == [False, False]


async def test_a_model_that_fails_while_its_wait_is_bridged_fails_the_answer() -> None:
    engines = scripted([], [[Wait(1.5), EngineError("Down.", code="model_died")], [Wait(1), "Let me think."]])
    async with conversation(engines) as client:
        await client.update(interim_response=BY_MODEL)
        done = await client.ask("hard?")
        assert done["response"]["status"] == "failed"
        assert said(done) == ["Let me think."]


@pytest.mark.parametrize("modalities", [["text"], ["text", "audio"]])
async def test_a_model_that_does_not_keep_to_the_limit_is_cut_there(modalities: list[str]) -> None:
    async with conversation(scripted([], [["word " * 3] * 100])) as client:
        done = await client.ask("talk", modalities=modalities, max_output_tokens=10)
        assert done["response"]["status"] == "incomplete"
        assert done["response"]["status_details"] == {"type": "incomplete", "reason": "max_output_tokens"}
        part = done["response"]["output"][0]["content"][0]
        assert 0 < len(part.get("text") or part["transcript"]) <= 50
