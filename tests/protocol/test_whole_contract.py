"""What of the contract is beyond the everyday flows: streamed text, framed turns, options of one response."""

from typing import Any

import pytest

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import work
from openvoicelive.protocol.session.items import text_of
from tests.protocol.wire import Wire, error_of, types

SECOND = "AAAA" * 16_000


def last_request(wire: Wire) -> work.ReplyRequest:
    request: work.ReplyRequest = wire.ordered(work.Reply)[-1].request
    return request


def message(role: str, text: str, **item: Any) -> dict[str, Any]:
    kind = "text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}], **item}


# --- input ---


def test_text_that_is_streamed_becomes_a_message_when_it_is_done() -> None:
    wire = Wire()
    assert wire.say({"type": "input_text.delta", "id": "mine", "delta": "Hel"}) == []
    assert wire.say({"type": "input_text.delta", "id": "mine", "delta": "lo."}) == []
    [created] = wire.say({"type": "input_text.done", "id": "mine"})
    assert created["item"] == {**message("user", "Hello.", id="mine"), **status()}


def status() -> dict[str, str]:
    return {"object": "realtime.item", "status": "completed"}


@pytest.mark.parametrize("role", ["user", "assistant"])
def test_text_may_be_streamed_into_an_item_that_is_there(role: str) -> None:
    wire = Wire()
    wire.say({"type": "conversation.item.create", "item": message(role, "Hello", id="mine")})
    wire.say({"type": "input_text.delta", "id": "mine", "delta": "there."})
    assert wire.say({"type": "input_text.done", "id": "mine"}) == []
    wire.create_response()
    assert [text_of(item) for item in last_request(wire).items] == ["Hello there."]


def test_streamed_text_has_bounds_and_a_place() -> None:
    wire = Wire()
    assert error_of(wire.say({"type": "input_text.done", "id": "x"}))["code"] == "item_not_found"
    long = {"type": "input_text.delta", "id": "x", "delta": "a" * 2**20}
    assert wire.say(long) == []
    assert error_of(wire.say(long))["code"] == "string_above_max_length"
    for number in range(31):
        wire.say({"type": "input_text.delta", "id": str(number), "delta": "a"})
    more = {"type": "input_text.delta", "id": "more", "delta": "a"}
    assert error_of(wire.say(more))["code"] == "too_many_input_texts"


def test_text_cannot_be_streamed_into_a_function_call() -> None:
    wire = Wire()
    call = {"type": "function_call", "id": "c", "name": "f", "call_id": "call_1", "arguments": "{}"}
    wire.say({"type": "conversation.item.create", "item": call})
    wire.say({"type": "input_text.delta", "id": "c", "delta": "a"})
    assert error_of(wire.say({"type": "input_text.done", "id": "c"}))["param"] == "id"


def test_a_client_may_frame_turns_itself() -> None:
    wire = Wire()
    wire.say({"type": "input_audio_buffer.append", "audio": SECOND})
    assert wire.say({"type": "input_audio.turn.start", "turn_id": "t"}) == []
    assert wire.say({"type": "input_audio.turn.append", "turn_id": "t", "audio": SECOND}) == []
    assert types(wire.say({"type": "input_audio.turn.end", "turn_id": "t"})) == [
        "input_audio_buffer.committed"
    ]
    [order] = wire.ordered(work.Transcribe)
    assert (order.start_ms, order.end_ms) == (1_000, 2_000)


@pytest.mark.parametrize(
    "event", [{"type": "input_audio.turn.cancel", "turn_id": "t"}, {"type": "input_audio.clear"}]
)
def test_a_turn_can_be_taken_back(event: dict[str, str]) -> None:
    wire = Wire()
    wire.say({"type": "input_audio.turn.append", "turn_id": "t", "audio": SECOND})
    assert types(wire.say(event)) == ["input_audio_buffer.cleared"]
    assert wire.orders[-1] == work.ForgetAudio()


def test_sound_in_an_item_is_transcribed_and_not_kept() -> None:
    wire = Wire()
    parts = [{"type": "input_audio", "audio": SECOND}, {"type": "input_text", "text": "and this"}]
    item = {"type": "message", "role": "user", "content": parts}
    [created] = wire.say({"type": "conversation.item.create", "item": item})
    assert created["item"]["content"][0] == {"type": "input_audio", "transcript": None}
    wire.create_response()
    [order] = wire.ordered(work.TranscribeAudio)
    assert len(order.audio) == 48_000
    assert wire.ordered(work.Reply) == []
    assert types(wire.report(work.Transcribed(order.item_id, "Hello."))) == [
        "conversation.item.input_audio_transcription.completed"
    ]
    assert text_of(last_request(wire).items[0]) == "Hello. and this"


