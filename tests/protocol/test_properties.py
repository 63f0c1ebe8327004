"""Whatever clients say and engines report, in any order: the session keeps the wire's invariants.

The invariants themselves are in the wire checker, through which every event of `Wire` goes: legal order,
unique event ids, one active response, deltas and usage that add up.
"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from openvoicelive.protocol import work
from openvoicelive.protocol.server_events import ServerEvent
from tests.protocol.random_inputs import addressed, client_events, reports
from tests.protocol.wire import Wire


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
        # An answer that is due has begun.
        calls_run = wire.session._mcp.runs(None)
        assert wire.session._state.next_answer.due(calls_run=calls_run) is None
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
    outputs = wire.session.receive(work.SpeechBegan(0))
    texts = [wire.dialect.encode(output) for output in outputs if isinstance(output, ServerEvent)]
    assert texts
    assert not any("\n" in text for parts in texts for text in parts)
