"""Whatever clients say and engines report, in any order: the session keeps the wire's invariants.

The invariants themselves are in the wire checker, through which every event of `Wire` goes: legal order,
unique event ids, one active response, deltas and usage that add up.
"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from openvoicelive.protocol import work
from openvoicelive.protocol.server_events import ServerEvent
from tests.protocol.wire import Wire

words = st.sampled_from(["Hi.", "Well, ", "é", " "])
milliseconds = st.integers(min_value=-10, max_value=5_000)
# Ids that exist are drawn from what the session said; these never do.
unknown_ids = st.sampled_from(["", "root", "item_none"])

parts = st.sampled_from(
    [
        {"type": "input_text", "text": "Hi."},
        {"type": "output_text", "text": "Hi."},
        {"type": "output_audio", "transcript": "Hi."},
    ]
)

client_events = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("session.update")},
        optional={
            "session": st.fixed_dictionaries(
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
                },
            )
        },
    ),
    st.fixed_dictionaries(
        {"type": st.just("input_audio_buffer.append"), "audio": st.sampled_from(["", "AAAA" * 1_600])}
    ),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["input_audio_buffer.commit", "input_audio_buffer.clear"])}
    ),
    st.fixed_dictionaries(
        {
            "type": st.just("conversation.item.create"),
            "item": st.fixed_dictionaries(
                {
                    "type": st.just("message"),
                    "role": st.sampled_from(["user", "assistant", "system"]),
                    "content": st.lists(parts, max_size=2),
                },
                optional={"id": st.sampled_from(["a", "b"])},
            ),
        },
        optional={"previous_item_id": unknown_ids},
    ),
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(
                [
                    "conversation.item.retrieve",
                    "conversation.item.delete",
                    "conversation.item.truncate",
                ]
            ),
            "item_id": st.just("$item") | unknown_ids,
            "content_index": st.integers(min_value=-1, max_value=1),
            "audio_end_ms": milliseconds,
        }
    ),
    st.fixed_dictionaries(
        {"type": st.just("response.create")},
        optional={
            "response": st.fixed_dictionaries(
                {},
                optional={
                    "cancel_previous": st.booleans(),
                    "modalities": st.sampled_from([["text"], ["text", "audio"]]),
                    "instructions": st.none() | st.just("") | words,
                },
            ),
            "additional_instructions": st.none() | st.just("") | words,
        },
    ),
    st.just({"type": "response.cancel"}),
    st.just({"type": "no.such.event"}),
)
reports: st.SearchStrategy[Any] = st.one_of(
    st.builds(work.SpeechBegan, milliseconds),
    st.builds(work.SpeechEnded, milliseconds, milliseconds),
    st.builds(work.PartialTranscript, st.none() | words),
    st.builds(work.Transcribed, st.just("$turn"), st.just("") | words),
    st.builds(work.NotTranscribed, st.just("$turn"), st.just("code"), words),
    st.builds(work.LanguageNotRecognised, st.just("code"), words),
    st.builds(work.Wrote, st.just("$response"), words),
    st.builds(work.Spoke, st.just("$response"), st.just("") | words, st.binary(max_size=4), st.just(100.0)),
    st.builds(work.ToolCallBegan, st.just("$response"), st.just("call_1"), st.just("f")),
    st.builds(work.ToolCallArguments, st.just("$response"), st.just("call_1"), st.just("{}")),
    st.builds(work.ReplyEnded, st.just("$response"), st.sampled_from(["stop", "length", "tool_calls"])),
    st.builds(work.ReplyFailed, st.just("$response"), st.just("model_died"), words),
)


def addressed(value: Any, wire: Wire) -> Any:
    """Put ids that exist where the strategies left a placeholder."""
    created = [e["item"]["id"] for e in wire.events if e["type"] == "conversation.item.created"]
    turns = wire.ordered(work.Transcribe)
    replies = wire.ordered(work.Reply)
    known = {
        "$item": created[-1] if created else "item_none",
        "$turn": turns[-1].item_id if turns else "item_none",
        "$response": replies[-1].response_id if replies else "resp_none",
    }
    if isinstance(value, dict):
        return {
            name: known.get(part, part) if isinstance(part, str) else part for name, part in value.items()
        }
    fields = {name: known.get(part, part) for name, part in vars(value).items() if isinstance(part, str)}
    return type(value)(**(vars(value) | fields))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["gpt-4o", "gpt-realtime"]), st.lists(client_events | reports, max_size=40))
def test_any_sequence_of_events_and_reports_keeps_the_invariants(model: str, inputs: list[Any]) -> None:
    wire = Wire(model=model)
    for given_input in inputs:
        said = addressed(given_input, wire)
        if isinstance(said, dict):
            wire.say(said)
        else:
            wire.report(said)
    # However it came to be: after a cancel no answer is open, and the session still answers.
    while wire.checker.response_id is not None:
        wire.say({"type": "response.cancel"})
    wire.update(turn_detection=None, instructions="Go on.")
    wire.checker.finish()
    assert wire.events[-1]["type"] == "session.updated"
    # A chat model is never asked with nothing.
    assert all(reply.request.instructions.strip() for reply in wire.ordered(work.Reply))


@settings(max_examples=100, deadline=None)
@given(st.lists(client_events, max_size=20))
def test_a_recorded_list_of_inputs_replays_exactly(inputs: list[dict[str, Any]]) -> None:
    first, second = Wire(), Wire()
    for event in inputs:
        first.say(event)
        second.say(event)
    assert (first.events, first.orders) == (second.events, second.orders)


def test_events_are_single_lines_of_json() -> None:
    wire = Wire()
    for output in wire.session.receive(work.SpeechBegan(0)):
        assert isinstance(output, ServerEvent)
        assert all("\n" not in text for text in wire.dialect.encode(output))
