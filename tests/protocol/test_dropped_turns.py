"""A turn that the user began and that comes to nothing leaves the session able to answer."""

from collections.abc import Callable

import pytest

from openvoicelive.protocol import work
from tests.protocol.test_mcp import ANSWER, COMPLETED, call, called, finish, listed
from tests.protocol.wire import Wire, types


def clear(wire: Wire) -> None:
    wire.say({"type": "input_audio_buffer.clear"})


def start_a_turn_anew(wire: Wire) -> None:
    wire.say({"type": "input_audio.turn.start", "turn_id": "turn_1"})


def turn_detection_off(wire: Wire) -> None:
    wire.update(turn_detection=None)


def detection_fails(wire: Wire) -> None:
    wire.report(work.TurnsNotDetected("internal_error", "It broke."))


DROPS = pytest.mark.parametrize("drop", [clear, start_a_turn_anew, turn_detection_off, detection_fails])


def with_turn_detection() -> Wire:
    wire = listed()
    wire.update(turn_detection={"type": "server_vad"})
    return wire


@DROPS
def test_a_tool_is_answered_after_a_turn_that_was_dropped(drop: Callable[[Wire], None]) -> None:
    wire = with_turn_detection()
    wire.report(work.SpeechBegan(0))
    drop(wire)
    called(wire)
    order = wire.ordered(work.CallTool)[-1]
    assert types(wire.report(work.ToolCalled(order.item_id, "Sunny."))) == [*COMPLETED, *ANSWER]


@DROPS
def test_a_tool_that_answers_while_the_user_speaks_is_answered_when_the_turn_is_dropped(
    drop: Callable[[Wire], None],
) -> None:
    wire = with_turn_detection()
    called(wire)
    wire.report(work.SpeechBegan(0))
    order = wire.ordered(work.CallTool)[-1]
    assert types(wire.report(work.ToolCalled(order.item_id, "Sunny."))) == COMPLETED
    drop(wire)
    assert wire.events[-1]["type"] == "response.created"


def test_words_of_something_else_do_not_let_a_tool_be_answered_while_the_user_speaks() -> None:
    wire = with_turn_detection()
    called(wire)
    wire.report(work.SpeechBegan(0))
    audio = {"type": "input_audio", "audio": "AAAA" * 1_600}
    item = {"type": "message", "role": "user", "content": [audio]}
    wire.say({"type": "conversation.item.create", "item": item})
    wire.report(work.ToolCalled(wire.ordered(work.CallTool)[-1].item_id, "Sunny."))
    assert wire.report(work.Transcribed(wire.ordered(work.TranscribeAudio)[-1].item_id, "Wait.")) != []
    assert wire.events[-1]["type"] != "response.created"
    wire.report(work.SpeechEnded(0, 1_000))
    wire.report(work.Transcribed(wire.ordered(work.Transcribe)[-1].item_id, ""))
    assert wire.events[-1]["type"] == "response.created"


def test_a_request_is_answered_when_the_answer_to_the_tool_was_cancelled() -> None:
    wire = with_turn_detection()
    called(wire)
    wire.report(work.ToolCalled(wire.ordered(work.CallTool)[-1].item_id, "Sunny."))
    wire.say({"type": "response.cancel"})
    assert types(wire.say({"type": "response.create"})) == ["response.created"]


def test_what_is_written_while_a_tool_is_answered_gets_an_answer_of_its_own() -> None:
    wire = with_turn_detection()
    called(wire)
    wire.report(work.ToolCalled(wire.ordered(work.CallTool)[-1].item_id, "Sunny."))
    wire.write("And tomorrow?")
    wire.report(work.Wrote(wire.ordered(work.Reply)[-1].response_id, "It is sunny."))
    finish(wire)
    assert types(wire.say({"type": "response.create"})) == ["response.created"]


def test_an_answer_outside_of_the_conversation_leaves_the_users_turn_to_be_answered() -> None:
    wire = Wire()
    wire.update(turn_detection={"type": "server_vad", "interrupt_response": False})
    wire.create_response()
    wire.speak("Hello.")
    wire.say({"type": "response.create", "response": {"conversation": "none", "cancel_previous": True}})
    assert types(wire.report(work.ReplyEnded(wire.ordered(work.Reply)[-1].response_id))) == [
        "response.done",
        "response.created",
    ]


def test_a_session_that_cannot_answer_says_so_once_and_answers_when_it_can() -> None:
    wire = Wire()
    wire.update(tool_choice={"type": "function", "name": "f"})
    wire.report(work.SpeechBegan(0))
    assert wire.report(work.PartialTranscript("Hello.")) == []
    wire.report(work.SpeechEnded(0, 1_000))
    events = wire.report(work.Transcribed(wire.ordered(work.Transcribe)[-1].item_id, "Hello."))
    assert types(events)[-2:] == ["conversation.item.created", "error"]
    assert types(wire.update(tool_choice="auto")) == ["session.updated"]
    assert types(wire.speak("Hello?", 2_000, 3_000))[-1] == "response.created"


def test_a_client_that_starts_a_turn_is_told_if_that_ends_one_that_was_detected() -> None:
    wire = Wire()
    start = {"type": "input_audio.turn.start", "turn_id": "turn_1"}
    assert wire.say(start) == []
    wire.report(work.SpeechBegan(0))
    assert types(wire.say(start)) == ["input_audio_buffer.cleared"]
    assert types(wire.report(work.SpeechBegan(0))) == ["input_audio_buffer.speech_started"]


def test_a_user_interrupts_also_in_a_turn_in_which_turn_detection_was_off() -> None:
    wire = Wire()
    wire.report(work.SpeechBegan(0))
    wire.update(turn_detection=None)
    wire.update(turn_detection={"type": "server_vad"})
    wire.create_response()
    assert types(wire.report(work.SpeechBegan(1_000))) == ["response.done"]
    events = wire.report(work.SpeechEnded(1_000, 2_000))
    assert types(events) == ["input_audio_buffer.speech_stopped", "input_audio_buffer.committed"]
    order = wire.ordered(work.Transcribe)[-1]
    assert types(wire.report(work.Transcribed(order.item_id, "Stop.")))[-1] == "response.created"


def test_a_second_call_of_a_tool_waits_for_a_user_who_speaks() -> None:
    wire = with_turn_detection()
    called(wire)
    wire.report(work.ToolCalled(wire.ordered(work.CallTool)[-1].item_id, "Sunny."))
    call(wire)
    finish(wire)
    wire.report(work.SpeechBegan(0))
    order = wire.ordered(work.CallTool)[-1]
    assert types(wire.report(work.ToolCalled(order.item_id, "Sunny."))) == COMPLETED
