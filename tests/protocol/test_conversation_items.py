"""Items: where they go, what is left of them, what was heard of them."""

import base64
import time
from typing import Any

import pytest

from openvoicelive.protocol import work
from openvoicelive.protocol.session.conversation import Conversation
from openvoicelive.protocol.session.items import (
    FunctionCallItem,
    FunctionCallOutputItem,
    InputImagePart,
    text_of,
)
from tests.protocol.wire import Wire, error_of, types


def truncate(wire: Wire, item_id: str, audio_end_ms: int, content_index: int = 0) -> list[dict[str, Any]]:
    return wire.say(
        {
            "type": "conversation.item.truncate",
            "item_id": item_id,
            "content_index": content_index,
            "audio_end_ms": audio_end_ms,
        }
    )


def spoken_answer(wire: Wire, *words: str) -> str:
    """Let the assistant say something; return the item's id."""
    response_id = wire.create_response()
    wire.answer(response_id, *words)
    return str(wire.report(work.ReplyEnded(response_id))[-1]["response"]["output"][0]["id"])


def retrieve(wire: Wire, item_id: str) -> dict[str, Any]:
    [event] = wire.say({"type": "conversation.item.retrieve", "item_id": item_id})
    item: dict[str, Any] = event["item"]
    return item


def test_items_go_to_the_end_to_the_front_or_after_another() -> None:
    wire = Wire()
    first = wire.write("first")
    wire.write("last")
    wire.write("front", previous_item_id="root")
    wire.write("second", previous_item_id=first)
    wire.create_response()
    items = wire.ordered(work.Reply)[-1].request.items
    assert [text_of(item) for item in items] == ["front", "first", "second", "last"]


def test_created_items_tell_their_predecessor_and_keep_their_parts_in_order() -> None:
    wire = Wire()
    first = wire.write("Hi.")
    parts = [{"type": "input_text", "text": "a"}, {"type": "input_text", "text": "b"}]
    [created] = wire.say(
        {
            "type": "conversation.item.create",
            "item": {"type": "message", "role": "system", "content": parts, "id": "mine"},
        }
    )
    assert created["previous_item_id"] == first
    assert (created["item"]["id"], created["item"]["content"]) == ("mine", parts)
    assert retrieve(wire, "mine") == created["item"]


@pytest.mark.parametrize("status", ["completed", "incomplete", "in_progress"])
def test_a_message_of_the_user_is_shown_with_the_status_that_the_client_gave_it(status: str) -> None:
    message = {"type": "message", "role": "user", "status": status, "content": []}
    [created] = Wire().say({"type": "conversation.item.create", "item": message})
    assert created["item"]["status"] == status


def test_many_outputs_are_checked_against_a_long_conversation_at_once() -> None:
    conversation = Conversation()
    for number in range(5_000):
        conversation.insert(FunctionCallItem(id=f"item_{number}", name="f", call_id=f"call_{number}"))
    outputs = [FunctionCallOutputItem(call_id="call_4999", output="") for _ in range(1_500)]
    began_s = time.thread_time()
    conversation.require_insertable(outputs)
    # It takes 2 ms. If each output looked through all items, it would take more than 0.5 s.
    assert time.thread_time() - began_s < 0.1


def test_a_deleted_item_is_gone() -> None:
    wire = Wire()
    item_id = wire.write("Hi.")
    assert types(wire.say({"type": "conversation.item.delete", "item_id": item_id})) == [
        "conversation.item.deleted"
    ]
    wire.create_response()
    assert wire.ordered(work.Reply)[-1].request.items == ()


def test_a_turn_that_is_deleted_before_it_is_transcribed_is_not_answered() -> None:
    wire = Wire()
    wire.report(work.SpeechBegan(0))
    item_id = wire.report(work.SpeechEnded(0, 900))[1]["item_id"]
    wire.say({"type": "conversation.item.delete", "item_id": item_id})
    events = wire.report(work.Transcribed(item_id, "Hello."))
    assert types(events) == ["conversation.item.input_audio_transcription.completed"]
    assert wire.ordered(work.Reply) == []


def test_an_answer_that_is_deleted_while_it_is_spoken_stays_deleted() -> None:
    wire = Wire()
    response_id = wire.create_response()
    item_id = wire.answer(response_id, "Hello.")[0]["item"]["id"]
    wire.say({"type": "conversation.item.delete", "item_id": item_id})
    wire.report(work.ReplyEnded(response_id))
    wire.create_response()
    assert wire.ordered(work.Reply)[-1].request.items == ()


