"""What a client of Voice Live is told: names of events, and shapes that differ from the session's own.

All other events have on the wire the fields that they have in `openvoicelive.protocol.server_events`.
"""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from openvoicelive.protocol import server_events as core
from openvoicelive.protocol.audio_formats import OutputAudioFormat
from openvoicelive.protocol.dialects.voice_live.items import AudioPart, Item, TextPart
from openvoicelive.protocol.dialects.voice_live.session_object import SessionObject
from openvoicelive.protocol.options import MaxTokens, Modality
from openvoicelive.protocol.voices import Voice

TYPES: dict[type[core.ServerEvent], str] = {
    core.SessionCreated: "session.created",
    core.SessionUpdated: "session.updated",
    core.Error: "error",
    core.Warning: "warning",
    core.SpeechStarted: "input_audio_buffer.speech_started",
    core.SpeechStopped: "input_audio_buffer.speech_stopped",
    core.InputAudioBufferCommitted: "input_audio_buffer.committed",
    core.InputAudioBufferCleared: "input_audio_buffer.cleared",
    core.OutputAudioBufferCleared: "output_audio_buffer.cleared",
    core.ItemCreated: "conversation.item.created",
    core.ItemRetrieved: "conversation.item.retrieved",
    core.ItemTruncated: "conversation.item.truncated",
    core.ItemDeleted: "conversation.item.deleted",
    core.TranscriptionDelta: "conversation.item.input_audio_transcription.delta",
    core.TranscriptionCompleted: "conversation.item.input_audio_transcription.completed",
    core.TranscriptionFailed: "conversation.item.input_audio_transcription.failed",
    core.ResponseCreated: "response.created",
    core.ResponseDone: "response.done",
    core.OutputItemAdded: "response.output_item.added",
    core.OutputItemDone: "response.output_item.done",
    core.ContentPartAdded: "response.content_part.added",
    core.ContentPartDone: "response.content_part.done",
    core.TextDelta: "response.text.delta",
    core.TextDone: "response.text.done",
    core.AudioTranscriptDelta: "response.audio_transcript.delta",
    core.AudioTranscriptDone: "response.audio_transcript.done",
    core.AudioDelta: "response.audio.delta",
    core.AudioDone: "response.audio.done",
    core.AudioTimestampDelta: "response.audio_timestamp.delta",
    core.AudioTimestampDone: "response.audio_timestamp.done",
    core.VisemeDelta: "response.animation_viseme.delta",
    core.VisemeDone: "response.animation_viseme.done",
    core.FunctionCallArgumentsDelta: "response.function_call_arguments.delta",
    core.FunctionCallArgumentsDone: "response.function_call_arguments.done",
    core.McpListToolsInProgress: "mcp_list_tools.in_progress",
    core.McpListToolsCompleted: "mcp_list_tools.completed",
    core.McpListToolsFailed: "mcp_list_tools.failed",
    core.McpCallArgumentsDelta: "response.mcp_call_arguments.delta",
    core.McpCallArgumentsDone: "response.mcp_call_arguments.done",
    core.McpCallInProgress: "response.mcp_call.in_progress",
    core.McpCallCompleted: "response.mcp_call.completed",
    core.McpCallFailed: "response.mcp_call.failed",
}


class SessionCreated(msgspec.Struct, kw_only=True):
    """The first event of a connection, with its options."""

    session: SessionObject


class SessionUpdated(SessionCreated, kw_only=True):
    """The options now in force."""


class ItemRetrieved(msgspec.Struct, kw_only=True):
    """An item, shown."""

    item: Item


class ItemCreated(msgspec.Struct, kw_only=True):
    """An item is in the conversation."""

    previous_item_id: str | None
    item: Item


class CachedTokenDetails(msgspec.Struct, frozen=True):
    """Nothing is cached here; the fields are the wire's."""

    text_tokens: int = 0
    audio_tokens: int = 0
    image_tokens: int = 0


class InputTokenDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Input tokens by kind."""

    cached_tokens: int = 0
    text_tokens: int
    audio_tokens: int
    image_tokens: int = 0
    cached_tokens_details: CachedTokenDetails = CachedTokenDetails()


class OutputTokenDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Output tokens by kind."""

    text_tokens: int
    audio_tokens: int
    reasoning_tokens: int = 0


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of one response; the kinds add up to the totals."""

    total_tokens: int
    input_tokens: int
    output_tokens: int
    input_token_details: InputTokenDetails
    output_token_details: OutputTokenDetails


class StatusDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Why a response did not complete."""

    type: Literal["cancelled", "incomplete", "failed"]
    reason: str | UnsetType = UNSET
    error: core.ErrorDetails | UnsetType = UNSET


class ResponseObject(msgspec.Struct, frozen=True, kw_only=True):
    """A response as `response.created` and `response.done` show it."""

    object: Literal["realtime.response"] = "realtime.response"
    id: str
    status: core.ResponseStatus
    status_details: StatusDetails | None
    output: tuple[Item, ...]
    usage: Usage | None
    conversation_id: str | None
    modalities: tuple[Modality, ...]
    voice: Voice
    output_audio_format: OutputAudioFormat
    temperature: float | None
    max_output_tokens: MaxTokens
    metadata: dict[str, str] | None


class ResponseCreated(msgspec.Struct, kw_only=True):
    """An answer begins."""

    response: ResponseObject


class ResponseDone(ResponseCreated, kw_only=True):
    """An answer is over, however it ended."""


class OutputItemAdded(msgspec.Struct, kw_only=True):
    """An answer has a new item."""

    response_id: str
    output_index: int
    item: Item


class OutputItemDone(OutputItemAdded, kw_only=True):
    """An item of an answer is whole."""


class ContentPartAdded(msgspec.Struct, kw_only=True):
    """A message has a new part."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int
    part: TextPart | AudioPart


class ContentPartDone(ContentPartAdded, kw_only=True):
    """A part of a message is whole."""


class AudioTimestampDelta(msgspec.Struct, kw_only=True):
    """When a word sounds, counted from the beginning of the item's sound."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int
    audio_offset_ms: int
    audio_duration_ms: int
    text: str
    timestamp_type: Literal["word"] = "word"


def shown_usage(usage: core.Usage) -> Usage:
    """Return the tokens of a response with their totals."""
    input_tokens = usage.input_text_tokens + usage.input_audio_tokens
    output_tokens = usage.output_text_tokens + usage.output_audio_tokens
    return Usage(
        total_tokens=input_tokens + output_tokens,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        input_token_details=InputTokenDetails(
            text_tokens=usage.input_text_tokens, audio_tokens=usage.input_audio_tokens
        ),
        output_token_details=OutputTokenDetails(
            text_tokens=usage.output_text_tokens, audio_tokens=usage.output_audio_tokens
        ),
    )


def shown_status_details(details: core.StatusDetails) -> StatusDetails:
    """Return why a response did not complete; what does not apply is left out."""
    return StatusDetails(
        type=details.type,
        reason=UNSET if details.reason is None else details.reason,
        error=UNSET if details.error is None else details.error,
    )


def shown_response(response: core.ResponseObject, output: tuple[Item, ...]) -> ResponseObject:
    """Return a response as a client is shown it, with its items as they are shown."""
    return ResponseObject(
        id=response.id,
        status=response.status,
        status_details=shown_status_details(response.status_details) if response.status_details else None,
        output=output,
        usage=shown_usage(response.usage) if response.usage else None,
        conversation_id=response.conversation_id,
        modalities=response.modalities,
        voice=response.voice,
        output_audio_format=response.output_audio_format,
        temperature=response.temperature,
        max_output_tokens=response.max_output_tokens,
        metadata=response.metadata,
    )
