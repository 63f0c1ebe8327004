"""Anything that a client may say and engines may report, for properties of the session."""

from typing import Any

from hypothesis import strategies as st

from openvoicelive.protocol import work
from openvoicelive.protocol.session.items import McpTool
from tests.protocol.wire import Wire

words = st.sampled_from(["Hi.", "Well, ", "é", " "])
milliseconds = st.integers(min_value=-10, max_value=5_000)
# Ids that exist are put in the place of `$item` and the like; these never exist.
unknown_ids = st.sampled_from(["", "root", "item_none"])
sound = st.sampled_from(["", "AAAA" * 1_600])

FUNCTION = {"type": "function", "name": "f"}
SERVER = {
    "type": "mcp",
    "server_label": "weather",
    "server_url": "https://weather.example.com/mcp",
    "require_approval": {"never": ["free"]},
}
TOOLS = tuple(McpTool(name=name, input_schema={}) for name in ("free", "guarded"))

parts = st.sampled_from(
    [
        {"type": "input_text", "text": "Hi."},
        {"type": "output_text", "text": "Hi."},
        {"type": "output_audio", "transcript": "Hi."},
        {"type": "input_audio", "audio": "AAAA" * 1_600},
        {"type": "input_audio", "transcript": "Hi."},
    ]
)
messages = st.fixed_dictionaries(
    {
        "type": st.just("message"),
        "role": st.sampled_from(["user", "assistant", "system"]),
        "content": st.lists(parts, max_size=2),
    },
    optional={"id": st.sampled_from(["a", "b", "$item", "$turn"])},
)
items = st.one_of(
    messages,
    st.fixed_dictionaries(
        {"type": st.just("function_call"), "name": st.just("f"), "call_id": st.sampled_from(["call_1", "c"])}
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("function_call_output"),
            "call_id": st.sampled_from(["call_1", "c"]),
            "output": words,
        }
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("mcp_approval_response"),
            "approval_request_id": st.just("$approval") | unknown_ids,
            "approve": st.booleans(),
        }
    ),
)
session_options = st.fixed_dictionaries(
    {},
    optional={
        "instructions": st.none() | st.just("") | words,
        "voice": st.sampled_from(["alloy", "echo"]),
        "turn_detection": st.none()
        | st.fixed_dictionaries(
            {"type": st.just("server_vad")},
            optional={"create_response": st.booleans(), "interrupt_response": st.booleans()},
        ),
        "modalities": st.sampled_from([["text"], ["text", "audio"], ["audio"]]),
        "output_audio_timestamp_types": st.sampled_from([None, ["word"]]),
        "animation": st.sampled_from([None, {"outputs": ["viseme_id"]}]),
        "tools": st.none() | st.lists(st.sampled_from([FUNCTION, SERVER]), max_size=2),
        "tool_choice": st.sampled_from(["auto", "required", FUNCTION]),
    },
)
response_options = st.fixed_dictionaries(
    {},
    optional={
        "cancel_previous": st.booleans(),
        "modalities": st.sampled_from([["text"], ["text", "audio"], ["audio"]]),
        "instructions": st.none() | st.just("") | words,
        "conversation": st.sampled_from(["auto", "none"]),
        "tools": st.lists(st.sampled_from([FUNCTION, SERVER]), max_size=2),
        "tool_choice": st.sampled_from(["auto", FUNCTION]),
        "append_input_items": st.lists(items, max_size=3),
        "input_items": st.none() | st.lists(messages, max_size=1),
        "pre_generated_assistant_message": messages,
    },
)


