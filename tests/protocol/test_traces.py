"""Recordings of the real service: what the client said then gives the same order and shapes from our session.

What differs, and why, is in `docs/conformance.md`.
"""

import json
import os
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from openvoicelive.protocol import work
from tests.protocol.wire import Event, Wire, types

TRACES = Path(
    os.environ.get("OPENVOICELIVE_TRACES") or Path(__file__).parents[2].parent / "shared" / "traces"
)
# A native speech model writes the user's words down beside its answer, a cascaded one before it: there the
# user's item is announced with its words, and needs no second event that says it is done.
ASYNCHRONOUS = {
    "conversation.item.input_audio_transcription.delta",
    "conversation.item.input_audio_transcription.completed",
    "conversation.item.done",
}


def trace(name: str) -> list[dict[str, Any]]:
    lines = (TRACES / f"{name}.jsonl").read_text().splitlines()
    return [message for line in lines if (message := json.loads(line))["kind"] == "message"]


def received(messages: list[dict[str, Any]]) -> list[Event]:
    return [message["data"] for message in messages if message["direction"] == "received"]


def order(events: list[Event]) -> list[str]:
    """Return the order of events; deltas may come in any number and mixture."""
    kinds = [
        "deltas" if kind.endswith(".delta") else kind for kind in types(events) if kind not in ASYNCHRONOUS
    ]
    return [kind for kind, _ in groupby(kinds)]


def shape(value: Any) -> Any:
    """Keep names and types, drop the values, which differ on every run."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return (
        "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    )


def fits(ours: Any, theirs: Any) -> bool:
    """Say whether each field of theirs is ours, too, of the same type; either may be null or empty."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return all(key in ours and fits(ours[key], inner) for key, inner in theirs.items())
    if isinstance(theirs, list) and isinstance(ours, list):
        return not theirs or not ours or fits(ours[0], theirs[0])
    return "NoneType" in (ours, theirs) or ours == theirs


def replay(name: str) -> tuple[list[Event], list[Event]]:
    """Say what the client said, let the engines do what they did; return our events and the recorded."""
    messages = trace(name)
    recorded = received(messages)
    wire = Wire(model="gpt-realtime")
    for message in messages:
        if message["direction"] == "sent":
            wire.say(message["data"])
    for event in recorded:
        match event["type"]:
            case "input_audio_buffer.speech_started":
                wire.report(work.SpeechBegan(event["audio_start_ms"]))
            case "input_audio_buffer.speech_stopped":
                wire.report(work.SpeechEnded(0, event["audio_end_ms"]))
                item_id = wire.ordered(work.Transcribe)[-1].item_id
                wire.report(work.Transcribed(item_id, "Cześć."))
    response_id = wire.ordered(work.Reply)[-1].response_id
    for event in recorded:
        match event["type"]:
            case "response.audio_transcript.delta":
                wire.answer(response_id, event["delta"])
            case "response.text.delta":
                wire.report(work.Wrote(response_id, event["delta"]))
    wire.report(work.ReplyEnded(response_id))
    return wire.events, recorded


@pytest.mark.parametrize(
    "name",
    [
        "audio_in_server_vad_turn",
        "text_in_audio_out_turn",
        "text_output_modality_returns_text",
    ],
)
def test_a_recorded_conversation_has_the_same_order_and_shapes(name: str) -> None:
    ours, recorded = replay(name)
    assert order(ours) == order(recorded)
    shapes = {event["type"]: shape(event) for event in ours}
    for event in recorded:
        if event["type"] != "conversation.item.done":
            assert fits(shapes[event["type"]], shape(event)), event["type"]


def test_the_recorded_answer_is_said_word_for_word() -> None:
    ours, recorded = replay("text_in_audio_out_turn")
    [said], [then] = (
        [e["transcript"] for e in events if e["type"] == "response.audio_transcript.done"]
        for events in (ours, recorded)
    )
    assert said == then
