"""Waits that need no bridge, and bridges that lead nowhere; the others are in test_response_features."""

import asyncio
from typing import Any

from openvoicelive.chat.interface import ToolCallArguments, ToolCallBegan
from openvoicelive.errors import EngineError
from openvoicelive.service.answering.interim import TOOL_DEADLINE_S
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


async def test_a_call_that_the_model_announced_itself_is_not_bridged() -> None:
    async with conversation(scripted([], [["I look it up.", *CALL]])) as client:
        await client.update(tools=[TOOL], interim_response={**STATIC, "triggers": ["tool"]})
        assert said(await client.ask("look it up")) == ["I look it up.", "look_up"]


async def test_a_model_that_fails_while_its_wait_is_bridged_fails_the_answer() -> None:
    engines = scripted([], [[Wait(1.5), EngineError("Down.", code="model_died")], ["Let me think."]])
    async with conversation(engines) as client:
        await client.update(interim_response=BY_MODEL)
        done = await client.ask("hard?")
        assert done["response"]["status"] == "failed"
        assert said(done) == ["Let me think."]


async def test_an_answer_that_comes_while_a_model_thinks_of_a_bridge_is_not_delayed() -> None:
    engines = scripted([], [[Wait(1.5), "Here it is."], [Wait(30), "Let me think."]])
    async with conversation(engines) as client:
        await client.update(interim_response=BY_MODEL)
        began_s = asyncio.get_running_loop().time()
        assert said(await client.ask("hard?")) == ["Here it is."]
        [first_sound_s, *_] = client.times_of("response.audio.delta")
        assert first_sound_s - began_s < 1.6
    assert not engines.chat.calls[1].was_whole


async def test_a_bridge_that_is_being_spoken_is_spoken_to_its_end() -> None:
    bridge = "Let me look that up for you."
    engines = scripted([], [[Wait(1.5), "Here it is."], [Wait(0.4), bridge]])
    async with conversation(engines) as client:
        await client.update(interim_response=BY_MODEL)
        assert said(await client.ask("hard?")) == [bridge, "Here it is."]


async def test_a_model_that_thinks_long_of_what_to_say_before_a_call_delays_it_by_a_second_at_most() -> None:
    engines = scripted([], [CALL, [Wait(30), "Let me see."]])
    async with conversation(engines) as client:
        await client.update(tools=[TOOL], interim_response={**BY_MODEL, "triggers": ["tool"]})
        began_s = asyncio.get_running_loop().time()
        assert said(await client.ask("look it up")) == ["look_up"]
        [called_s] = client.times_of("response.function_call_arguments.done")
        assert called_s - began_s <= TOOL_DEADLINE_S + 0.01
