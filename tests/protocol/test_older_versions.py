"""What clients of older API versions and of OpenAI's newer protocol send, under names of their own."""

from typing import Any

import pytest

from openvoicelive.protocol import work
from openvoicelive.protocol.session.items import AudioPart, TextPart
from tests.protocol.wire import Event, Wire, error_of

# What Microsoft's quickstarts of API version 2025-05-01-preview send, and what the releases 1.0.0b1 to
# 1.0.0b4 declare beside.
QUICKSTART_END = {"model": "semantic_detection_v1", "threshold": 0.1, "timeout": 4}
PREVIEW_END = {
    **QUICKSTART_END,
    "secondary_threshold": 0.2,
    "secondary_timeout": 2.5,
    "disable_rules": True,
    "sr_boost": 1.5,
    "extra_imend_check": False,
}
PREVIEW_DETECTION = {
    "threshold": 0.3,
    "neg_threshold": 0.1,
    "prefix_padding_ms": 200,
    "silence_duration_ms": 200,
    "speech_duration_ms": 80,
    "end_of_utterance_detection": PREVIEW_END,
    "auto_truncate": True,
}
PREVIEW_SEMANTIC = {
    "remove_filler_words": True,
    "languages": ["en"],
    "window_size": 4,
    "distinct_ci_phones": 2,
    "require_vowel": True,
}


def shown(**session: Any) -> Event:
    """Return the session that an update leads to."""
    [event] = Wire(api_version="2025-05-01-preview").update(**session)
    assert event["type"] == "session.updated", event
    result: Event = event["session"]
    return result


def test_the_first_previews_quickstart_is_taken_whole() -> None:
    voice = {"name": "en-US-Ava:DragonHDLatestNeural", "type": "azure-standard", "temperature": 0.8}
    session = shown(
        turn_detection={
            "type": "azure_semantic_vad",
            "threshold": 0.3,
            "prefix_padding_ms": 200,
            "silence_duration_ms": 200,
            "remove_filler_words": False,
            "end_of_utterance_detection": QUICKSTART_END,
        },
        input_audio_noise_reduction={"type": "azure_deep_noise_suppression"},
        input_audio_echo_cancellation={"type": "server_echo_cancellation"},
        voice=voice,
    )
    assert session["voice"] == voice
    end = session["turn_detection"]["end_of_utterance_detection"]
    assert end == {**QUICKSTART_END, "threshold_level": None, "timeout_ms": None}


@pytest.mark.parametrize(
    ("asked", "type_"),
    [
        ("azure_semantic_vad", "azure_semantic_vad"),
        ("azure_semantic_vad_en", "azure_semantic_vad_en"),
        ("azure_semantic_vad_multilingual", "azure_semantic_vad_multilingual"),
        ("azure_multilingual_semantic_vad", "azure_semantic_vad_multilingual"),
        ("server_sd", "azure_semantic_vad"),
        ("server_vad", "server_vad"),
    ],
)
def test_turn_detection_with_all_fields_of_the_first_preview_is_taken_and_shown(
    asked: str, type_: str
) -> None:
    fields = PREVIEW_DETECTION | ({} if asked == "server_vad" else PREVIEW_SEMANTIC)
    detection = shown(turn_detection={"type": asked, **fields})["turn_detection"]
    end = detection.pop("end_of_utterance_detection")
    assert detection["type"] == type_
    assert PREVIEW_END.items() <= end.items()
    assert {name: detection[name] for name in fields if name in detection} == {
        name: value for name, value in fields.items() if name != "end_of_utterance_detection"
    }
    # As it is shown it can be sent back.
    assert shown(turn_detection=detection)["turn_detection"].items() >= detection.items()


def test_who_does_not_send_the_first_previews_fields_is_not_shown_them() -> None:
    detection = shown(turn_detection={"type": "azure_semantic_vad"})["turn_detection"]
    assert not {"neg_threshold", "window_size", "distinct_ci_phones", "require_vowel"} & detection.keys()


