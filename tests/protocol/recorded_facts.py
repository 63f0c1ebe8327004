"""What recordings of the real Voice Live service say: which events come, in which order, with which fields.

Three conversations with `gpt-realtime` were recorded, in July and August 2026: a spoken turn that server
VAD ends, a typed message with a spoken answer, and a typed message with a written answer. The tables have
every field of every event. A value that the service chooses is the recorded one; of a value that differs from
run to run, such as an id, the table has the type.

The recordings are pydantic-ai's, `tests/realtime/cassettes/test_azure_voice_live_ws` in pydantic/pydantic-ai.
`test_recorded_facts.py` compares them with these tables if OPENVOICELIVE_TRACES names a folder that has them.
"""

from dataclasses import dataclass
from typing import Any, Literal

Fact = Any
"""A value; `str` or `int` for any; `AnyOf`; a dict or list of facts; a set for a list in any order."""
Event = dict[str, Fact]


@dataclass(frozen=True)
class AnyOf:
    """Values that were seen in the same place of different recordings."""

    facts: tuple[Fact, ...]


class Absent:
    """In `AnyOf`: some recordings do not have the field."""


@dataclass(frozen=True)
class Deltas:
    """Any number of these events, at least one of each, in any mixture."""

    events: tuple[Event, ...]


@dataclass(frozen=True)
class Conversation:
    """A recorded conversation."""

    recording: str
    """The recording's name."""
    said: tuple[Event, ...]
    """What the client sent, without sound and with words of our own."""
    answer: Literal["audio", "text"]
    speech_ms: tuple[int, int] | None
    """Where the turn began and ended, if the user spoke."""
    came: tuple[Event | Deltas, ...]
    """What the service sent, in order, without `ALONGSIDE`."""


def event(kind: str, **fields: Fact) -> Event:
    """Return what an event carries, with what all events do."""
    return {"event_id": str, "type": kind, **fields}


ALLOY = {"name": "alloy", "type": "openai"}

TURN_DETECTION = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 400,
    "silence_duration_ms": 500,
    "create_response": True,
    "interrupt_response": True,
    "idle_timeout_ms": None,
    "speech_duration_ms": None,
    "end_of_utterance_detection": None,
    "auto_truncate": False,
    "appended_text_after_truncation": None,
}
"""What `{"type": "server_vad"}` in a `session.update` becomes."""

SESSION = {
    "id": str,
    "object": "realtime.session",
    "model": str,
    "modalities": {"text", "audio"},
    "instructions": str,
    "voice": ALLOY,
    "input_audio_format": "pcm16",
    "output_audio_format": "pcm16",
    "input_audio_transcription": {
        "model": "whisper-1",
        "language": None,
        "prompt": None,
        "custom_speech": None,
        "phrase_list": None,
    },
    "input_audio_noise_reduction": None,
    "turn_detection": TURN_DETECTION,
    "tools": [],
    "tool_choice": "auto",
    "max_response_output_tokens": "inf",
    "expires_at": int,
    "input_audio_sampling_rate": 24_000,
    "animation": None,
    "input_audio_echo_cancellation": None,
    "avatar": None,
    "output_audio_timestamp_types": None,
    "truncation_strategy": None,
    "include": None,
    # Since August 2026.
    "greeting": AnyOf((None, Absent)),
    "handoff": AnyOf((None, Absent)),
}
"""A session after the recorded `session.update`."""

NATIVE_SESSION_DEFAULTS = {
    "modalities": {"audio"},
    "voice": ALLOY,
    "input_audio_format": "pcm16",
    # null in July 2026, "pcm16" in August
    "output_audio_format": AnyOf((None, "pcm16")),
    "input_audio_transcription": None,
    "turn_detection": {**TURN_DETECTION, "prefix_padding_ms": 300, "silence_duration_ms": 200},
}
"""How a native speech model's session begins, API version 2026-07-15; `SESSION` has what is not here."""

ITEM = {"id": str, "object": "realtime.item", "type": "message"}
UNFINISHED_ANSWER = {**ITEM, "status": "in_progress", "role": "assistant", "content": []}

PLACE = {"response_id": str, "item_id": str, "output_index": 0, "content_index": 0}
"""Where a part of an answer belongs."""

USAGE = {
    "total_tokens": int,
    "input_tokens": int,
    "output_tokens": int,
    "input_token_details": {
        "cached_tokens": 0,
        "text_tokens": int,
        "audio_tokens": int,
        "image_tokens": 0,
        "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": int, "audio_tokens": int, "reasoning_tokens": 0},
}

RESPONSE = {
    "object": "realtime.response",
    "id": str,
    "status_details": None,
    "conversation_id": str,
    "voice": ALLOY,
    "output_audio_format": "pcm16",
    "temperature": None,
    "max_output_tokens": "inf",
    "metadata": None,
}

