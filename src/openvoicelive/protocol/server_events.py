"""What a session says to its client. A dialect gives each event its id and its looks on the wire."""

from typing import Any, Literal

import msgspec

from openvoicelive.protocol.audio_formats import OutputAudioFormat
from openvoicelive.protocol.configuration import SessionConfiguration
from openvoicelive.protocol.options import MaxTokens, Modality
from openvoicelive.protocol.session.items import AudioPart, Item, TextPart
from openvoicelive.protocol.voices import Voice

ResponseStatus = Literal["in_progress", "completed", "cancelled", "incomplete", "failed"]


class ServerEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all."""


class SessionCreated(ServerEvent, frozen=True, kw_only=True):
    """The first event of a connection."""

    session: SessionConfiguration


class SessionUpdated(ServerEvent, frozen=True, kw_only=True):
    """The options now in force."""

    session: SessionConfiguration


class ErrorDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong, for programs and for people."""

    type: Literal["invalid_request_error", "server_error"] = "invalid_request_error"
    code: str | None = None
    message: str
    param: str | None = None
    event_id: str | None = None


class Error(ServerEvent, frozen=True, kw_only=True):
    """Something went wrong; the session goes on unless it is closed."""

    error: ErrorDetails


class WarningDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What is not quite as the client asked for."""

    code: str | None = None
    message: str
    param: str | None = None


class Warning(ServerEvent, frozen=True, kw_only=True):  # noqa: A001 - the protocol's word
    """Something is not quite as the client asked for; all goes on."""

    warning: WarningDetails


class SpeechStarted(ServerEvent, frozen=True, kw_only=True):
    """The user began to speak."""

    audio_start_ms: int
    item_id: str


class SpeechStopped(ServerEvent, frozen=True, kw_only=True):
    """The user's turn is over."""

    audio_end_ms: int
    item_id: str


class InputAudioBufferCommitted(ServerEvent, frozen=True, kw_only=True):
    """The sound became a turn."""

    previous_item_id: str | None
    item_id: str


class InputAudioBufferCleared(ServerEvent, frozen=True, kw_only=True):
    """The sound is forgotten."""


class OutputAudioBufferCleared(ServerEvent, frozen=True, kw_only=True):
    """The sound that was not heard yet is forgotten."""


class ItemCreated(ServerEvent, frozen=True, kw_only=True):
    """An item is in the conversation."""

    previous_item_id: str | None
    item: Item


class ItemRetrieved(ServerEvent, frozen=True, kw_only=True):
    """An item, shown."""

    item: Item


class ItemTruncated(ServerEvent, frozen=True, kw_only=True):
    """What was not heard is forgotten."""

    item_id: str
    content_index: int
    audio_end_ms: int


class ItemDeleted(ServerEvent, frozen=True, kw_only=True):
    """An item is gone."""

    item_id: str


class TranscriptionDelta(ServerEvent, frozen=True, kw_only=True):
    """More of what the user said."""

    item_id: str
    content_index: int = 0
    delta: str


class TranscriptionCompleted(ServerEvent, frozen=True, kw_only=True):
    """What the user said."""

    item_id: str
    content_index: int = 0
    transcript: str


class TranscriptionFailed(ServerEvent, frozen=True, kw_only=True):
    """The user's words could not be recognised."""

    item_id: str
    content_index: int = 0
    error: ErrorDetails


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of one response."""

    input_text_tokens: int
    input_audio_tokens: int
    output_text_tokens: int
    output_audio_tokens: int


class StatusDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Why a response did not complete."""

    type: Literal["cancelled", "incomplete", "failed"]
    reason: str | None = None
    error: ErrorDetails | None = None


class ResponseObject(msgspec.Struct, frozen=True, kw_only=True):
    """A response as it is when it begins or is over."""

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


class ResponseCreated(ServerEvent, frozen=True, kw_only=True):
    """An answer begins."""

    response: ResponseObject