@pytest.mark.parametrize(
    ("audio_end_ms", "heard"),
    [
        (0, ""),
        (149, ""),
        (150, "One,"),
        (300, "One,"),
        (500, "One, two"),
        (900, "One, two three."),
    ],
)
def test_of_an_interrupted_answer_the_words_that_were_heard_are_kept(audio_end_ms: int, heard: str) -> None:
    wire = Wire()
    item_id = spoken_answer(wire, "One, ", "two ", "three.")
    [truncated] = truncate(wire, item_id, audio_end_ms)
    assert (truncated["type"], truncated["audio_end_ms"]) == ("conversation.item.truncated", audio_end_ms)
    wire.create_response()
    assert text_of(wire.ordered(work.Reply)[-1].request.items[0]) == heard


def test_an_answer_without_known_words_is_forgotten_when_it_is_cut() -> None:
    wire = Wire()
    response_id = wire.create_response()
    wire.report(work.Spoke(response_id, "Hm.", b"\0\0", 500))
    item_id = wire.report(work.ReplyEnded(response_id))[-1]["response"]["output"][0]["id"]
    truncate(wire, item_id, 400)
    assert retrieve(wire, item_id)["content"] == [{"type": "audio", "transcript": ""}]


def test_an_answer_is_cut_once_and_not_beyond_its_end() -> None:
    wire = Wire()
    item_id = spoken_answer(wire, "One ", "two.")
    error = error_of(truncate(wire, item_id, 700))
    assert (error["code"], error["param"]) == ("invalid_value", "audio_end_ms")
    assert "600ms is already shorter than 700ms" in error["message"]
    assert error_of(truncate(wire, item_id, 0, content_index=1))["param"] == "content_index"
    truncate(wire, item_id, 300)
    assert error_of(truncate(wire, item_id, 100))["code"] == "item_already_truncated"


def test_an_answer_that_is_cut_while_it_is_spoken_stays_cut() -> None:
    wire = Wire()
    response_id = wire.create_response()
    item_id = wire.answer(response_id, "One ", "two ")[0]["item"]["id"]
    truncate(wire, item_id, 300)
    wire.report(work.ReplyEnded(response_id))
    assert retrieve(wire, item_id)["content"] == [{"type": "audio", "transcript": "One"}]


def test_what_a_user_said_cannot_be_cut() -> None:
    wire = Wire()
    assert error_of(truncate(wire, wire.write("Hi."), 0))["code"] == "item_truncate_invalid_item_id"


def test_clear_forgets_the_sound_and_the_turn_that_began_in_it() -> None:
    wire = Wire()
    wire.say({"type": "input_audio_buffer.append", "audio": "AAAA" * 16_000})
    wire.report(work.SpeechBegan(0))
    assert types(wire.say({"type": "input_audio_buffer.clear"})) == ["input_audio_buffer.cleared"]
    assert wire.orders[-1] == work.ForgetAudio()
    assert wire.report(work.SpeechEnded(0, 900)) == []
    assert error_of(wire.say({"type": "input_audio_buffer.commit"}))["code"] == (
        "input_audio_buffer_commit_empty"
    )


@pytest.mark.parametrize("before_bytes", [4_798, 2, 1, 7, 47_998])
@pytest.mark.parametrize("session", [{}, {"input_audio_sampling_rate": 44_100}])
def test_a_tenth_of_a_second_is_enough_whatever_came_before_it(
    session: dict[str, Any], before_bytes: int
) -> None:
    wire = Wire()

    def append(size_bytes: int) -> None:
        audio = base64.b64encode(bytes(size_bytes)).decode()
        wire.say({"type": "input_audio_buffer.append", "audio": audio})

    tenth_bytes = wire.update(**session)[0]["session"]["input_audio_sampling_rate"] // 10 * 2
    append(before_bytes)
    wire.say({"type": "input_audio_buffer.clear"})
    append(tenth_bytes - 2)
    error = error_of(wire.say({"type": "input_audio_buffer.commit"}))
    assert error["code"] == "input_audio_buffer_commit_empty"
    append(2)
    assert types(wire.say({"type": "input_audio_buffer.commit"})) == ["input_audio_buffer.committed"]