USERS_SPEECH = {
    **ITEM,
    "status": "completed",
    "role": "user",
    "content": [{"type": "input_audio", "transcript": None}],
}

ALONGSIDE = {
    fact["type"]: fact
    for fact in (
        event("conversation.item.input_audio_transcription.delta", item_id=str, content_index=0, delta=str),
        event(
            "conversation.item.input_audio_transcription.completed",
            item_id=str,
            content_index=0,
            transcript=str,
        ),
        event("conversation.item.done", previous_item_id=None, item=USERS_SPEECH),
    )
}
"""What comes of a spoken turn while the answer is already being spoken, at any point."""


def _opening(*modalities: str) -> tuple[Event, ...]:
    return (
        event("session.created", session={**SESSION, **NATIVE_SESSION_DEFAULTS}),
        event("session.updated", session={**SESSION, "modalities": set(modalities)}),
    )


def _answer(
    *modalities: str, empty: Event, whole: Event, ending: Event, written: tuple[Event | Deltas, ...]
) -> tuple[Event | Deltas, ...]:
    """Return an answer from `response.created` to `response.done`; `written` is the part's content."""
    response = {**RESPONSE, "modalities": set(modalities)}
    finished = {**ITEM, "status": "completed", "role": "assistant", "content": [whole]}
    return (
        event(
            "response.created", response={**response, "status": "in_progress", "output": [], "usage": None}
        ),
        event("response.output_item.added", response_id=str, output_index=0, item=UNFINISHED_ANSWER),
        event("conversation.item.created", previous_item_id=str, item=UNFINISHED_ANSWER),
        event("response.content_part.added", **PLACE, part=empty),
        *written,
        event("response.content_part.done", **PLACE, part=ending),
        event("response.output_item.done", response_id=str, output_index=0, item=finished),
        event(
            "response.done",
            response={**response, "status": "completed", "output": [finished], "usage": USAGE},
        ),
    )


_SPOKEN_ANSWER = _answer(
    *("text", "audio"),
    empty={"type": "audio", "transcript": ""},
    whole={"type": "audio", "transcript": str},
    ending={"type": "audio", "transcript": str},
    written=(
        Deltas(
            (
                event("response.audio_transcript.delta", **PLACE, delta=str),
                event("response.audio.delta", **PLACE, delta=str),
            )
        ),
        event("response.audio.done", **PLACE),
        event("response.audio_transcript.done", **PLACE, transcript=str),
    ),
)

_WRITTEN_ANSWER = _answer(
    "text",
    empty={"type": "text", "text": ""},
    whole={"type": "text", "text": str},
    ending={"type": "text", "text": ""},
    written=(
        Deltas((event("response.text.delta", **PLACE, delta=str),)),
        event("response.text.done", **PLACE, text=str),
    ),
)

_TYPED_MESSAGE = event(
    "conversation.item.created",
    previous_item_id=None,
    item={
        **ITEM,
        "status": "completed",
        "role": "user",
        "content": [{"type": "input_text", "text": str}],
    },
)


def _update(*modalities: str) -> Event:
    session = {
        "instructions": "Answer briefly.",
        "modalities": list(modalities),
        "input_audio_format": "pcm16",
        "output_audio_format": "pcm16",
        "input_audio_sampling_rate": 24_000,
        "turn_detection": {"type": "server_vad", "create_response": True, "interrupt_response": True},
        "input_audio_transcription": {"model": "whisper-1"},
    }
    return {"type": "session.update", "session": session}


_MESSAGE = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Greet me."}]}
_ASK = ({"type": "conversation.item.create", "item": _MESSAGE}, {"type": "response.create"})

CONVERSATIONS = (
    Conversation(
        recording="audio_in_server_vad_turn",
        said=(_update("text", "audio"),),
        answer="audio",
        speech_ms=(1_456, 4_512),
        came=(
            *_opening("text", "audio"),
            event("input_audio_buffer.speech_started", audio_start_ms=1_456, item_id=str),
            event("input_audio_buffer.speech_stopped", audio_end_ms=4_512, item_id=str),
            event("input_audio_buffer.committed", previous_item_id=None, item_id=str),
            event("conversation.item.created", previous_item_id=None, item=USERS_SPEECH),
            *_SPOKEN_ANSWER,
        ),
    ),
    Conversation(
        recording="text_in_audio_out_turn",
        said=(_update("text", "audio"), *_ASK),
        answer="audio",
        speech_ms=None,
        came=(*_opening("text", "audio"), _TYPED_MESSAGE, *_SPOKEN_ANSWER),
    ),
    Conversation(
        recording="text_output_modality_returns_text",
        said=(_update("text"), *_ASK),
        answer="text",
        speech_ms=None,
        came=(*_opening("text"), _TYPED_MESSAGE, *_WRITTEN_ANSWER),
    ),
)
