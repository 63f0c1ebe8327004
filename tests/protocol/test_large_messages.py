"""Large messages are decoded in steps, and what is too large is refused before it is decoded."""

import base64
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol.client_events import ConversationItemCreate, InputAudioBufferAppend
from openvoicelive.protocol.dialects.large_messages import (
    MAX_APPEND_BYTES,
    MAX_TEXT_BYTES,
    MAX_VALUES,
    SMALL_CHARACTERS,
    unwrapped,
)
from openvoicelive.protocol.dialects.voice_live import client_events as wire
from openvoicelive.protocol.dialects.voice_live.items import read_item
from openvoicelive.protocol.session.items import InputAudioPart, InputTextPart, MessageItem
from tests.protocol.wire import VOICE_LIVE, decode, finished

SOUND = bytes(range(256)) * 400
SOUND_TEXT = base64.b64encode(SOUND).decode()


def refusal(event: dict[str, Any] | str) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as refused:
        decode(event if isinstance(event, str) else json.dumps(event))
    return refused.value


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"type": "input_audio_buffer.append", "event_id": "e", "audio": SOUND_TEXT}),
        json.dumps({"audio": SOUND_TEXT, "event_id": "e", "type": "input_audio_buffer.append"}),
        json.dumps({"audio": SOUND_TEXT, "event_id": "e", "type": "input_audio_buffer.append"}, indent=2),
        json.dumps({"audio": SOUND_TEXT, "event_id": "e", "type": "input_audio_buffer.append"}).replace(
            "/", "\\/"
        ),
        json.dumps(json.dumps({"audio": SOUND_TEXT, "event_id": "e", "type": "input_audio_buffer.append"})),
    ],
)
@pytest.mark.parametrize("received_as", [str, str.encode])
def test_long_sound_is_the_same_however_the_message_is_written(
    text: str, received_as: Callable[[str], str | bytes]
) -> None:
    assert len(text) > SMALL_CHARACTERS
    assert decode(received_as(text)) == InputAudioBufferAppend(event_id="e", audio=SOUND)


def test_the_sound_of_an_item_stands_where_it_stood() -> None:
    short = base64.b64encode(b"short").decode()
    content = [
        {"type": "input_text", "text": 'a text with "audio": "' + "x" * 100_000},
        {"type": "input_audio", "audio": SOUND_TEXT},
        {"type": "input_audio", "audio": short},
        {"type": "input_audio", "audio": SOUND_TEXT[:8_000], "transcript": "Hello."},
    ]
    item = {"type": "message", "role": "user", "content": content}
    event = decode(json.dumps({"type": "conversation.item.create", "item": item}))
    assert isinstance(event, ConversationItemCreate)
    assert isinstance(event.item, MessageItem)
    text, *sounds = event.item.content
    assert isinstance(text, InputTextPart)
    assert [part.audio for part in sounds if isinstance(part, InputAudioPart)] == [
        SOUND,
        b"short",
        SOUND[:6_000],
    ]


@given(
    st.lists(
        st.one_of(
            st.text(max_size=200).map(lambda text: {"type": "input_text", "text": text}),
            st.binary(max_size=9_000).map(
                lambda audio: {"type": "input_audio", "audio": base64.b64encode(audio).decode()}
            ),
        ),
        max_size=8,
    )
)
def test_any_message_is_decoded_as_it_would_be_at_once(content: list[dict[str, str]]) -> None:
    filler = {"type": "input_text", "text": "x" * SMALL_CHARACTERS}
    item = {"type": "message", "role": "user", "content": [*content, filler]}
    text = json.dumps({"type": "conversation.item.create", "item": item})
    at_once = msgspec.json.decode(text, type=wire.ClientEvent)
    assert isinstance(at_once, wire.ConversationItemCreate)
    assert decode(text) == ConversationItemCreate(item=read_item(at_once.item))


def test_fifteen_mebibytes_are_decoded_in_many_steps() -> None:
    audio = base64.b64encode(bytes(MAX_APPEND_BYTES)).decode()
    steps = VOICE_LIVE.decode(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))
    assert len(list(steps)) >= 15


@given(st.text(), st.sampled_from(["", " ", "\n", " x", '"']), st.booleans())
def test_any_json_string_is_unwrapped_as_it_would_be_at_once(text: str, after: str, is_ascii: bool) -> None:  # noqa: FBT001
    wrapped = json.dumps(text, ensure_ascii=is_ascii) + after
    try:
        at_once = msgspec.json.decode(wrapped, type=str)
    except msgspec.DecodeError:
        with pytest.raises(msgspec.DecodeError):
            finished(unwrapped(wrapped))
    else:
        assert finished(unwrapped(wrapped)) == at_once


