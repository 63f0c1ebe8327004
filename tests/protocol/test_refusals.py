"""What a client gets that breaks the protocol: a code, a param, its event id, and a session that goes on."""

import base64
import json
from typing import Any

import pytest

from openvoicelive.protocol import work
from openvoicelive.protocol.dialects.large_messages import MAX_APPEND_BYTES
from openvoicelive.protocol.session.conversation import MAX_BYTES, MAX_ITEMS
from openvoicelive.protocol.session.input_audio import MAX_SOUND_MS
from openvoicelive.protocol.session.item_events import MAX_STREAMED_CHARACTERS
from openvoicelive.protocol.session.response_options import MAX_VERBATIM_CHARACTERS
from tests.protocol.wire import Wire, error_of, types

SECOND_OF_SILENCE = "AAAA" * 16_000
DEEP = (
    '{"type": "session.update", "session": {"tools": [{"type": "function", "name": "f", "parameters": {"a": '
    + "[" * 100_000
)
NESTED = "[" * 10_000 + "]" * 10_000
DEEP_BESIDE = '{"type": "no.such.event", "x": ' + NESTED + "}"
ITEM_WITHOUT_TYPES = {"type": "message", "role": "user", "content": [{}]}
USER_TEXT = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi."}]}


@pytest.mark.parametrize(
    ("text", "code", "param"),
    [
        ("", "invalid_json", None),
        ("not json", "invalid_json", None),
        (DEEP, "invalid_json", None),
        # Wrong in two ways: whoever looks for the event's id comes to what the first look did not reach.
        (DEEP_BESIDE, "invalid_value", "type"),
        (json.dumps(DEEP_BESIDE), "invalid_value", "type"),
        ('{"type": "input_audio_buffer.append", "audio": 5, "x": ' + NESTED + "}", "invalid_value", "audio"),
        ('{"type": "session.update", "session": ' + NESTED + "}", "invalid_value", "session"),
        (b'{"type": "no.such.event", "event_id": "\xff"}', "invalid_value", "type"),
        ('"not json inside"', "invalid_json", None),
        ("[]", "invalid_value", None),
        ("{}", "missing_required_parameter", "type"),
        ('{"type": "no.such.event"}', "invalid_value", "type"),
        ('{"type": 7}', "invalid_value", "type"),
        ('{"type": "session.update"}', "missing_required_parameter", "session"),
        ('{"type": "session.update", "session": {"pace": 1}}', "unknown_parameter", "session.pace"),
        ('{"type": "session.update", "session": {"tools": 1}}', "invalid_value", "session.tools"),
        (
            '{"type": "session.update", "session": {"turn_detection": {"type": "server_vad", "x": 1}}}',
            "unknown_parameter",
            "session.turn_detection.x",
        ),
        ('{"type": "input_audio_buffer.append", "audio": "?"}', "invalid_value", "audio"),
        ('{"type": "conversation.item.delete"}', "missing_required_parameter", "item_id"),
        (
            json.dumps({"type": "conversation.item.create", "item": ITEM_WITHOUT_TYPES}),
            "missing_required_parameter",
            "item.content[0].type",
        ),
    ],
)
def test_a_message_that_is_no_event_is_refused_with_its_field(
    text: str | bytes, code: str, param: str | None
) -> None:
    wire = Wire()
    error = error_of(wire.say(text))
    assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", code, param)
    assert types(wire.update(instructions="Go on.")) == ["session.updated"]


def test_an_error_names_the_event_it_is_about() -> None:
    wire = Wire()
    assert error_of(wire.say({"type": "nonsense", "event_id": "mine_1"}))["event_id"] == "mine_1"
    assert error_of(wire.say({"type": "response.cancel", "event_id": "mine_2"}))["event_id"] == "mine_2"


def test_a_text_that_was_encoded_twice_is_understood() -> None:
    wire = Wire()
    assert types(wire.say('"{\\"type\\": \\"input_audio_buffer.clear\\"}"')) == ["input_audio_buffer.cleared"]


@pytest.mark.parametrize(
    ("event", "code", "param"),
    [
        ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty", None),
        ({"type": "response.cancel"}, "response_cancel_not_active", None),
        ({"type": "response.cancel", "response_id": "resp_x"}, "response_cancel_not_active", None),
        ({"type": "conversation.item.retrieve", "item_id": "x"}, "item_retrieve_invalid_item_id", "item_id"),
        ({"type": "conversation.item.delete", "item_id": "x"}, "item_delete_invalid_item_id", "item_id"),
        (
            {
                "type": "conversation.item.truncate",
                "item_id": "x",
                "content_index": 0,
                "audio_end_ms": 0,
            },
            "item_truncate_invalid_item_id",
            "item_id",
        ),
        (
            {
                "type": "conversation.item.truncate",
                "item_id": "x",
                "content_index": 0,
                "audio_end_ms": -1,
            },
            "integer_below_min_value",
            "audio_end_ms",
        ),
        (
            {"type": "conversation.item.create", "item": USER_TEXT, "previous_item_id": "x"},
            "item_not_found",
            "previous_item_id",
        ),
        (
            {
                "type": "conversation.item.create",
                "item": {"type": "function_call_output", "call_id": "x", "output": ""},
            },
            "invalid_tool_call_id",
            "item.call_id",
        ),
        (
            {"type": "response.create", "response": {"modalities": ["audio"]}},
            "invalid_value",
            "response.modalities",
        ),
        (
            {"type": "response.create", "response": {"tool_choice": {"type": "function", "name": "f"}}},
            "invalid_value",
            "response.tool_choice",
        ),
    ],
)
def test_an_event_that_does_not_fit_is_refused(event: dict[str, Any], code: str, param: str | None) -> None:
    error = error_of(Wire().say(event))
    assert (error["code"], error["param"]) == (code, param)


