"""What other people's clients sent when they were tried (docs/conformance.md): none of it is refused.

Each is what came over the wire to introduce a conversation; the words and the tool are ours.
"""

from typing import Any

import pytest

from openvoicelive.protocol import work
from openvoicelive.protocol.session.items import text_of
from tests.protocol.wire import Event, Wire

TOOL = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a town.",
    "parameters": {
        "additionalProperties": False,
        "properties": {"location": {"title": "Location", "type": "string"}},
        "required": ["location"],
        "title": "GetWeatherArgs",
        "type": "object",
    },
}
PCM16 = {"input_audio_format": "pcm16", "output_audio_format": "pcm16"}
SPOKEN = {"modalities": ["text", "audio"], "instructions": "Be brief.", **PCM16}
ASKED = "What is the weather in Beijing?"


def session(**options: Any) -> Event:
    return {"type": "session.update", "session": options}


def message(role: str, kind: str, text: str, **event: Any) -> Event:
    item = {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}
    return {"type": "conversation.item.create", "item": item, **event}


def named(event: Event, item_id: str) -> Event:
    return {**event, "item": {**event["item"], "id": item_id}}


ANN = message("user", "input_text", "My name is Ann.")
QUESTION = message("user", "input_text", ASKED)

CLIENTS: dict[str, list[Event]] = {
    "pydantic-ai 2.68.0": [
        session(
            **SPOKEN,
            input_audio_sampling_rate=24_000,
            turn_detection={"create_response": True, "interrupt_response": True, "type": "server_vad"},
            input_audio_transcription={"model": "azure-speech"},
            tools=[TOOL],
            temperature=1.5,
        ),
        ANN,
        message("assistant", "output_text", "Hello Ann."),
        named(QUESTION, "pydantic_ai_item_0"),
        {"type": "response.create", "response": {"metadata": {"pydantic_ai_inputs": "0"}}},
    ],
    "Pipecat 1.14.0": [
        session(
            **SPOKEN,
            voice={"type": "azure-standard", "name": "en-US-Ava:DragonHDLatestNeural"},
            input_audio_sampling_rate=24_000,
            turn_detection={"type": "azure_semantic_vad"},
            input_audio_transcription={"model": "azure-speech"},
            input_audio_noise_reduction={"type": "azure_deep_noise_suppression"},
            temperature=1.4,
            tools=[TOOL],
        ),
        message("user", "input_text", f"[My name is Ann.] [Hello Ann.] {ASKED}"),
        {"type": "response.create"},
    ],
    "LiveKit Agents 1.8.9": [
        session(
            **SPOKEN,
            voice={"name": "en-US-AvaMultilingualNeural", "type": "azure-standard"},
            turn_detection={
                "threshold": 0.5,
                "prefix_padding_ms": 300,
                "silence_duration_ms": 500,
                "create_response": True,
                "type": "server_vad",
            },
            input_audio_transcription={"model": "whisper-1"},
            tool_choice="auto",
            temperature=1.4,
            max_response_output_tokens=4_096,
            tools=[TOOL],
        ),
        session(instructions="Be brief."),
        session(tools=[TOOL]),
        named(ANN, "item_1"),
        named(message("assistant", "text", "Hello Ann.", previous_item_id="item_1"), "item_2"),
        named({**QUESTION, "previous_item_id": "item_2"}, "item_3"),
        {"type": "response.create", "response": {"metadata": {"client_event_id": "response_create_7b71"}}},
    ],
    "videosdk-agents 1.0.30": [
        session(
            **SPOKEN,
            voice={"name": "en-US-AvaNeural", "type": "azure-standard"},
            input_audio_sampling_rate=24_000,
            turn_detection={
                "threshold": 0.5,
                "prefix_padding_ms": 300,
                "silence_duration_ms": 500,
                "type": "server_vad",
            },
            temperature=1.5,
        ),
        QUESTION,
        {"type": "response.create"},
    ],
    "@azure/ai-voicelive 1.1.0": [
        session(
            **SPOKEN,
            voice={"type": "azure-standard", "name": "en-US-AvaNeural"},
            turn_detection={
                "type": "azure_semantic_vad",
                "threshold": 0.5,
                "end_of_utterance_detection": {
                    "model": "semantic_detection_v1",
                    "threshold_level": "medium",
                    "timeout_ms": 500,
                },
            },
            tools=[TOOL],
            temperature=1.4,
        ),
        message("assistant", "text", "Hello Ann."),
        QUESTION,
        {"type": "response.create"},
    ],
    "azure-ai-voicelive 1.0.0b3": [
        session(
            modalities=["text", "audio"],
            voice={"name": "en-US-AvaNeural", "temperature": 0.8, "type": "azure-platform"},
            turn_detection={
                "threshold": 0.3,
                "neg_threshold": 0.1,
                "prefix_padding_ms": 200,
                "silence_duration_ms": 200,
                "window_size": 2,
                "remove_filler_words": False,
                "end_of_utterance_detection": {
                    "threshold": 0.01,
                    "timeout": 2,
                    "model": "semantic_detection_v1",
                },
                "type": "azure_semantic_vad",
            },
            input_audio_noise_reduction={"type": "azure_deep_noise_suppression"},
            input_audio_echo_cancellation={"type": "server_echo_cancellation"},
        ),
        QUESTION,
        {"type": "response.create"},
    ],
}


@pytest.mark.parametrize("model", ["gpt-realtime", "gpt-4o"])
@pytest.mark.parametrize("client", CLIENTS)
def test_nothing_that_a_foreign_client_sends_is_refused_and_all_of_it_reaches_the_model(
    client: str, model: str
) -> None:
    wire = Wire(model=model)
    events = [event for sent in CLIENTS[client] for event in wire.say(sent)]
    assert [event for event in events if event["type"] in {"error", "warning"}] == []
    [reply] = wire.ordered(work.Reply)
    said = [part["text"] for sent in CLIENTS[client] if "item" in sent for part in sent["item"]["content"]]
    assert [text_of(item) for item in reply.request.items] == said


def test_a_foreign_clients_history_has_the_agents_turns_where_they_were() -> None:
    wire = Wire()
    for sent in CLIENTS["pydantic-ai 2.68.0"]:
        wire.say(sent)
    roles = [item.role for item in wire.ordered(work.Reply)[-1].request.items]
    assert roles == ["user", "assistant", "user"]