def events(*types: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Client events of these types, which have these fields."""
    return st.fixed_dictionaries({"type": st.sampled_from(types), **fields})


client_events: st.SearchStrategy[dict[str, Any]] = st.one_of(
    events("session.update", session=session_options),
    events("input_audio_buffer.append", audio=sound),
    events("input_audio.turn.append", audio=sound, turn_id=words),
    events("input_audio_buffer.commit", "input_audio_buffer.clear", "input_audio.clear"),
    events(
        "input_audio.turn.start",
        "input_audio.turn.end",
        "input_audio.turn.cancel",
        turn_id=words,
    ),
    events("conversation.item.create", item=items),
    events("conversation.item.create", item=messages, previous_item_id=unknown_ids | st.just("$item")),
    events(
        "conversation.item.retrieve",
        "conversation.item.delete",
        "conversation.item.truncate",
        item_id=st.just("$item") | unknown_ids,
        content_index=st.integers(min_value=-1, max_value=1),
        audio_end_ms=milliseconds,
    ),
    events("input_text.delta", id=st.sampled_from(["a", "b", "$item", "$turn"]), delta=words),
    events("input_text.done", id=st.sampled_from(["a", "b", "$item", "$turn"])),
    events("response.create"),
    events("response.create", response=response_options),
    events("response.create", additional_instructions=st.none() | st.just("") | words),
    events("response.cancel"),
    events("response.cancel", response_id=st.just("$response") | unknown_ids),
    events("output_audio_buffer.clear", "session.avatar.connect", "transcription_session.update"),
    events("no.such.event"),
)
_response = st.just("$response")
_call_ids = st.sampled_from(["call_1", "call_2"])
reports: st.SearchStrategy[Any] = st.one_of(
    st.builds(work.SpeechBegan, milliseconds),
    st.builds(work.SpeechEnded, milliseconds, milliseconds),
    st.builds(work.PartialTranscript, st.none() | words),
    st.builds(work.Transcribed, st.sampled_from(["$turn", "$audio"]), st.just("") | words),
    st.builds(work.NotTranscribed, st.sampled_from(["$turn", "$audio"]), st.just("code"), words),
    st.builds(work.LanguageNotRecognised, st.just("code"), words),
    st.builds(work.TurnsNotDetected, st.just("code"), words),
    st.builds(work.Wrote, _response, words),
    st.builds(work.Spoke, _response, st.just("") | words, st.binary(max_size=4), st.just(100.0)),
    st.builds(work.MessageEnded, _response),
    st.builds(work.ToolCallBegan, _response, _call_ids, st.sampled_from(["f", "free", "guarded"])),
    st.builds(work.ToolCallArguments, _response, _call_ids, st.just("{}")),
    st.builds(work.ReplyEnded, _response, st.sampled_from(["stop", "length", "tool_calls"])),
    st.builds(work.ReplyFailed, _response, st.just("model_died"), words),
    st.builds(work.ToolsListed, st.just("$list"), st.just(TOOLS)),
    st.builds(work.ToolListFailed, st.just("$list"), st.just("code"), words),
    st.builds(work.ToolCalled, st.just("$call"), words),
    st.builds(work.ToolCallFailed, st.just("$call"), st.just("code"), words),
)


def addressed(value: Any, wire: Wire) -> Any:
    """Put ids that exist where the strategies left a placeholder."""
    known = _known_ids(wire)

    def filled(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: filled(inner) for name, inner in part.items()}
        if isinstance(part, list):
            return [filled(inner) for inner in part]
        return known.get(part, part) if isinstance(part, str) else part

    if isinstance(value, dict):
        return filled(value)
    return type(value)(**filled(dict(vars(value))))


def _known_ids(wire: Wire) -> dict[str, str]:
    created = [e["item"] for e in wire.events if e["type"] == "conversation.item.created"]
    approvals = [item["id"] for item in created if item["type"] == "mcp_approval_request"]
    started = [e["item_id"] for e in wire.events if e["type"] == "input_audio_buffer.speech_started"]

    def newest(ids: list[str]) -> str:
        return ids[-1] if ids else "none"

    turns = [order.item_id for order in wire.ordered(work.Transcribe)]
    return {
        "$item": newest([item["id"] for item in created]),
        "$approval": newest(approvals),
        "$turn": newest(turns or started),
        "$audio": newest([order.item_id for order in wire.ordered(work.TranscribeAudio)]),
        "$response": newest([order.response_id for order in wire.ordered(work.Reply)]),
        "$list": newest([order.item_id for order in wire.ordered(work.ListTools)]),
        "$call": newest([order.item_id for order in wire.ordered(work.CallTool)]),
    }