def test_sound_whose_words_are_given_is_not_transcribed() -> None:
    wire = Wire()
    part = {"type": "input_audio", "audio": SECOND, "transcript": "Hello."}
    item = {"type": "message", "role": "user", "content": [part]}
    wire.say({"type": "conversation.item.create", "item": item})
    assert wire.ordered(work.TranscribeAudio) == []
    wire.create_response()
    assert text_of(last_request(wire).items[0]) == "Hello."


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"type": "session.avatar.connect", "client_sdp": "AAAA"}, "avatar_not_supported"),
        ({"type": "session.update", "session": {"avatar": {"character": "lisa"}}}, "avatar_not_supported"),
        (
            {"type": "session.update", "session": {"animation": {"outputs": ["viseme_id", "blendshapes"]}}},
            "avatar_not_supported",
        ),
        (
            {"type": "session.update", "session": {"modalities": ["text", "audio", "avatar"]}},
            "avatar_not_supported",
        ),
        (
            {"type": "response.create", "response": {"modalities": ["text", "audio", "avatar"]}},
            "avatar_not_supported",
        ),
        ({"type": "transcription_session.update", "session": {}}, "invalid_value"),
    ],
)
def test_what_only_the_cloud_can_do_is_refused_in_words(event: dict[str, Any], code: str) -> None:
    assert error_of(Wire().say(event))["code"] == code


# --- session ---


@pytest.mark.parametrize(
    "voice",
    [
        "nobody",
        {"type": "openai", "name": "nobody"},
        {"type": "azure-standard", "name": "nobody"},
        {"type": "azure-realtime-native", "name": "nobody"},
        {"type": "azure-custom", "name": "mine", "endpoint_id": "e"},
    ],
)
def test_a_voice_that_is_not_there_is_a_warning_and_no_failure(voice: Any) -> None:
    updated, warning = Wire().update(voice=voice)
    assert updated["type"] == "session.updated"
    assert (warning["type"], warning["warning"]["param"]) == ("warning", "session.voice")


@pytest.mark.parametrize("voice", ["verse", "ava", "en-US-AvaNeural", "en-us-emma:DragonHDLatestNeural"])
def test_a_voice_that_is_known_is_no_warning(voice: str) -> None:
    assert types(Wire().update(voice=voice)) == ["session.updated"]


@pytest.mark.parametrize(
    ("echo", "code"),
    [
        ({"channels": 2}, "invalid_ec_channels_requires_client"),
        ({"reference_source": "client"}, "invalid_ec_reference_channels"),
    ],
)
def test_echo_cancellation_needs_a_reference(echo: dict[str, Any], code: str) -> None:
    assert error_of(Wire().update(input_audio_echo_cancellation=echo))["code"] == code


def test_echo_cancellation_is_shown_with_its_defaults_and_may_be_taken_back() -> None:
    wire = Wire()
    shown = wire.update(input_audio_echo_cancellation={"type": "server_echo_cancellation"})[0]["session"]
    assert shown["input_audio_echo_cancellation"] == {
        "type": "server_echo_cancellation",
        "reference_source": "server",
        "channels": 1,
    }
    cleared = wire.update(input_audio_echo_cancellation=None)[0]["session"]
    assert cleared["input_audio_echo_cancellation"] is None


def test_without_spoken_answers_there_is_no_echo() -> None:
    error = error_of(Wire().update(modalities=["text"], input_audio_echo_cancellation={}))
    assert error["code"] == "ec_not_supported"
    wire = Wire()
    wire.update(input_audio_echo_cancellation={})
    assert error_of(wire.update(modalities=["text"]))["code"] == "ec_not_supported"
    assert (
        wire.update(modalities=["text"], input_audio_echo_cancellation=None)[0]["type"] == "session.updated"
    )


def test_two_channels_stay_those_of_pcm16() -> None:
    wire = Wire()
    wire.update(input_audio_echo_cancellation={"reference_source": "client", "channels": 2})
    error = error_of(wire.update(input_audio_format="g711_ulaw"))
    assert error["code"] == "invalid_ec_channels_requires_client"


