"""A client event that is refused changes nothing: its only trace is the error."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from openvoicelive.protocol import work
from tests.protocol.random_inputs import addressed, client_events, reports
from tests.protocol.wire import Event, Wire, error_of, types


def state_of(value: Any) -> Any:
    """Return everything that an object holds, as plain values that can be compared."""
    if isinstance(value, msgspec.Struct):
        return (type(value), msgspec.structs.asdict(value))
    if isinstance(value, dict):
        return {key: state_of(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [state_of(inner) for inner in value]
    if hasattr(value, "__dict__") and not callable(value):
        return (type(value), state_of(vars(value)))
    return value


def give(wire: Wire, given_input: Any) -> list[Event]:
    return wire.say(given_input) if isinstance(given_input, dict) else wire.report(given_input)


def without_event_ids(events: list[Event]) -> list[Event]:
    """Return events without their ids, which are consecutive, and without the errors about refused events."""
    accepted = (event for event in events if not _is_refusal(event))
    return [{name: part for name, part in event.items() if name != "event_id"} for event in accepted]


def _is_refusal(event: Event) -> bool:
    return event["type"] == "error" and event["error"]["event_id"] is not None


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["gpt-4o", "gpt-realtime"]),
    st.none() | st.just("Welcome."),
    st.lists(client_events | reports, max_size=40),
)
def test_a_refused_event_is_as_if_it_had_not_come(
    model: str, greeting: str | None, inputs: list[Any]
) -> None:
    wire, without_refused = (Wire(model=model, greeting=greeting) for _ in range(2))
    for number, drawn in enumerate(inputs):
        given_input = addressed(drawn, wire)
        if isinstance(given_input, dict):
            given_input["event_id"] = f"mine_{number}"
        wire.report_received_audio()
        before = state_of([wire.session, wire.dialect, wire.orders])
        events = give(wire, given_input)
        if any(map(_is_refusal, events)):
            assert error_of(events)["event_id"] == f"mine_{number}"
            assert state_of([wire.session, wire.dialect, wire.orders]) == before
        else:
            give(without_refused, given_input)
    assert without_event_ids(wire.events) == without_event_ids(without_refused.events)
    assert wire.orders == without_refused.orders


def test_a_response_that_is_refused_for_one_of_its_items_cancels_and_inserts_nothing() -> None:
    wire = Wire()
    response_id = wire.create_response()
    wire.answer(response_id, "One ")
    good = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi."}]}
    bad = {"type": "function_call_output", "call_id": "nobody", "output": ""}
    response = {"cancel_previous": True, "append_input_items": [good, bad]}
    error = error_of(wire.say({"type": "response.create", "response": response}))
    assert error["code"] == "invalid_tool_call_id"
    assert wire.ordered(work.StopReply) == []
    assert types(wire.report(work.ReplyEnded(response_id)))[-1] == "response.done"
    wire.create_response()
    assert len(wire.ordered(work.Reply)[-1].request.items) == 1


def test_a_call_may_be_appended_with_its_output() -> None:
    wire = Wire()
    call = {"type": "function_call", "name": "f", "call_id": "call_1"}
    output = {"type": "function_call_output", "call_id": "call_1", "output": "sunny"}
    wire.say({"type": "response.create", "response": {"append_input_items": [call, output]}})
    assert len(wire.ordered(work.Reply)[-1].request.items) == 2
    again = error_of(wire.say({"type": "response.create", "response": {"append_input_items": [output]}}))
    assert again["code"] == "conversation_already_has_active_response"


def test_items_that_are_appended_together_cannot_share_an_id() -> None:
    wire = Wire()
    item = {"type": "message", "id": "a", "role": "user", "content": []}
    error = error_of(wire.say({"type": "response.create", "response": {"append_input_items": [item, item]}}))
    assert error["code"] == "item_already_exists"
    assert types(wire.say({"type": "conversation.item.create", "item": item})) == [
        "conversation.item.created"
    ]


def test_a_typed_text_that_is_refused_can_be_finished_later() -> None:
    wire = Wire()
    turn_id = wire.report(work.SpeechBegan(0))[0]["item_id"]
    wire.say({"type": "input_text.delta", "id": turn_id, "delta": "Hello."})
    assert error_of(wire.say({"type": "input_text.done", "id": turn_id}))["code"] == "item_already_exists"
    wire.report(work.SpeechEnded(0, 1_000))
    wire.report(work.Transcribed(turn_id, "Well,"))
    assert wire.say({"type": "input_text.done", "id": turn_id}) == []
    [retrieved] = wire.say({"type": "conversation.item.retrieve", "item_id": turn_id})
    assert [part.get("text") for part in retrieved["item"]["content"]] == [None, "Hello."]


def test_an_automatic_answer_that_cannot_be_made_is_not_the_fault_of_the_event_before_it() -> None:
    wire = Wire()
    wire.update(turn_detection={"type": "server_vad", "interrupt_response": False})
    wire.create_response()
    wire.speak("Hello.")
    wire.update(tool_choice={"type": "function", "name": "f"})
    events = wire.say({"type": "response.cancel", "event_id": "mine"})
    assert types(events) == ["response.done", "error"]
    assert events[-1]["error"]["event_id"] is None