def test_a_second_answer_at_once_is_refused_and_names_the_first() -> None:
    wire = Wire()
    response_id = wire.create_response()
    error = error_of(wire.say({"type": "response.create"}))
    assert error["code"] == "conversation_already_has_active_response"
    assert response_id in error["message"]


def test_a_second_answer_may_take_the_place_of_the_first() -> None:
    wire = Wire()
    wire.create_response()
    events = wire.say({"type": "response.create", "response": {"cancel_previous": True}})
    assert types(events) == ["response.done", "response.created"]


def test_a_commit_of_less_than_a_tenth_of_a_second_says_how_much_there_was() -> None:
    wire = Wire()
    wire.say({"type": "input_audio_buffer.append", "audio": "AAAA" * 160})
    assert "only has 10.00ms" in error_of(wire.say({"type": "input_audio_buffer.commit"}))["message"]


def test_more_than_fifteen_mebibytes_at_once_are_refused() -> None:
    wire = Wire()
    audio = "AAAA" * (MAX_APPEND_BYTES // 3 + 1)
    assert error_of(wire.say({"type": "input_audio_buffer.append", "audio": audio}))["param"] == "audio"
    assert wire.heard == []


@pytest.mark.parametrize("audio_format", ["g711_ulaw", "g711_alaw", "pcm16"])
def test_an_append_is_bounded_by_how_long_it_sounds(audio_format: str) -> None:
    """Five and a half minutes: 15 MiB of the usual format, 2.6 MB of a telephone's."""
    wire = Wire()
    bytes_per_ms = 48 if audio_format == "pcm16" else 8
    rate_hz = 24_000 if audio_format == "pcm16" else 8_000
    wire.update(input_audio_format=audio_format, input_audio_sampling_rate=rate_hz)
    longest = base64.b64encode(bytes(MAX_SOUND_MS * bytes_per_ms)).decode()
    assert wire.say({"type": "input_audio_buffer.append", "audio": longest}) == []
    too_long = base64.b64encode(bytes((MAX_SOUND_MS + 1) * bytes_per_ms)).decode()
    error = error_of(wire.say({"type": "input_audio_buffer.append", "audio": too_long}))
    assert (error["code"], error["param"]) == ("invalid_value", "audio")
    assert len(wire.heard) == 1


def test_the_sound_of_an_item_is_bounded_by_how_long_it_sounds() -> None:
    wire = Wire()
    wire.update(input_audio_format="g711_ulaw", input_audio_sampling_rate=8_000)
    audio = base64.b64encode(bytes((MAX_SOUND_MS + 1) * 8)).decode()
    item = {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": audio}]}
    error = error_of(wire.say({"type": "conversation.item.create", "item": item}))
    assert (error["code"], error["param"]) == ("invalid_value", "item.content.audio")
    assert wire.ordered(work.TranscribeAudio) == []


def test_what_is_said_word_for_word_has_a_bound_in_characters() -> None:
    wire = Wire()
    for part in ("text", "audio"):
        content = {
            "type": part,
            "text" if part == "text" else "transcript": "x" * (MAX_VERBATIM_CHARACTERS + 1),
        }
        message = {"type": "message", "role": "assistant", "content": [content]}
        response = {"pre_generated_assistant_message": message}
        error = error_of(wire.say({"type": "response.create", "response": response}))
        assert error["code"] == "string_above_max_length"
        assert error["param"] == "response.pre_generated_assistant_message"
    assert wire.ordered(work.Reply) == []


def test_an_id_that_is_taken_is_refused() -> None:
    wire = Wire()
    item_id = wire.write("Hi.")
    error = error_of(wire.say({"type": "conversation.item.create", "item": {**USER_TEXT, "id": item_id}}))
    assert (error["code"], error["param"]) == ("item_already_exists", "item.id")


def test_a_full_conversation_takes_no_more_items() -> None:
    wire = Wire()
    for _ in range(MAX_ITEMS):
        wire.write("Hi.")
    create = {"type": "conversation.item.create", "item": USER_TEXT}
    assert error_of(wire.say(create))["code"] == "conversation_full"
    server = {"type": "mcp", "server_label": "weather", "server_url": "https://weather.example.com/mcp"}
    assert error_of(wire.update(tools=[server]))["code"] == "conversation_full"


def test_texts_are_appended_to_an_item_only_while_the_conversation_has_room() -> None:
    wire = Wire()
    item_id = wire.write("Hi.")
    delta = {"type": "input_text.delta", "id": item_id, "delta": "x" * MAX_STREAMED_CHARACTERS}
    done = {"type": "input_text.done", "id": item_id}
    for _ in range(MAX_BYTES // MAX_STREAMED_CHARACTERS):
        assert wire.say(delta) + wire.say(done) == []
    wire.say(delta)
    assert error_of(wire.say(done))["code"] == "conversation_full"
    wire.say({"type": "conversation.item.delete", "item_id": item_id})
    assert types(wire.say(done)) == ["conversation.item.created"]


def test_a_session_that_must_call_a_function_it_does_not_have_is_told_when_it_answers() -> None:
    wire = Wire()
    wire.update(tool_choice={"type": "function", "name": "f"})
    assert types(wire.speak("Hello."))[-1] == "error"