def test_echo_cancellation_does_not_change_after_sound_has_come_but_may_be_left() -> None:
    wire = Wire()
    wire.update(input_audio_echo_cancellation={})
    wire.say({"type": "input_audio_buffer.append", "audio": SECOND})
    other = {"reference_source": "client", "channels": 2}
    error = error_of(wire.update(input_audio_echo_cancellation=other))
    assert (error["code"], error["param"]) == ("invalid_value", "session.input_audio_echo_cancellation")
    assert types(wire.update(input_audio_echo_cancellation={}, instructions="Go on.")) == ["session.updated"]
    assert types(wire.update(input_audio_echo_cancellation=None)) == ["session.updated"]
    assert error_of(wire.update(input_audio_echo_cancellation={}))["code"] == "invalid_value"


# --- responses ---


def test_a_message_made_beforehand_is_said_word_for_word() -> None:
    wire = Wire()
    wire.create_response(pre_generated_assistant_message=message("assistant", "Welcome!"))
    assert last_request(wire).verbatim == "Welcome!"


@pytest.mark.parametrize("made", [message("user", "Welcome!"), message("assistant", "")])
def test_a_message_made_beforehand_is_the_assistants_and_has_text(made: dict[str, Any]) -> None:
    event = {"type": "response.create", "response": {"pre_generated_assistant_message": made}}
    assert error_of(Wire().say(event))["param"] == "response.pre_generated_assistant_message"


@pytest.mark.parametrize("options", [{"conversation": "none"}, {"commit": False}])
def test_a_response_outside_of_the_conversation_leaves_nothing_in_it(options: dict[str, Any]) -> None:
    wire = Wire()
    wire.write("Hello.")
    response_id = wire.create_response(**options)
    events = wire.answer(response_id, "Hi.") + wire.report(work.ReplyEnded(response_id))
    assert "conversation.item.created" not in types(events)
    assert events[-1]["response"]["conversation_id"] is None
    wire.create_response()
    assert [text_of(item) for item in last_request(wire).items] == ["Hello."]


def test_a_response_may_have_a_context_of_its_own() -> None:
    wire = Wire()
    wire.write("Never mind.")
    wire.create_response(input_items=[message("user", "Count to three.")])
    assert [text_of(item) for item in last_request(wire).items] == ["Count to three."]
    wire.say({"type": "response.cancel"})
    wire.create_response(input_items=[])
    assert last_request(wire).items == ()


def test_items_may_be_appended_with_the_response() -> None:
    wire = Wire()
    event = {"type": "response.create", "response": {"append_input_items": [message("user", "Hello.")]}}
    assert types(wire.say(event)) == ["conversation.item.created", "response.created"]
    assert [text_of(item) for item in last_request(wire).items] == ["Hello."]


def test_an_interim_message_is_an_item_of_its_own() -> None:
    wire = Wire()
    wire.update(interim_response={"type": "static_interim_response", "texts": ["One moment."]})
    response_id = wire.create_response()
    assert last_request(wire).interim_response is not None
    events = wire.answer(response_id, "One moment.") + wire.report(work.MessageEnded(response_id))
    events += wire.answer(response_id, "Here it is.") + wire.report(work.ReplyEnded(response_id))
    said = [item["content"][0]["transcript"] for item in events[-1]["response"]["output"]]
    assert said == ["One moment.", "Here it is."]


def test_a_nested_function_name_chooses_it_too() -> None:
    wire = Wire()
    wire.update(tools=[{"type": "function", "name": "f"}])
    wire.create_response(tool_choice={"type": "function", "function": {"name": "f"}})
    choice = last_request(wire).tool_choice
    assert not isinstance(choice, str)
    assert choice.name == "f"


def test_clearing_the_output_stops_the_answer() -> None:
    wire = Wire()
    wire.answer(wire.create_response(), "Hello.")
    assert types(wire.say({"type": "output_audio_buffer.clear"}))[-2:] == [
        "response.done",
        "output_audio_buffer.cleared",
    ]


# --- truncation by the service ---

AUTO_TRUNCATE = {
    "type": "azure_semantic_vad",
    "auto_truncate": True,
    "appended_text_after_truncation": "[interrupted]",
}


