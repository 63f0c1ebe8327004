"""Waits that need no bridge, and bridges that lead nowhere; the others are in test_response_features."""

from typing import Any

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


async def test_a_call_that_the_model_announced_itself_is_not_bridged() -> None:
    async with conversation(scripted([], [["I look it up.", *CALL]])) as client:
        await client.update(tools=[TOOL], interim_response={**STATIC, "triggers": ["tool"]})
        assert said(await client.ask("look it up")) == ["I look it up.", "look_up"]


async def test_a_model_that_fails_while_its_wait_is_bridged_fails_the_answer() -> None:
    engines = scripted([], [[Wait(1.5), EngineError("Down.", code="model_died")], [Wait(1), "Let me think."]])
    async with conversation(engines) as client:
        await client.update(interim_response=BY_MODEL)
        done = await client.ask("hard?")
        assert done["response"]["status"] == "failed"
        assert said(done) == ["Let me think."]
