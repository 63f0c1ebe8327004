"""The flows of the wire contract, A to I, event by event."""

import pytest

from openvoicelive.protocol import work
from tests.protocol.wire import Wire, error_of, types

SPOKEN_ANSWER = [
    "response.output_item.added",
    "conversation.item.created",
    "response.content_part.added",
    "response.audio_transcript.delta",
    "response.audio.delta",
]
ANSWER_DONE = [
    "response.audio.done",
    "response.audio_transcript.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.done",
]


def test_a_connection_begins_with_the_session_and_what_to_listen_for() -> None:
    wire = Wire()
    assert types(wire.opening) == ["session.created"]
    session = wire.opening[0]["session"]
    assert session["turn_detection"]["type"] == "server_vad"
    assert session["modalities"] == ["text", "audio"]
    assert wire.orders == [wire.ordered(work.ConfigureListening)[0]]


def test_a_spoken_turn_is_answered_in_the_order_of_the_contract() -> None:
    wire = Wire()
    events = wire.speak("Hello there.", 20, 900)
    assert types(events) == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.input_audio_transcription.completed",
        "conversation.item.created",
        "response.created",
    ]
    started, stopped, committed, transcribed, created, response = events
    assert (started["audio_start_ms"], stopped["audio_end_ms"]) == (20, 900)
    assert {e["item_id"] for e in (started, stopped, committed, transcribed)} == {created["item"]["id"]}
    assert created["previous_item_id"] is None
    assert created["item"]["content"] == [{"type": "input_audio", "transcript": "Hello there."}]
    response_id = response["response"]["id"]
    assert types(wire.answer(response_id, "Hi.")) == SPOKEN_ANSWER
    done = wire.report(work.ReplyEnded(response_id))
    assert types(done) == ANSWER_DONE
    assert done[-1]["response"]["status"] == "completed"
    assert done[-1]["response"]["output"][0]["content"] == [{"type": "audio", "transcript": "Hi."}]


def test_the_model_is_given_what_was_said_and_what_was_answered() -> None:
    wire = Wire()
    wire.speak("One.")
    first = wire.ordered(work.Reply)[-1]
    wire.answer(first.response_id, "Two.")
    wire.report(work.ReplyEnded(first.response_id))
    wire.speak("Three.", 2_000, 3_000)
    said = [item.content[0].transcript for item in wire.ordered(work.Reply)[-1].request.items]
    assert said == ["One.", "Two.", "Three."]


def test_without_turn_detection_a_commit_makes_a_turn_and_no_answer() -> None:
    wire = Wire()
    wire.update(turn_detection=None)
    assert wire.ordered(work.ConfigureListening)[-1].turn_detection is None
    assert wire.say({"type": "input_audio_buffer.append", "audio": "AAAA" * 1_600}) == []
    committed = wire.say({"type": "input_audio_buffer.commit"})
    assert types(committed) == ["input_audio_buffer.committed"]
    order = wire.ordered(work.Transcribe)[-1]
    assert (order.start_ms, order.end_ms) == (0, 100)
    assert types(wire.report(work.Transcribed(order.item_id, "Hello."))) == [
        "conversation.item.input_audio_transcription.completed",
        "conversation.item.created",
    ]
    assert wire.ordered(work.Reply) == []


def test_an_answer_asked_for_right_after_a_commit_waits_for_the_words() -> None:
    wire = Wire()
    wire.update(turn_detection=None)
    wire.say({"type": "input_audio_buffer.append", "audio": "AAAA" * 1_600})
    wire.say({"type": "input_audio_buffer.commit"})
    assert wire.say({"type": "response.create"}) == []
    assert wire.ordered(work.Reply) == []
    events = wire.report(work.Transcribed(wire.ordered(work.Transcribe)[-1].item_id, "Hello."))
    # The order that a client sees which waits for each before it goes on.
    assert types(events) == [
        "conversation.item.input_audio_transcription.completed",
        "conversation.item.created",
        "response.created",
    ]
    [reply] = wire.ordered(work.Reply)
    assert reply.request.items[-1].content[0].transcript == "Hello."