def test_an_interrupted_answer_is_cut_where_it_would_be_in_real_time() -> None:
    wire = Wire()
    wire.update(turn_detection=AUTO_TRUNCATE)
    response_id = wire.create_response()
    wire.answer(response_id, "One ", "two ", "three.", word_ms=1_000)
    wire.report(work.ReplyEnded(response_id))
    wire.say({"type": "input_audio_buffer.append", "audio": SECOND})
    started, truncated = wire.report(work.SpeechBegan(500))
    assert (started["type"], truncated["type"]) == (
        "input_audio_buffer.speech_started",
        "conversation.item.truncated",
    )
    assert truncated["audio_end_ms"] == 1_000
    wire.create_response()
    assert text_of(last_request(wire).items[0]) == "One [interrupted]"
    again = {"type": "conversation.item.truncate", "item_id": truncated["item_id"]}
    error = error_of(wire.say({**again, "content_index": 0, "audio_end_ms": 10}))
    assert error["code"] == "item_already_truncated"


def test_an_interrupted_answer_is_cut_where_the_peer_says_that_it_has_played_it() -> None:
    wire = Wire()
    wire.update(turn_detection=AUTO_TRUNCATE)
    response_id = wire.create_response()
    events = wire.answer(response_id, "One ", "two ", "three.", word_ms=1_000)
    [item_id] = {event["item_id"] for event in events if event["type"] == "response.audio.delta"}
    wire.say({"type": "input_audio_buffer.append", "audio": SECOND})
    wire.report(work.AudioPlayed("another item", 10))
    wire.report(work.AudioPlayed(item_id, 2_100))
    truncated = wire.report(work.SpeechBegan(500))[-1]
    assert (truncated["type"], truncated["audio_end_ms"]) == ("conversation.item.truncated", 2_100)


@pytest.mark.parametrize("is_over", [False, True])
def test_speech_flushes_what_was_sent_also_of_an_answer_that_is_over(*, is_over: bool) -> None:
    wire = Wire()
    response_id = wire.create_response()
    wire.answer(response_id, "One ", "two.", word_ms=1_000)
    if is_over:
        wire.report(work.ReplyEnded(response_id))
    assert wire.ordered(work.FlushAudio) == []
    wire.report(work.SpeechBegan(500))
    assert wire.ordered(work.FlushAudio) == [work.FlushAudio()]


@pytest.mark.parametrize("event_type", ["response.cancel", "output_audio_buffer.clear"])
def test_a_client_that_stops_an_answer_flushes_it(event_type: str) -> None:
    wire = Wire()
    wire.answer(wire.create_response(), "One ", word_ms=1_000)
    wire.say({"type": event_type})
    assert wire.ordered(work.FlushAudio) == [work.FlushAudio()]


def test_an_answer_that_was_heard_to_its_end_is_not_cut() -> None:
    wire = Wire()
    wire.update(turn_detection=AUTO_TRUNCATE)
    response_id = wire.create_response()
    wire.answer(response_id, "One.", word_ms=500)
    wire.report(work.ReplyEnded(response_id))
    wire.say({"type": "input_audio_buffer.append", "audio": SECOND})
    assert types(wire.report(work.SpeechBegan(900))) == ["input_audio_buffer.speech_started"]
    wire.say({"type": "input_audio_buffer.clear"})
    assert types(wire.report(work.SpeechBegan(1_900))) == ["input_audio_buffer.speech_started"]


def test_an_answer_that_was_deleted_is_not_cut() -> None:
    wire = Wire()
    wire.update(turn_detection=AUTO_TRUNCATE)
    response_id = wire.create_response()
    wire.answer(response_id, "One ", word_ms=5_000)
    item_id = wire.report(work.ReplyEnded(response_id))[-1]["response"]["output"][0]["id"]
    wire.say({"type": "conversation.item.delete", "item_id": item_id})
    assert types(wire.report(work.SpeechBegan(900))) == ["input_audio_buffer.speech_started"]


def test_an_answer_that_was_cut_already_is_not_cut_again() -> None:
    wire = Wire()
    wire.update(turn_detection={**AUTO_TRUNCATE, "appended_text_after_truncation": None})
    response_id = wire.create_response()
    item_id = wire.answer(response_id, "One ", word_ms=5_000)[0]["item"]["id"]
    cut = {"type": "conversation.item.truncate", "item_id": item_id, "content_index": 0, "audio_end_ms": 9}
    wire.say(cut)
    assert "conversation.item.truncated" not in types(wire.report(work.SpeechBegan(900)))


