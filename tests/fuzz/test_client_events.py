"""Whatever a client sends, a session answers with events of the contract, and goes on."""

from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import work
from openvoicelive.protocol.dialects.voice_live.client_events import ClientEvent
from tests.fuzz.messages import EVENT_TYPES, Writer
from tests.protocol.wire import Wire, decode

chances = st.randoms(use_true_random=False)


@pytest.mark.parametrize("event_type", EVENT_TYPES)
@settings(max_examples=20)
@given(chance=chances)
def test_what_the_structs_declare_is_understood(event_type: str, chance: Random) -> None:
    msgspec.json.decode(Writer(chance).valid(event_type), type=ClientEvent)


@pytest.mark.parametrize("event_type", EVENT_TYPES)
@settings(max_examples=40)
@given(chance=chances)
def test_an_event_is_read_or_refused_and_nothing_else(event_type: str, chance: Random) -> None:
    writer = Writer(chance)
    for text in (writer.nearly_valid(event_type), writer.wild()):
        try:
            decode(text)
        except InvalidRequest as refusal:
            said = f"{refusal.code} {refusal}"
            # The field is in `param`; the decoder's own way to write it is none of a client's business.
            assert "$" not in said.replace("${x}", "") or "`" not in said, (text, said)


@settings(max_examples=200)
@given(chance=chances)
def test_a_session_answers_to_any_messages_and_goes_on(chance: Random) -> None:
    wire = Wire()
    writer = Writer(chance)
    for _ in range(chance.randint(1, 15)):
        wire.say(writer.message())
        if chance.random() < 0.5:
            report(wire, chance)
        writer.hear(wire.events)
    while wire.checker.response_id is not None:
        wire.say({"type": "response.cancel"})
    assert wire.update(turn_detection=None, instructions="Go on.")[-1]["type"] == "session.updated"
    wire.checker.finish()


def report(wire: Wire, chance: Random) -> None:
    """Let the engines do some of what they were ordered."""
    for order in wire.orders[-3:]:
        match order:
            case work.Transcribe(item_id=item_id):
                wire.report(work.Transcribed(item_id, chance.choice(["Hello.", ""])))
            case work.Reply(response_id=response_id):
                wire.report(work.Wrote(response_id, "Well, "))
                if chance.random() < 0.5:
                    wire.report(work.ReplyEnded(response_id, "stop"))