@pytest.mark.parametrize(("response", "answers"), [({}, 1), ({"conversation": "none"}, 2)])
def test_a_turn_that_the_client_asks_to_answer_has_one_answer(response: dict[str, str], answers: int) -> None:
    wire = Wire()
    wire.report(work.SpeechBegan(0))
    wire.report(work.SpeechEnded(0, 1_000))
    wire.say({"type": "response.create", "response": response})
    wire.report(work.Transcribed(wire.ordered(work.Transcribe)[-1].item_id, "Hello."))
    wire.report(work.ReplyEnded(wire.ordered(work.Reply)[-1].response_id))
    assert len(wire.ordered(work.Reply)) == answers


def test_an_answer_that_waits_for_words_is_active_and_can_be_cancelled() -> None:
    wire = Wire()
    wire.update(turn_detection=None)
    wire.say({"type": "input_audio_buffer.append", "audio": "AAAA" * 1_600})
    wire.say({"type": "input_audio_buffer.commit"})
    wire.say({"type": "response.create"})
    again = error_of(wire.say({"type": "response.create"}))
    assert again["code"] == "conversation_already_has_active_response"
    created, done = wire.say({"type": "response.cancel"})
    assert types([created, done]) == ["response.created", "response.done"]
    assert done["response"]["status_details"]["reason"] == "client_cancelled"
    wire.report(work.Transcribed(wire.ordered(work.Transcribe)[-1].item_id, "Hello."))
    assert wire.ordered(work.Reply) == []