def test_without_text_to_append_nothing_is_appended() -> None:
    wire = Wire()
    wire.update(turn_detection={"type": "server_vad", "auto_truncate": True})
    wire.answer(wire.create_response(), "One ", word_ms=5_000)
    assert types(wire.report(work.SpeechBegan(900)))[-1] == "conversation.item.truncated"
    wire.create_response()
    assert text_of(last_request(wire).items[0]) == ""


# --- agents ---


def test_an_agent_greets_once_when_its_client_has_said_how_it_wants_to_hear_it() -> None:
    wire = Wire(greeting="Welcome!")
    assert wire.opening[0]["session"]["greeting"] == "Welcome!"
    assert types(wire.update(modalities=["text", "audio"])) == ["session.updated", "response.created"]
    assert last_request(wire).verbatim == "Welcome!"
    wire.say({"type": "response.cancel"})
    assert types(wire.update(temperature=0.7)) == ["session.updated"]


def test_an_agent_does_not_greet_over_an_answer() -> None:
    wire = Wire(greeting="Welcome!")
    wire.create_response()
    assert types(wire.update(temperature=0.7)) == ["session.updated"]


def test_nobody_can_tell_when_the_user_speaks() -> None:
    [error] = Wire().report(work.TurnsNotDetected("engine_missing", "Commit yourself."))
    assert (error["error"]["type"], error["error"]["code"]) == ("server_error", "engine_missing")


def test_a_stretch_may_be_text_or_sound_alone() -> None:
    wire = Wire()
    response_id = wire.create_response()
    events = wire.report(work.Spoke(response_id, "Hm", b"", 0)) + wire.report(
        work.Spoke(response_id, "", b"\0\0", 1)
    )
    assert types(events)[3:] == ["response.audio_transcript.delta", "response.audio.delta"]


# --- the assistant's own voice ---


def test_what_is_sent_is_told_to_the_one_who_listens_when_its_echo_is_to_be_taken_out() -> None:
    wire = Wire()
    wire.update(input_audio_echo_cancellation={})
    wire.answer(wire.create_response(output_audio_format="g711_ulaw"), "Hello.")
    [own_voice] = wire.ordered(work.OwnVoice)
    assert own_voice.audio_format.encoding == "g711_ulaw"
    wire.report(work.SpeechBegan(0))
    assert wire.ordered(work.OwnVoiceStopped) == [work.OwnVoiceStopped()]


@pytest.mark.parametrize("event_type", ["response.cancel", "output_audio_buffer.clear"])
def test_the_rest_of_an_answer_that_a_client_stops_has_no_echo(event_type: str) -> None:
    wire = Wire()
    wire.update(input_audio_echo_cancellation={})
    wire.answer(wire.create_response(), "One ", word_ms=1_000)
    wire.say({"type": event_type})
    assert wire.ordered(work.OwnVoiceStopped) == [work.OwnVoiceStopped()]


def test_nobody_listens_for_an_echo_that_is_not_to_be_taken_out() -> None:
    wire = Wire()
    wire.answer(wire.create_response(), "Hello.")
    wire.report(work.SpeechBegan(0))
    assert wire.ordered(work.OwnVoice) == wire.ordered(work.OwnVoiceStopped) == []


def test_two_channels_last_half_as_long_and_come_in_whole_frames() -> None:
    wire = Wire()
    wire.update(
        turn_detection=None,
        input_audio_echo_cancellation={"reference_source": "client", "channels": 2},
    )
    assert wire.ordered(work.ConfigureListening)[-1].audio_format.channels == 2
    wire.say({"type": "input_audio_buffer.append", "audio": SECOND})
    error = error_of(wire.say({"type": "input_audio_buffer.append", "audio": "AAA="}))
    assert (error["code"], error["param"]) == ("invalid_value", "audio")
    wire.say({"type": "input_audio_buffer.commit"})
    assert wire.ordered(work.Transcribe)[-1].end_ms == 500


def test_a_session_that_cannot_be_says_so_and_closes() -> None:
    wire = Wire(refusal=InvalidRequest("agent_initialization_failed", "There is no agent."))
    assert types(wire.opening) == ["session.created", "error"]
    assert wire.orders == [work.Close(1008, "agent_initialization_failed")]


def test_openais_semantic_detection_has_an_eagerness_in_place_of_a_silence() -> None:
    detection = Wire().update(turn_detection={"type": "semantic_vad"})[0]["session"]["turn_detection"]
    assert detection["silence_duration_ms"] is None
