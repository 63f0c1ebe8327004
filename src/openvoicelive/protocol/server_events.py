"""What the service says: one struct for each wire type, fields named and ordered as on the wire.

Events are made without an `event_id`; the session stamps each as it leaves, which is the only change ever
made to one.
"""

from typing import Any, Literal

import msgspec

from openvoicelive.protocol.audio_formats import OutputAudioFormat
from openvoicelive.protocol.configuration import SessionConfiguration
from openvoicelive.protocol.options import MaxTokens, Modality
from openvoicelive.protocol.session.items import AudioPart, Item, TextPart
from openvoicelive.protocol.voices import Voice

ResponseStatus = Literal["in_progress", "completed", "cancelled", "incomplete", "failed"]


class ServerEvent(msgspec.Struct, kw_only=True, tag_field="type"):
    """Base of all."""

    event_id: str = ""


class SessionCreated(ServerEvent, kw_only=True, tag="session.created"):
    """The first event of a connection."""

    session: SessionConfiguration


class SessionUpdated(ServerEvent, kw_only=True, tag="session.updated"):
    """The options now in force."""

    session: SessionConfiguration


class ErrorDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong, for programs and for people."""

    type: Literal["invalid_request_error", "server_error"] = "invalid_request_error"
    code: str | None = None
    message: str
    param: str | None = None
    event_id: str | None = None


class Error(ServerEvent, kw_only=True, tag="error"):
    """Something went wrong; the session goes on unless it is closed."""

    error: ErrorDetails


class WarningDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What is not quite as the client asked for."""

    code: str | None = None
    message: str
    param: str | None = None


class Warning(ServerEvent, kw_only=True, tag="warning"):  # noqa: A001 - the wire's word
    """Something is not quite as the client asked for; all goes on."""

    warning: WarningDetails


class SpeechStarted(ServerEvent, kw_only=True, tag="input_audio_buffer.speech_started"):
    """The user began to speak."""

    audio_start_ms: int
    item_id: str


class SpeechStopped(ServerEvent, kw_only=True, tag="input_audio_buffer.speech_stopped"):
    """The user's turn is over."""

    audio_end_ms: int
    item_id: str


class InputAudioBufferCommitted(ServerEvent, kw_only=True, tag="input_audio_buffer.committed"):
    """The sound became a turn."""

    previous_item_id: str | None
    item_id: str


class InputAudioBufferCleared(ServerEvent, kw_only=True, tag="input_audio_buffer.cleared"):
    """The sound is forgotten."""


class OutputAudioBufferCleared(ServerEvent, kw_only=True, tag="output_audio_buffer.cleared"):
    """The sound that was not heard yet is forgotten."""


class ItemCreated(ServerEvent, kw_only=True, tag="conversation.item.created"):
    """An item is in the conversation."""

    previous_item_id: str | None
    item: Item


class ItemRetrieved(ServerEvent, kw_only=True, tag="conversation.item.retrieved"):
    """An item, shown."""

    item: Item


class ItemTruncated(ServerEvent, kw_only=True, tag="conversation.item.truncated"):
    """What was not heard is forgotten."""

    item_id: str
    content_index: int
    audio_end_ms: int


class ItemDeleted(ServerEvent, kw_only=True, tag="conversation.item.deleted"):
    """An item is gone."""

    item_id: str


class TranscriptionDelta(ServerEvent, kw_only=True, tag="conversation.item.input_audio_transcription.delta"):
    """More of what the user said."""

    item_id: str
    content_index: int = 0
    delta: str


class TranscriptionCompleted(
    ServerEvent, kw_only=True, tag="conversation.item.input_audio_transcription.completed"
):
    """What the user said."""

    item_id: str
    content_index: int = 0
    transcript: str


class TranscriptionFailed(
    ServerEvent, kw_only=True, tag="conversation.item.input_audio_transcription.failed"
):
    """The user's words could not be recognised."""

    item_id: str
    content_index: int = 0
    error: ErrorDetails


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
    reason: str | msgspec.UnsetType = msgspec.UNSET
    error: ErrorDetails | msgspec.UnsetType = msgspec.UNSET


class ResponseObject(msgspec.Struct, frozen=True, kw_only=True):
    """A response as `response.created` and `response.done` show it."""

    object: Literal["realtime.response"] = "realtime.response"
    id: str
    status: ResponseStatus
    status_details: StatusDetails | None = None
    output: tuple[Item, ...] = ()
    usage: Usage | None = None
    conversation_id: str | None
    modalities: tuple[Modality, ...]
    voice: Voice
    output_audio_format: OutputAudioFormat
    temperature: float | None = None
    max_output_tokens: MaxTokens = "inf"
    metadata: dict[str, str] | None = None


class ResponseCreated(ServerEvent, kw_only=True, tag="response.created"):
    """An answer begins."""

    response: ResponseObject