def test_a_typed_message_is_answered_in_text_when_the_client_wants_text() -> None:
    wire = Wire()
    wire.write("Say hello.")
    response_id = wire.create_response(modalities=["text"])
    events = wire.report(work.Wrote(response_id, "Hel")) + wire.report(work.Wrote(response_id, "lo."))
    events += wire.report(work.ReplyEnded(response_id))
    assert types(events) == [
        "response.output_item.added",
        "conversation.item.created",
        "response.content_part.added",
        "response.text.delta",
        "response.text.delta",
        "response.text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]
    assert events[-1]["response"]["output"][0]["content"] == [{"type": "text", "text": "Hello."}]


def test_a_function_call_is_announced_before_its_arguments() -> None:
    wire = Wire()
    wire.update(tools=[{"type": "function", "name": "get_weather", "parameters": {"type": "object"}}])
    wire.write("How is the weather in Beijing?")
    response_id = wire.create_response()
    events = wire.report(work.ToolCallBegan(response_id, "call_1", "get_weather"))
    for delta in ('{"location"', ':"Beijing"}'):
        events += wire.report(work.ToolCallArguments(response_id, "call_1", delta))
    events += wire.report(work.ReplyEnded(response_id, "tool_calls"))
    assert types(events) == [
        "response.output_item.added",
        "conversation.item.created",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "response.done",
    ]
    assert events[0]["item"]["status"] == "in_progress"
    assert events[4]["name"] == "get_weather"
    assert events[4]["arguments"] == '{"location":"Beijing"}'
    assert events[5]["item"]["status"] == "completed"


def test_a_functions_output_is_given_to_the_model_in_the_next_answer() -> None:
    wire = Wire()
    wire.write("How is the weather?")
    response_id = wire.create_response()
    wire.report(work.ToolCallBegan(response_id, "call_1", "get_weather"))
    wire.report(work.ReplyEnded(response_id, "tool_calls"))
    output = {"type": "function_call_output", "call_id": "call_1", "output": "sunny"}
    assert types(wire.say({"type": "conversation.item.create", "item": output})) == [
        "conversation.item.created"
    ]
    wire.create_response()
    request = wire.ordered(work.Reply)[-1].request
    assert [item.call_id for item in request.items[1:]] == ["call_1", "call_1"]


def test_a_preface_is_spoken_before_the_call_and_two_calls_follow_each_other() -> None:
    wire = Wire()
    wire.write("The weather in two towns, please.")
    response_id = wire.create_response()
    events = wire.answer(response_id, "One moment.")
    for call_id in ("call_1", "call_2"):
        events += wire.report(work.ToolCallBegan(response_id, call_id, "get_weather"))
        events += wire.report(work.ToolCallArguments(response_id, call_id, "{}"))
    events += wire.report(work.ReplyEnded(response_id, "tool_calls"))
    assert [item["type"] for item in events[-1]["response"]["output"]] == [
        "message",
        "function_call",
        "function_call",
    ]
    assert types(events).count("response.function_call_arguments.done") == 2


def test_a_call_without_arguments_has_an_empty_object() -> None:
    wire = Wire()
    response_id = wire.create_response()
    wire.report(work.ToolCallBegan(response_id, "call_1", "stop"))
    events = wire.report(work.ReplyEnded(response_id))
    assert types(events)[:2] == [
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
    ]
    assert events[1]["arguments"] == "{}"


def test_cancel_closes_what_was_said_and_stops_the_work() -> None:
    wire = Wire()
    wire.write("Tell me a story.")
    response_id = wire.create_response()
    wire.answer(response_id, "Once ")
    events = wire.say({"type": "response.cancel"})
    assert types(events) == ANSWER_DONE
    response = events[-1]["response"]
    assert (response["status"], response["status_details"]) == (
        "cancelled",
        {"type": "cancelled", "reason": "client_cancelled"},
    )
    assert wire.ordered(work.StopReply) == [work.StopReply(response_id)]


def test_speech_during_an_answer_cancels_it() -> None:
    wire = Wire()
    wire.speak("Tell me a story.")
    response_id = wire.ordered(work.Reply)[-1].response_id
    wire.answer(response_id, "Once ")
    events = wire.report(work.SpeechBegan(4_000))
    assert types(events) == ["input_audio_buffer.speech_started", *ANSWER_DONE]
    assert events[-1]["response"]["status_details"] == {"type": "cancelled", "reason": "turn_detected"}


def test_speech_before_the_words_are_known_cancels_the_answer_to_them() -> None:
    wire = Wire()
    wire.report(work.SpeechBegan(0))
    wire.report(work.SpeechEnded(0, 1_000))
    first = wire.ordered(work.Transcribe)[-1].item_id
    wire.report(work.SpeechBegan(1_100))
    events = wire.report(work.Transcribed(first, "What's the weather?"))
    assert types(events) == [
        "conversation.item.input_audio_transcription.completed",
        "conversation.item.created",
        "response.created",
        "response.done",
    ]
    assert events[-1]["response"]["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
    assert wire.ordered(work.Reply) == []
    wire.report(work.SpeechEnded(1_100, 2_000))
    events = wire.report(work.Transcribed(wire.ordered(work.Transcribe)[-1].item_id, "In Paris."))
    assert types(events)[-1] == "response.created"
    [reply] = wire.ordered(work.Reply)
    said = [item.content[0].transcript for item in reply.request.items]
    assert said == ["What's the weather?", "In Paris."]


def test_two_turns_that_were_over_before_their_words_were_known_have_an_answer_each() -> None:
    wire = Wire()
    for start_ms in (0, 1_000):
        wire.report(work.SpeechBegan(start_ms))
        wire.report(work.SpeechEnded(start_ms, start_ms + 900))
    first, second = (order.item_id for order in wire.ordered(work.Transcribe))
    events = wire.report(work.Transcribed(first, "One.")) + wire.report(work.Transcribed(second, "Two."))
    created, overtaken, answered = (event["response"] for event in events if "response" in event)
    assert created["id"] == overtaken["id"] != answered["id"]
    assert (overtaken["status"], answered["status"]) == ("cancelled", "in_progress")
    assert len(wire.ordered(work.Reply)) == 1


def test_speech_that_shall_not_interrupt_leaves_the_answer_to_the_words_before() -> None:
    wire = Wire()
    wire.update(turn_detection={"type": "server_vad", "interrupt_response": False})
    wire.report(work.SpeechBegan(0))
    wire.report(work.SpeechEnded(0, 1_000))
    wire.report(work.SpeechBegan(1_100))
    events = wire.report(work.Transcribed(wire.ordered(work.Transcribe)[-1].item_id, "One."))
    assert types(events)[-1] == "response.created"
    assert len(wire.ordered(work.Reply)) == 1


def test_words_that_nobody_wants_answered_are_not_answered_when_the_user_speaks_again() -> None:
    wire = Wire()
    wire.report(work.SpeechBegan(0))
    wire.report(work.SpeechEnded(0, 1_000))
    wire.report(work.SpeechBegan(1_100))
    events = wire.report(work.Transcribed(wire.ordered(work.Transcribe)[-1].item_id, ""))
    assert types(events)[-1] == "conversation.item.created"


def test_late_reports_of_a_cancelled_answer_yield_nothing() -> None:
    wire = Wire()
    response_id = wire.create_response()
    wire.say({"type": "response.cancel"})
    assert wire.answer(response_id, "too late") == []
    assert wire.report(work.ToolCallBegan(response_id, "call_1", "f")) == []
    assert wire.report(work.ReplyEnded(response_id)) == []
    assert wire.report(work.ReplyFailed(response_id, "model_died", "gone")) == []


def test_a_call_that_is_cut_off_never_has_final_arguments() -> None:
    wire = Wire()
    response_id = wire.create_response()
    wire.report(work.ToolCallBegan(response_id, "call_1", "f"))
    wire.report(work.ToolCallArguments(response_id, "call_1", '{"a'))
    events = wire.say({"type": "response.cancel"})
    assert types(events) == ["response.output_item.done", "response.done"]
    assert events[0]["item"]["status"] == "incomplete"


def test_a_turn_without_interruption_is_answered_after_the_answer_before() -> None:
    wire = Wire()
    wire.update(turn_detection={"type": "server_vad", "interrupt_response": False})
    wire.speak("One.")
    first = wire.ordered(work.Reply)[-1].response_id
    wire.speak("Two.", 2_000, 3_000)
    assert len(wire.ordered(work.Reply)) == 1
    assert types(wire.report(work.ReplyEnded(first))) == ["response.done", "response.created"]
    assert len(wire.ordered(work.Reply)) == 2


def test_a_turn_in_which_no_word_was_understood_is_not_answered() -> None:
    wire = Wire()
    assert types(wire.speak(""))[-1] == "conversation.item.created"
    assert wire.ordered(work.Reply) == []


def test_a_turn_is_not_answered_when_the_client_wants_to_do_that_itself() -> None:
    wire = Wire()
    wire.update(turn_detection={"type": "server_vad", "create_response": False})
    assert types(wire.speak("Hello."))[-1] == "conversation.item.created"


def test_a_turn_that_could_not_be_transcribed_is_told_and_not_answered() -> None:
    wire = Wire()
    wire.report(work.SpeechBegan(0))
    wire.report(work.SpeechEnded(0, 900))
    item_id = wire.ordered(work.Transcribe)[-1].item_id
    events = wire.report(work.NotTranscribed(item_id, "recognition_timeout", "It took too long."))
    assert types(events) == [
        "conversation.item.input_audio_transcription.failed",
        "conversation.item.created",
    ]
    assert events[0]["error"]["code"] == "recognition_timeout"


def test_a_speculative_reply_to_a_partial_transcript_is_taken_over_if_the_transcript_was_right() -> None:
    wire = Wire()
    wire.report(work.SpeechBegan(0))
    wire.report(work.PartialTranscript("Hello."))
    wire.report(work.SpeechEnded(0, 900))
    wire.report(work.Transcribed(wire.ordered(work.Transcribe)[-1].item_id, "Hello."))
    [guess], [reply] = wire.ordered(work.SpeculativeReply), wire.ordered(work.Reply)
    assert (guess.response_id, guess.request) == (reply.response_id, reply.request)


def test_speculative_replies_of_one_turn_share_the_id_of_its_response_and_the_next_turn_has_another() -> None:
    wire = Wire()
    for _ in range(2):
        wire.report(work.SpeechBegan(0))
        wire.report(work.PartialTranscript("Hello"))
        wire.report(work.PartialTranscript(None))
        wire.report(work.PartialTranscript("Hello there."))
        wire.report(work.SpeechEnded(0, 900))
        wire.report(work.Transcribed(wire.ordered(work.Transcribe)[-1].item_id, "Hello there."))
        wire.report(work.ReplyEnded(wire.ordered(work.Reply)[-1].response_id))
    first, second = (reply.response_id for reply in wire.ordered(work.Reply))
    assert first != second
    assert [guess.response_id for guess in wire.ordered(work.SpeculativeReply)] == [
        first,
        first,
        second,
        second,
    ]


def test_there_is_no_speculative_reply_if_nothing_will_be_answered() -> None:
    wire = Wire()
    wire.report(work.PartialTranscript("Hello."))
    wire.update(turn_detection={"type": "server_vad", "create_response": False})
    wire.report(work.SpeechBegan(0))
    wire.report(work.PartialTranscript("Hello."))
    assert wire.ordered(work.SpeculativeReply) == []


def test_a_speculative_reply_is_dropped_when_the_user_goes_on() -> None:
    wire = Wire()
    wire.report(work.SpeechBegan(0))
    wire.report(work.PartialTranscript(None))
    assert wire.ordered(work.DropSpeculativeReply) == [work.DropSpeculativeReply()]


def test_a_greeting_can_be_asked_for_before_anyone_spoke() -> None:
    wire = Wire()
    wire.say({"type": "response.create", "additional_instructions": "Greet the user."})
    assert wire.ordered(work.Reply)[-1].request.instructions == "Be kind.\n\nGreet the user."


def test_a_failed_answer_says_why() -> None:
    wire = Wire()
    response_id = wire.create_response()
    [done] = wire.report(work.ReplyFailed(response_id, "model_unreachable", "The model is not there."))
    details = done["response"]["status_details"]
    assert (done["response"]["status"], details["error"]["code"]) == ("failed", "model_unreachable")


def test_an_answer_that_reached_its_limit_is_incomplete() -> None:
    wire = Wire()
    response_id = wire.create_response(max_output_tokens=1)
    assert wire.ordered(work.Reply)[-1].request.max_tokens == 1
    wire.answer(response_id, "Well")
    done = wire.report(work.ReplyEnded(response_id, "length", 5, 1))[-1]
    assert done["response"]["status_details"] == {"type": "incomplete", "reason": "max_output_tokens"}


def test_words_and_visemes_have_their_times_when_the_client_wants_them() -> None:
    wire = Wire()
    wire.update(output_audio_timestamp_types=["word"], animation={"outputs": ["viseme_id"]})
    response_id = wire.create_response()
    word, viseme = work.SpokenWord("Hi", 10, 200, 2), work.SpokenViseme(3, 15)
    events = wire.report(work.Spoke(response_id, "Hi", b"\0\0", 1, (word,), (viseme,)))
    events += wire.report(work.ReplyEnded(response_id))
    timed = {event["type"]: event for event in events}
    assert timed["response.audio_timestamp.delta"]["audio_offset_ms"] == 10
    assert timed["response.animation_viseme.delta"]["viseme_id"] == 3
    assert {"response.audio_timestamp.done", "response.animation_viseme.done"} <= timed.keys()


def test_the_session_ends_at_its_limit() -> None:
    wire = Wire()
    events = wire.report(work.SessionExpired())
    assert (types(events), events[0]["error"]["code"]) == (["error"], "session_expired")
    assert wire.orders[-1] == work.Close(1001, "session_expired")


def test_a_client_is_told_that_the_service_is_about_to_end_and_again_when_it_does() -> None:
    wire = Wire()
    (warning,) = wire.report(work.Draining(30.0))
    assert (warning["type"], warning["warning"]["code"]) == ("warning", "service_restarting")
    assert error_of(wire.report(work.Drained()))["code"] == "service_restarting"
    assert wire.orders[-1] == work.Close(1012, "service_restarting")
