"""Our session does what the recordings say: the order of events, every field and every default."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from openvoicelive.protocol import work
from tests.protocol.recorded_facts import (
    ALONGSIDE,
    CONVERSATIONS,
    Absent,
    AnyOf,
    Conversation,
    Deltas,
    Event,
    Fact,
)
from tests.protocol.wire import Wire

RECORDINGS = os.environ.get("OPENVOICELIVE_TRACES")

NEVER_SENT = {"conversation.item.done"}
"""Unknown to the official SDKs. Our user's item is announced with its words, so it is whole."""

DELIBERATE = {
    # The words of a spoken turn are known before its item is announced.
    "conversation.item.created.item.content[0].transcript: 'Good day.', and None was recorded",
    # The recording's part is empty at its end, the item has the text; ours has it in both.
    "response.content_part.done.part.text: 'Hello there!', and '' was recorded",
}
"""Where our events differ from the recorded ones; `docs/conformance.md` says why."""


def differences(ours: Any, fact: Fact, where: str) -> Iterator[str]:
    """Compare a value with what was recorded, field by field."""
    match ours, fact:
        case _, AnyOf(facts):
            found = [list(differences(ours, one, where)) for one in facts if one is not Absent]
            yield from found[0] if all(found) else ()
        case dict(), dict():
            yield from _differences_of_fields(ours, fact, where)
        case list(), list() if len(ours) == len(fact):
            for number, (one, recorded) in enumerate(zip(ours, fact, strict=True)):
                yield from differences(one, recorded, f"{where}[{number}]")
        case _ if not _is_same(ours, fact):
            recorded = f"some {fact.__name__}" if isinstance(fact, type) else repr(fact)
            yield f"{where}: {ours!r}, and {recorded} was recorded"


def _differences_of_fields(ours: Event, fact: Event, where: str) -> Iterator[str]:
    for name in fact.keys() | ours.keys():
        if name not in fact:
            yield f"{where}.{name}: beside what was recorded"
        elif name in ours:
            yield from differences(ours[name], fact[name], f"{where}.{name}")
        elif not (isinstance(fact[name], AnyOf) and Absent in fact[name].facts):
            yield f"{where}.{name}: missing"


def _is_same(ours: Any, fact: Fact) -> bool:
    if isinstance(fact, type):
        return type(ours) is fact
    if isinstance(fact, set):
        return isinstance(ours, list) and sorted(ours) == sorted(fact)
    return type(ours) is type(fact) and bool(ours == fact)


def differences_in_order(ours: Iterable[Event], conversation: Conversation) -> list[str]:
    """Compare a conversation's events with the recorded ones, one after the other."""
    found: list[str] = []
    waiting = []
    for event in ours:
        if event["type"] in ALONGSIDE:
            found += differences(event, ALONGSIDE[event["type"]], event["type"])
        else:
            waiting.append(event)
    for expected in conversation.came:
        if isinstance(expected, Deltas):
            kinds = {delta["type"]: delta for delta in expected.events}
            came = set()
            while waiting and waiting[0]["type"] in kinds:
                event = waiting.pop(0)
                came.add(event["type"])
                found += differences(event, kinds[event["type"]], event["type"])
            found += [f"{kind}: never came" for kind in kinds.keys() - came]
        elif not waiting or waiting[0]["type"] != expected["type"]:
            return [*found, f"{expected['type']}: was recorded, and came not before {waiting[:1]}"]
        else:
            found += differences(waiting.pop(0), expected, expected["type"])
    return found + [f"{event['type']}: came, and was not recorded" for event in waiting]


def held(conversation: Conversation) -> Wire:
    """Say what the client said, let the engines do what the service's did."""
    wire = Wire(model="gpt-realtime", api_version="2026-07-15")
    for event in conversation.said:
        wire.say(event)
    if conversation.speech_ms is not None:
        wire.speak("Good day.", *conversation.speech_ms)
    response_id = wire.ordered(work.Reply)[-1].response_id
    if conversation.answer == "audio":
        wire.answer(response_id, "Hello", " there!")
    else:
        wire.report(work.Wrote(response_id, "Hello"))
        wire.report(work.Wrote(response_id, " there!"))
    wire.report(work.ReplyEnded(response_id))
    return wire


def by_recording(conversation: Conversation) -> str:
    return conversation.recording


@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=by_recording)
def test_a_conversation_has_the_recorded_events_in_their_order_with_their_fields(
    conversation: Conversation,
) -> None:
    assert set(differences_in_order(held(conversation).events, conversation)) <= DELIBERATE


def test_each_deliberate_difference_is_there() -> None:
    found = [
        difference
        for conversation in CONVERSATIONS
        for difference in differences_in_order(held(conversation).events, conversation)
    ]
    assert set(found) == DELIBERATE


def test_what_is_never_sent_is_not_sent_and_the_rest_of_a_spoken_turn_is() -> None:
    spoken = next(one for one in CONVERSATIONS if one.speech_ms is not None)
    kinds = {event["type"] for event in held(spoken).events}
    assert set(ALONGSIDE) - kinds == NEVER_SENT


@pytest.mark.parametrize(
    ("value", "fact", "difference"),
    [
        (1, int, None),
        (True, int, "at: True, and some int was recorded"),
        (None, str, "at: None, and some str was recorded"),
        (["b", "a"], {"a", "b"}, None),
        (["a", "a"], {"a"}, "at: ['a', 'a'], and {'a'} was recorded"),
        ({}, {"a": AnyOf((None, Absent))}, None),
        ({"a": None}, {"a": AnyOf((None, Absent))}, None),
        ({"a": 1}, {"a": AnyOf((None, Absent))}, "at.a: 1, and None was recorded"),
        ({}, {"a": None}, "at.a: missing"),
        ({"a": 1, "b": 2}, {"a": 1}, "at.b: beside what was recorded"),
        ([1], [1, 1], "at: [1], and [1, 1] was recorded"),
        ([2], [1], "at[0]: 2, and 1 was recorded"),
        (0, False, "at: 0, and False was recorded"),
    ],
)
def test_a_difference_would_be_found(value: Any, fact: Fact, difference: str | None) -> None:
    assert list(differences(value, fact, "at")) == ([] if difference is None else [difference])


@pytest.mark.skipif(RECORDINGS is None, reason="OPENVOICELIVE_TRACES names the folder of the recordings.")
@pytest.mark.parametrize("conversation", CONVERSATIONS, ids=by_recording)
def test_the_recordings_say_what_the_tables_say(conversation: Conversation) -> None:
    lines = (Path(RECORDINGS or "") / f"{conversation.recording}.jsonl").read_text(encoding="utf-8")
    messages = [json.loads(line) for line in lines.splitlines()]
    received = [message["data"] for message in messages if message["direction"] == "received"]
    assert differences_in_order(received, conversation) == []
    sent = [message["data"] for message in messages if message["direction"] == "sent"]
    kinds = [event["type"] for event in sent if event["type"] != "input_audio_buffer.append"]
    assert kinds == [event["type"] for event in conversation.said]
    ours, theirs = conversation.said[0]["session"], sent[0]["session"]
    assert {**ours, "instructions": ""} == {**theirs, "instructions": ""}
