"""Voice Live's dialect: every event has a name, and what is written in a fast way is written as the rest."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import server_events as say
from openvoicelive.protocol.client_events import InputAudioBufferAppend
from openvoicelive.protocol.dialects.json_messages import write
from openvoicelive.protocol.dialects.voice_live import items as wire
from openvoicelive.protocol.dialects.voice_live.server_events import TYPES
from openvoicelive.protocol.session import items as core
from tests.protocol.wire import VOICE_LIVE, decode

ids = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1).map("item_{}".format)
texts = st.text(max_size=20)
parts: st.SearchStrategy[core.ContentPart] = st.one_of(
    st.builds(core.InputTextPart, texts),
    st.builds(core.InputAudioPart, transcript=st.none() | texts),
    st.builds(core.InputImagePart, texts, st.sampled_from(["auto", "low", "high"])),
    st.builds(core.TextPart, texts),
    st.builds(core.AudioPart, texts),
)
client_items: st.SearchStrategy[core.ClientItem] = st.one_of(
    st.builds(
        core.MessageItem,
        id=ids,
        status=st.sampled_from(["completed", "incomplete"]),
        role=st.sampled_from(["system", "user", "assistant"]),
        content=st.lists(parts, max_size=4).map(tuple),
    ),
    st.builds(core.FunctionCallItem, id=ids, name=texts, call_id=texts, arguments=texts),
    st.builds(core.FunctionCallOutputItem, id=ids, call_id=texts, output=texts),
    st.builds(
        core.McpApprovalResponseItem,
        id=ids,
        approval_request_id=texts,
        approve=st.booleans(),
        reason=st.none() | texts,
    ),
)


def subclasses(kind: type[Any]) -> Iterator[type[Any]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from subclasses(subclass)


def test_every_event_of_a_session_has_a_name_of_its_own() -> None:
    events = {kind for kind in subclasses(say.ServerEvent) if not kind.__name__.startswith("_")}
    assert events == set(TYPES)
    assert len(set(TYPES.values())) == len(TYPES)


@given(st.binary(max_size=100), ids, st.integers(min_value=0, max_value=9))
def test_sound_is_written_as_any_other_event(audio: bytes, item_id: str, output_index: int) -> None:
    event = say.AudioDelta(response_id="resp_1", item_id=item_id, output_index=output_index, delta=audio)
    assert VOICE_LIVE.encode(event) == (write("response.audio.delta", "event_1", event),)


@given(client_items, st.sampled_from(["image_url", "url"]))
def test_what_a_client_writes_is_shown_as_it_was(item: core.ClientItem, picture_field: Any) -> None:
    shown = wire.shown_item(item, message_begins="incomplete", picture_field=picture_field)
    written: wire.ClientItem = msgspec.json.decode(msgspec.json.encode(shown), type=wire.ClientItem)
    assert wire.read_item(written) == item


@given(st.binary(max_size=40).map(base64.b64encode).map(bytes.decode) | st.text("AB/+=-_ é\n", max_size=12))
def test_sound_is_valid_where_any_base64_is(text: str) -> None:
    message = json.dumps({"type": "input_audio_buffer.append", "audio": text})
    try:
        sound = msgspec.json.decode(json.dumps(text), type=bytes)
    except msgspec.ValidationError:
        with pytest.raises(InvalidRequest) as refused:
            decode(message)
        assert (refused.value.code, refused.value.param) == ("invalid_value", "audio")
    else:
        assert decode(message) == InputAudioBufferAppend(audio=sound)


def test_an_event_without_fields_has_its_type_and_id() -> None:
    assert VOICE_LIVE.encode(say.InputAudioBufferCleared()) == (
        '{"type":"input_audio_buffer.cleared","event_id":"event_1"}',
    )