class ResponseDone(ServerEvent, kw_only=True, tag="response.done"):
    """An answer is over, however it ended."""

    response: ResponseObject


class OutputItemAdded(ServerEvent, kw_only=True, tag="response.output_item.added"):
    """An answer has a new item."""

    response_id: str
    output_index: int
    item: Item


class OutputItemDone(ServerEvent, kw_only=True, tag="response.output_item.done"):
    """An item of an answer is whole."""

    response_id: str
    output_index: int
    item: Item


class _OutputEvent(ServerEvent, kw_only=True):
    response_id: str
    item_id: str
    output_index: int


class _ContentEvent(_OutputEvent, kw_only=True):
    content_index: int = 0


class ContentPartAdded(_ContentEvent, kw_only=True, tag="response.content_part.added"):
    """A message has a new part."""

    part: TextPart | AudioPart


class ContentPartDone(_ContentEvent, kw_only=True, tag="response.content_part.done"):
    """A part of a message is whole."""

    part: TextPart | AudioPart


class TextDelta(_ContentEvent, kw_only=True, tag="response.text.delta"):
    """More text."""

    delta: str


class TextDone(_ContentEvent, kw_only=True, tag="response.text.done"):
    """The whole text."""

    text: str


class AudioTranscriptDelta(_ContentEvent, kw_only=True, tag="response.audio_transcript.delta"):
    """More words that are spoken."""

    delta: str


class AudioTranscriptDone(_ContentEvent, kw_only=True, tag="response.audio_transcript.done"):
    """All words that were spoken."""

    transcript: str


class AudioDelta(_ContentEvent, kw_only=True, tag="response.audio.delta"):
    """More sound, in the response's output format; base64 on the wire."""

    delta: bytes


class AudioDone(_ContentEvent, kw_only=True, tag="response.audio.done"):
    """The sound is whole."""


class AudioTimestampDelta(_ContentEvent, kw_only=True, tag="response.audio_timestamp.delta"):
    """When a word sounds, counted from the beginning of the item's sound."""

    audio_offset_ms: int
    audio_duration_ms: int
    text: str
    timestamp_type: Literal["word"] = "word"


class AudioTimestampDone(_ContentEvent, kw_only=True, tag="response.audio_timestamp.done"):
    """All words have their times."""


class VisemeDelta(_ContentEvent, kw_only=True, tag="response.animation_viseme.delta"):
    """A shape of the mouth."""

    audio_offset_ms: int
    viseme_id: int


class VisemeDone(_ContentEvent, kw_only=True, tag="response.animation_viseme.done"):
    """All shapes of the mouth were given."""


class FunctionCallArgumentsDelta(_OutputEvent, kw_only=True, tag="response.function_call_arguments.delta"):
    """More of a call's arguments."""

    call_id: str
    delta: str


class FunctionCallArgumentsDone(_OutputEvent, kw_only=True, tag="response.function_call_arguments.done"):
    """A call's arguments are whole: JSON, as the model wrote it."""

    call_id: str
    name: str
    arguments: str


class McpListToolsInProgress(ServerEvent, kw_only=True, tag="mcp_list_tools.in_progress"):
    """An MCP server is asked for its tools."""

    item_id: str


class McpListToolsCompleted(ServerEvent, kw_only=True, tag="mcp_list_tools.completed"):
    """The tools of an MCP server are known; the model may call them."""

    item_id: str


class McpListToolsFailed(ServerEvent, kw_only=True, tag="mcp_list_tools.failed"):
    """The tools of an MCP server are not known; a `warning` says why."""

    item_id: str


class McpCallArgumentsDelta(_OutputEvent, kw_only=True, tag="response.mcp_call_arguments.delta"):
    """More of the arguments of a call of an MCP tool."""

    delta: str


class McpCallArgumentsDone(_OutputEvent, kw_only=True, tag="response.mcp_call_arguments.done"):
    """The arguments are whole: JSON, as the model wrote it."""

    arguments: str


class McpCallInProgress(ServerEvent, kw_only=True, tag="response.mcp_call.in_progress"):
    """An MCP tool runs."""

    item_id: str
    output_index: int


class McpCallCompleted(ServerEvent, kw_only=True, tag="response.mcp_call.completed"):
    """An MCP tool has answered; its output follows in `response.output_item.done`."""

    item_id: str
    output_index: int


class McpCallFailed(ServerEvent, kw_only=True, tag="response.mcp_call.failed"):
    """An MCP tool failed or was not allowed; `response.output_item.done` says why."""

    item_id: str
    output_index: int


def error_event(
    code: str | None,
    message: str,
    *,
    param: str | None = None,
    event_id: str | None = None,
    type: Literal["invalid_request_error", "server_error"] = "invalid_request_error",
) -> Error:
    """Make an error event."""
    details: dict[str, Any] = {"type": type, "code": code, "message": message, "param": param}
    return Error(error=ErrorDetails(event_id=event_id, **details))