@pytest.mark.parametrize(
    ("detection", "param"),
    [
        ({"type": "server_vad", "neg_threshold": 1.5}, "neg_threshold"),
        (
            {"type": "server_vad", "end_of_utterance_detection": {**QUICKSTART_END, "timeout": -1}},
            "end_of_utterance_detection.timeout",
        ),
        (
            {"type": "server_vad", "end_of_utterance_detection": {**QUICKSTART_END, "timeout": 1e300}},
            "end_of_utterance_detection.timeout",
        ),
        (
            {"type": "server_vad", "end_of_utterance_detection": {**QUICKSTART_END, "threshold": 2}},
            "end_of_utterance_detection.threshold",
        ),
    ],
)
def test_the_first_previews_numbers_have_ranges(detection: dict[str, Any], param: str) -> None:
    error = error_of(Wire().update(turn_detection=detection))
    assert (error["code"], error["param"]) == ("invalid_value", f"session.turn_detection.{param}")


@pytest.mark.parametrize(
    ("asked", "echoed"),
    [
        (
            {"type": "azure-platform", "name": "en-US-AvaNeural", "rate": "1.2"},
            {"type": "azure-standard", "name": "en-US-AvaNeural", "rate": "1.2", "temperature": None},
        ),
        ({"type": "llm", "name": "cosyvoice"}, {"type": "azure-realtime-native", "name": "cosyvoice"}),
    ],
)
def test_the_first_previews_kinds_of_voices_are_taken(asked: Event, echoed: Event) -> None:
    assert Wire().update(voice=asked)[0]["session"]["voice"] == echoed
    created = Wire().say({"type": "response.create", "response": {"voice": asked}})[0]
    assert created["response"]["voice"] == echoed


ANSWERED = [
    ({"type": "output_text", "text": "A lake."}, {"type": "text", "text": "A lake."}),
    ({"type": "output_audio", "transcript": "A lake."}, {"type": "audio", "transcript": "A lake."}),
    (
        {"type": "output_audio", "audio": "AAAA", "transcript": "A lake."},
        {"type": "audio", "transcript": "A lake."},
    ),
    ({"type": "output_audio", "transcript": None}, {"type": "audio", "transcript": ""}),
]


@pytest.mark.parametrize(("part", "kept"), ANSWERED)
def test_what_an_agent_said_before_may_have_the_newer_protocols_names(part: Event, kept: Event) -> None:
    wire = Wire()
    item = {"type": "message", "role": "assistant", "id": "said", "content": [part]}
    [created] = wire.say({"type": "conversation.item.create", "item": item})
    assert created["item"]["content"] == [kept]
    [retrieved] = wire.say({"type": "conversation.item.retrieve", "item_id": "said"})
    assert retrieved["item"]["content"] == [kept]


@pytest.mark.parametrize("where", ["append_input_items", "input_items"])
@pytest.mark.parametrize(("part", "kept"), ANSWERED)
def test_the_model_is_given_it_wherever_it_stood(where: str, part: Event, kept: Event) -> None:
    wire = Wire()
    item = {"type": "message", "role": "assistant", "content": [part]}
    wire.say({"type": "response.create", "response": {where: [item]}})
    [given] = wire.ordered(work.Reply)[-1].request.items
    part_given = TextPart(kept["text"]) if kept["type"] == "text" else AudioPart(kept["transcript"])
    assert given.content == (part_given,)


def test_a_functions_output_has_no_status_as_recorded() -> None:
    wire = Wire()
    call = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
    wire.say({"type": "conversation.item.create", "item": call})
    output = {"type": "function_call_output", "call_id": "c", "output": "sunny", "status": "completed"}
    [created] = wire.say({"type": "conversation.item.create", "item": output})
    del created["item"]["id"]
    assert created["item"] == {
        "object": "realtime.item",
        "type": "function_call_output",
        "call_id": "c",
        "output": "sunny",
    }


@pytest.mark.parametrize("temperature", [0, 0.7, 1.2, 1.21, 2])
def test_any_temperature_of_a_chat_model_is_taken(temperature: float) -> None:
    assert shown(temperature=temperature)["temperature"] == temperature
    created = Wire().say({"type": "response.create", "response": {"temperature": temperature}})[0]
    assert created["response"]["temperature"] == temperature


@pytest.mark.parametrize("temperature", [-0.1, 2.1])
def test_a_temperature_that_no_chat_model_takes_is_refused(temperature: float) -> None:
    error = error_of(Wire().update(temperature=temperature))
    assert (error["code"], error["param"]) == ("invalid_value", "session.temperature")