@pytest.mark.parametrize(
    "text", ["\\n" * 100_000, "語" * 300_000, "\U0001f600" * 100_000, 'a "b" ' * 100_000]
)
@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_a_long_json_string_is_unwrapped_in_steps(text: str, *, ensure_ascii: bool) -> None:
    text *= 10
    wrapped = json.dumps(text, ensure_ascii=ensure_ascii)
    assert finished(unwrapped(wrapped)) == text
    assert len(list(unwrapped(wrapped))) >= len(wrapped) // 400_000 > 0


@pytest.mark.parametrize(
    "text",
    [
        "[" + '"audio"' * 1_000_000,
        "[" + '"audio": "",' * 500_000,
        '["' + "\\" * 2_000_000 + '"' + ",1" * 20_000 + "]",
        '["' + '\\"' * 1_000_000 + '"' + ",1" * 20_000 + "]",
        "[" + '""' * 1_000_000 + ",1" * 20_000 + "]",
    ],
    ids=["names", "empty", "backslashes", "escaped quotes", "quotes"],
)
def test_megabytes_of_what_the_search_stops_at_are_searched_in_many_steps(text: str) -> None:
    steps = VOICE_LIVE.decode(text)
    for _ in range(300):
        next(steps)
    with pytest.raises(InvalidRequest):
        list(steps)


def test_a_message_that_ends_in_the_middle_of_an_escape_is_refused() -> None:
    assert refusal('{"type": "' + "," * 2 * SMALL_CHARACTERS + "\\").code == "invalid_json"


def test_escaped_slashes_are_read_wherever_sound_is_cut() -> None:
    sound = b"\xff" * 3_000_000
    text = base64.b64encode(sound).decode().replace("/", "\\/")
    for head in ("", "A" * 4):
        event = decode(f'{{"type": "input_audio_buffer.append", "audio": "{head}{text}"}}')
        assert isinstance(event, InputAudioBufferAppend)
        assert event.audio.endswith(sound)


@pytest.mark.parametrize("wrong", ["%" * 100_000, "A" * 99_999, "AA==" * 500_000, "é" * 100_000])
def test_long_sound_that_is_no_base64_is_refused(wrong: str) -> None:
    event = {"type": "input_audio_buffer.append", "audio": wrong, "event_id": "e"}
    error = refusal(event)
    assert (error.code, error.param, error.event_id) == ("invalid_value", "audio", "e")


def test_long_sound_in_another_place_is_refused() -> None:
    error = refusal({"type": "input_audio_buffer.clear", "audio": SOUND_TEXT, "event_id": "e"})
    assert (error.code, error.event_id) == ("invalid_value", "e")
    content = [{"type": "input_text", "text": "Hi.", "audio": SOUND_TEXT}]
    item = {"type": "message", "role": "user", "content": content}
    assert refusal({"type": "conversation.item.create", "item": item}).code == "invalid_value"


def test_a_text_of_megabytes_is_refused_before_it_is_decoded() -> None:
    text = "x" * (MAX_TEXT_BYTES + 1)
    event = {"event_id": "e", "type": "input_text.delta", "id": "item_1", "delta": text}
    error = refusal(event)
    assert (error.code, error.event_id) == ("string_above_max_length", "e")
    assert refusal({**event, "delta": "語" * (MAX_TEXT_BYTES // 3)}).code == "string_above_max_length"
    # Also where the decoder would have stopped at the first character.
    assert refusal("not JSON" * MAX_TEXT_BYTES).code == "string_above_max_length"


@pytest.mark.parametrize("value", ["0", "{}", '"x"', "[0]"])
def test_too_many_values_are_refused_before_they_are_decoded(value: str) -> None:
    parameters = '{"a": [' + ",".join([value] * (MAX_VALUES + 1_000)) + "]}"
    padding = '"description": "' + "x" * SMALL_CHARACTERS + '"'
    tool = f'{{"type": "function", "name": "f", {padding}, "parameters": {parameters}}}'
    error = refusal(f'{{"type": "session.update", "session": {{"tools": [{tool}]}}}}')
    assert error.code == "invalid_value"
    assert str(MAX_VALUES) in str(error)


def test_a_long_text_may_have_any_number_of_commas_and_quotes() -> None:
    output = json.dumps([[number, 'a "quoted" word'] for number in range(20_000)])
    item = {"type": "function_call_output", "call_id": "c", "output": output}
    event = decode(json.dumps({"type": "conversation.item.create", "item": item}))
    assert isinstance(event, ConversationItemCreate)
    assert getattr(event.item, "output", None) == output