class ResponseDone(ServerEvent, frozen=True, kw_only=True):
    """An answer is over, however it ended."""

    response: ResponseObject


class OutputItemAdded(ServerEvent, frozen=True, kw_only=True):
    """An answer has a new item."""

    response_id: str
    output_index: int
    item: Item


class OutputItemDone(ServerEvent, frozen=True, kw_only=True):
    """An item of an answer is whole."""

    response_id: str
    output_index: int
    item: Item


class _OutputEvent(ServerEvent, frozen=True, kw_only=True):
    response_id: str
    item_id: str
    output_index: int


class _ContentEvent(_OutputEvent, frozen=True, kw_only=True):
    content_index: int = 0


class ContentPartAdded(_ContentEvent, frozen=True, kw_only=True):
    """A message has a new part."""

    part: TextPart | AudioPart


class ContentPartDone(_ContentEvent, frozen=True, kw_only=True):
    """A part of a message is whole."""

    part: TextPart | AudioPart


class TextDelta(_ContentEvent, frozen=True, kw_only=True):
    """More text."""

    delta: str


class TextDone(_ContentEvent, frozen=True, kw_only=True):
    """The whole text."""

    text: str


class AudioTranscriptDelta(_ContentEvent, frozen=True, kw_only=True):
    """More words that are spoken."""

    delta: str


class AudioTranscriptDone(_ContentEvent, frozen=True, kw_only=True):
    """All words that were spoken."""

    transcript: str


class AudioDelta(_ContentEvent, frozen=True, kw_only=True):
    """More sound, in the response's output format."""

    delta: bytes


class AudioDone(_ContentEvent, frozen=True, kw_only=True):
    """The sound is whole."""


class AudioTimestampDelta(_ContentEvent, frozen=True, kw_only=True):
    """When a word sounds, counted from the beginning of the item's sound."""

    audio_offset_ms: int
    audio_duration_ms: int
    text: str


class AudioTimestampDone(_ContentEvent, frozen=True, kw_only=True):
    """All words have their times."""


class VisemeDelta(_ContentEvent, frozen=True, kw_only=True):
    """A shape of the mouth."""

    audio_offset_ms: int
    viseme_id: int


class VisemeDone(_ContentEvent, frozen=True, kw_only=True):
    """All shapes of the mouth were given."""


class FunctionCallArgumentsDelta(_OutputEvent, frozen=True, kw_only=True):
    """More of a call's arguments."""

    call_id: str
    delta: str


class FunctionCallArgumentsDone(_OutputEvent, frozen=True, kw_only=True):
    """A call's arguments are whole: JSON, as the model wrote it."""

    call_id: str
    name: str
    arguments: str


class McpListToolsInProgress(ServerEvent, frozen=True, kw_only=True):
    """An MCP server is asked for its tools."""

    item_id: str


class McpListToolsCompleted(ServerEvent, frozen=True, kw_only=True):
    """The tools of an MCP server are known; the model may call them."""

    item_id: str


class McpListToolsFailed(ServerEvent, frozen=True, kw_only=True):
    """The tools of an MCP server are not known; a `warning` says why."""

    item_id: str


class McpCallArgumentsDelta(_OutputEvent, frozen=True, kw_only=True):
    """More of the arguments of a call of an MCP tool."""

    delta: str


class McpCallArgumentsDone(_OutputEvent, frozen=True, kw_only=True):
    """The arguments are whole: JSON, as the model wrote it."""

    arguments: str


class McpCallInProgress(ServerEvent, frozen=True, kw_only=True):
    """An MCP tool runs."""

    item_id: str
    output_index: int


class McpCallCompleted(ServerEvent, frozen=True, kw_only=True):
    """An MCP tool has answered; its output follows in `response.output_item.done`."""

    item_id: str
    output_index: int


class McpCallFailed(ServerEvent, frozen=True, kw_only=True):
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
