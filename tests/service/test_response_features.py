"""What is said besides the model's answer: words made beforehand, bridges over a wait; limits; prosody."""

from typing import Any

import numpy as np

from openvoicelive.audio.pcm import int16_from_bytes
from openvoicelive.chat.interface import ToolCallArguments, ToolCallBegan
from openvoicelive.errors import EngineError
from tests.service.in_process_client import conversation
from tests.service.scripted_engines import TONE_LEVEL, ChatStep, Wait, scripted

STATIC = {"type": "static_interim_response", "texts": ["One moment."]}
MODEL = {"type": "llm_interim_response", "latency_threshold_ms": 500}


def said(done: dict[str, Any]) -> list[str]:
    """Return what the messages of a response said."""
    items = done["response"]["output"]
    return [item["content"][0]["transcript"] for item in items if item["type"] == "message"]


async def test_a_message_made_beforehand_is_spoken_and_the_model_not_asked() -> None:
    engines = scripted()
    async with conversation(engines) as client:
        message = {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "text", "text": "Welcome back!"}],
        }
        client.send("response.create", response={"pre_generated_assistant_message": message})
        assert said(await client.until("response.done")) == ["Welcome back!"]
        assert engines.chat.calls == []


async def test_a_long_wait_is_bridged_by_a_message_of_its_own() -> None:
    engines = scripted([], [[Wait(3.0), "Here it is."]])
    async with conversation(engines) as client:
        await client.update(interim_response=STATIC)
        client.send("response.create")
        assert said(await client.until("response.done")) == ["One moment.", "Here it is."]


async def test_a_short_wait_is_not_bridged() -> None:
    engines = scripted([], [[Wait(1.0), "Here it is."]])
    async with conversation(engines) as client:
        await client.update(interim_response=STATIC)
        client.send("response.create")
        assert said(await client.until("response.done")) == ["Here it is."]


async def test_the_model_itself_may_find_the_words_for_a_wait() -> None:
    engines = scripted([], [[Wait(1.0), "Here it is."], ["Let me look that up."]])
    async with conversation(engines) as client:
        await client.update(interim_response=MODEL)
        client.send("response.create")
        assert said(await client.until("response.done")) == ["Let me look that up.", "Here it is."]
        assert engines.chat.calls[1].request.max_tokens == 50


async def test_a_model_that_fails_to_bridge_a_wait_still_answers() -> None:
    engines = scripted([], [[Wait(1.0), "Here it is."], [EngineError("no")]])
    async with conversation(engines) as client:
        await client.update(interim_response=MODEL)
        client.send("response.create")
        assert said(await client.until("response.done")) == ["Here it is."]


async def test_a_call_without_a_preface_is_bridged_when_the_client_wants_that() -> None:
    call: list[ChatStep] = [ToolCallBegan("call_1", "f"), ToolCallArguments("call_1", "{}")]
    engines = scripted([], [call, ["Let me see. ", *call]])
    async with conversation(engines) as client:
        await client.update(interim_response={**STATIC, "triggers": ["tool"]})
        client.send("response.create")
        done = await client.until("response.done")
        assert [item["type"] for item in done["response"]["output"]] == ["message", "function_call"]
        assert said(done) == ["One moment."]
        client.send("response.create")
        assert said(await client.until("response.done")) == ["Let me see. "]


async def test_cancelling_during_a_wait_closes_the_models_stream() -> None:
    engines = scripted([], [[Wait(None)]])
    async with conversation(engines) as client:
        await client.update(interim_response=STATIC)
        client.send("response.create")
        await client.until("response.output_item.done")
        client.send("response.cancel")
        await client.until("response.done")
    assert not engines.chat.calls[0].is_open


async def test_a_limit_of_tokens_is_kept_also_when_the_model_does_not() -> None:
    engines = scripted([], [["One two three ", "four five six ", "seven."]])
    async with conversation(engines) as client:
        client.send("response.create", response={"max_output_tokens": 5, "modalities": ["text"]})
        done = await client.until("response.done")
        assert done["response"]["status_details"] == {"type": "incomplete", "reason": "max_output_tokens"}
        assert done["response"]["output"][0]["content"][0]["text"] == "One two three four f"
    assert not engines.chat.calls[0].was_whole


async def test_the_voices_prosody_reaches_the_synthesizer_and_the_sound() -> None:
    engines = scripted([], [["Hello."]])
    async with conversation(engines) as client:
        voice = {"type": "azure-standard", "name": "en-GB-RyanNeural", "rate": "1.2", "pitch": "+10%"}
        await client.update(voice={**voice, "volume": "50"})
        client.send("response.create")
        await client.until("response.done")
        loudest = int(np.abs(int16_from_bytes(client.sound())).max())
    [asked] = engines.synthesizer.voices
    assert (asked.language, asked.gender, asked.rate, asked.pitch) == ("en-GB", "male", 1.2, 1.1)
    assert loudest == TONE_LEVEL // 2