def test_a_client_may_commit_in_the_middle_of_a_turn() -> None:
    wire = Wire()
    wire.say({"type": "input_audio_buffer.append", "audio": "AAAA" * 16_000})
    started = wire.report(work.SpeechBegan(0))[0]
    committed = wire.say({"type": "input_audio_buffer.commit"})[0]
    assert committed["item_id"] == started["item_id"]
    assert wire.report(work.SpeechEnded(0, 900)) == []


def test_speech_that_began_already_does_not_begin_again() -> None:
    wire = Wire()
    wire.report(work.SpeechBegan(0))
    assert wire.report(work.SpeechBegan(100)) == []


def test_a_turn_that_ended_is_not_committed_twice() -> None:
    wire = Wire()
    wire.say({"type": "input_audio_buffer.append", "audio": "AAAA" * 1_600})
    wire.speak("Hello.", 0, 1_000)
    assert error_of(wire.say({"type": "input_audio_buffer.commit"}))["code"] == (
        "input_audio_buffer_commit_empty"
    )


@pytest.mark.parametrize("report", [work.Transcribed("x", "Hi."), work.NotTranscribed("x", "c", "m")])
def test_words_of_an_unknown_turn_are_nobodys(report: work.Report) -> None:
    assert Wire().report(report) == []


def test_arguments_of_a_call_that_is_not_open_are_nobodys() -> None:
    wire = Wire()
    response_id = wire.create_response()
    assert wire.report(work.ToolCallArguments(response_id, "call_9", "{}")) == []


def test_usage_counts_what_the_model_counted_and_the_seconds_of_sound() -> None:
    wire = Wire()
    wire.speak("Hello.", 0, 2_000)
    response_id = wire.ordered(work.Reply)[-1].response_id
    wire.answer(response_id, "Hi ", "there.", word_ms=500)
    usage = wire.report(work.ReplyEnded(response_id, "stop", 12, 3))[-1]["response"]["usage"]
    assert usage["input_token_details"]["text_tokens"] == 12
    assert usage["input_token_details"]["audio_tokens"] == 20
    assert usage["output_token_details"] == {"text_tokens": 3, "audio_tokens": 20, "reasoning_tokens": 0}


def test_a_picture_has_no_words() -> None:
    wire = Wire()
    picture = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}
    text = {"type": "input_text", "text": "What is this?"}
    item = {"type": "message", "role": "user", "content": [picture, text]}
    wire.say({"type": "conversation.item.create", "item": item})
    wire.create_response()
    assert text_of(wire.ordered(work.Reply)[-1].request.items[0]) == "What is this?"


def test_an_item_cannot_take_the_id_of_a_turn_that_is_not_transcribed_yet() -> None:
    wire = Wire()
    turn_id = wire.report(work.SpeechBegan(0))[0]["item_id"]
    ours = {"type": "message", "id": turn_id, "role": "user", "content": []}
    assert (
        error_of(wire.say({"type": "conversation.item.create", "item": ours}))["code"]
        == "item_already_exists"
    )
    wire.report(work.SpeechEnded(0, 1_000))
    wire.say({"type": "conversation.item.delete", "item_id": turn_id})
    assert (
        error_of(wire.say({"type": "conversation.item.create", "item": ours}))["code"]
        == "item_already_exists"
    )
    assert "conversation.item.created" not in types(wire.report(work.Transcribed(turn_id, "Hello.")))


@pytest.mark.parametrize("name", ["image_url", "url"])
def test_a_picture_comes_back_under_the_name_under_which_it_was_sent(name: str) -> None:
    part = {"type": "input_image", name: "data:image/png;base64,AAAA", "detail": "low"}
    item = {"type": "message", "role": "user", "content": [part]}
    wire = Wire(api_version="2025-10-01")
    created = wire.say({"type": "conversation.item.create", "item": item})[0]
    assert created["item"]["content"] == [part]
    wire.create_response()
    [given] = wire.ordered(work.Reply)[-1].request.items
    assert given.content == (InputImagePart("data:image/png;base64,AAAA", "low"),)


def test_a_picture_must_be_somewhere() -> None:
    item = {"type": "message", "role": "user", "content": [{"type": "input_image"}]}
    error = error_of(Wire().say({"type": "conversation.item.create", "item": item}))
    assert (error["code"], error["param"]) == (
        "missing_required_parameter",
        "item.content[0].image_url",
    )
