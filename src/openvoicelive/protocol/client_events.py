"""What a client can say: one frozen struct for each wire type."""

from typing import Any, Literal

import msgspec

from openvoicelive.protocol.audio_formats import HyphenatedOutputAudioFormat, OutputAudioFormat
from openvoicelive.protocol.configuration import SessionOptions
from openvoicelive.protocol.options import (
    InterimResponse,
    MaxTokens,
    Metadata,
    Modality,
    ReasoningEffort,
    Temperature,
    ToolChoice,
)
from openvoicelive.protocol.session.items import ClientItem, MessageItem
from openvoicelive.protocol.session.mcp.server import Tool
from openvoicelive.protocol.voices import AskedVoice


class _ClientEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    event_id: str | None = None
    """Chosen by the client; comes back in the `event_id` of an error about this event."""


class SessionUpdate(_ClientEvent, frozen=True, kw_only=True, tag="session.update"):
    """Change session options."""

    session: SessionOptions


class InputAudioBufferAppend(_ClientEvent, frozen=True, kw_only=True, tag="input_audio_buffer.append"):
    """More sound from the user."""

    audio: bytes
    """In the session's input format; base64 on the wire."""


class InputAudioBufferCommit(_ClientEvent, frozen=True, kw_only=True, tag="input_audio_buffer.commit"):
    """The sound so far is one turn of the user."""


class InputAudioBufferClear(_ClientEvent, frozen=True, kw_only=True, tag="input_audio_buffer.clear"):
    """Forget the sound so far."""


class ConversationItemCreate(_ClientEvent, frozen=True, kw_only=True, tag="conversation.item.create"):
    """Put an item into the conversation."""

    item: ClientItem
    previous_item_id: str | None = None
    """After which item; absent: at the end, `root`: at the front."""


class ConversationItemRetrieve(_ClientEvent, frozen=True, kw_only=True, tag="conversation.item.retrieve"):
    """Show an item."""

    item_id: str


class ConversationItemDelete(_ClientEvent, frozen=True, kw_only=True, tag="conversation.item.delete"):
    """Take an item out of the conversation."""

    item_id: str


class ConversationItemTruncate(_ClientEvent, frozen=True, kw_only=True, tag="conversation.item.truncate"):
    """Forget what of a spoken answer was not heard."""

    item_id: str
    content_index: int
    audio_end_ms: int


class InputTextDelta(_ClientEvent, frozen=True, kw_only=True, tag="input_text.delta"):
    """More of a text that the user is typing."""

    id: str
    """The item that it becomes, or that it is added to."""
    delta: str
    content_index: int | None = None


class InputTextDone(_ClientEvent, frozen=True, kw_only=True, tag="input_text.done"):
    """The text is whole."""

    id: str
    content_index: int | None = None


class InputAudioTurnStart(_ClientEvent, frozen=True, kw_only=True, tag="input_audio.turn.start"):
    """The user begins to speak; the client says when, and when it ends."""

    turn_id: str


class InputAudioTurnAppend(_ClientEvent, frozen=True, kw_only=True, tag="input_audio.turn.append"):
    """More sound of the turn."""

    turn_id: str
    audio: bytes


class InputAudioTurnEnd(_ClientEvent, frozen=True, kw_only=True, tag="input_audio.turn.end"):
    """The turn is over."""

    turn_id: str


class InputAudioTurnCancel(_ClientEvent, frozen=True, kw_only=True, tag="input_audio.turn.cancel"):
    """Forget the turn."""

    turn_id: str


class InputAudioClear(_ClientEvent, frozen=True, kw_only=True, tag="input_audio.clear"):
    """Forget the sound so far."""


class OutputAudioBufferClear(_ClientEvent, frozen=True, kw_only=True, tag="output_audio_buffer.clear"):
    """Forget the sound of the answer that was not heard yet."""


class SessionAvatarConnect(_ClientEvent, frozen=True, kw_only=True, tag="session.avatar.connect"):
    """Show an avatar, which only Azure's cloud can."""

    client_sdp: str | None = None


class TranscriptionSessionUpdate(_ClientEvent, frozen=True, kw_only=True, tag="transcription_session.update"):
    """Options of a kind of session that Voice Live does not have."""

    session: dict[str, Any] | None = None


class ResponseOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of one response; what is absent is as in the session."""

    modalities: tuple[Modality, ...] | None = None
    instructions: str | None = None
    voice: AskedVoice | None = None
    output_audio_format: OutputAudioFormat | HyphenatedOutputAudioFormat | None = None
    tools: tuple[Tool, ...] | None = None
    tool_choice: ToolChoice | None = None
    temperature: Temperature | None = None
    max_output_tokens: MaxTokens | None = None
    max_response_output_tokens: MaxTokens | None = None
    reasoning_effort: ReasoningEffort | None = None
    metadata: Metadata | None = None
    conversation: Literal["auto", "none"] | None = None
    commit: bool | None = None
    """False: the same as `conversation` none."""
    cancel_previous: bool | None = None
    interim_response: InterimResponse | None = None
    pre_generated_assistant_message: MessageItem | None = None
    """Said word for word, without asking the model."""
    input_items: tuple[ClientItem, ...] | None = None
    """What the model is given in place of the conversation."""
    append_input_items: tuple[ClientItem, ...] | None = None
    """Put into the conversation first."""
    invoke_input: dict[str, Any] | None = None


class ResponseCreate(_ClientEvent, frozen=True, kw_only=True, tag="response.create"):
    """Answer now."""

    response: ResponseOptions | None = None
    additional_instructions: str | None = None


class ResponseCancel(_ClientEvent, frozen=True, kw_only=True, tag="response.cancel"):
    """Stop answering."""

    response_id: str | None = None


AudioAppend = InputAudioBufferAppend | InputAudioTurnAppend
"""Sound; the session hears only how much of it there is."""

ControlEvent = (
    SessionUpdate
    | InputAudioBufferCommit
    | InputAudioBufferClear
    | ConversationItemCreate
    | ConversationItemRetrieve
    | ConversationItemDelete
    | ConversationItemTruncate
    | InputTextDelta
    | InputTextDone
    | InputAudioTurnStart
    | InputAudioTurnEnd
    | InputAudioTurnCancel
    | InputAudioClear
    | OutputAudioBufferClear
    | SessionAvatarConnect
    | TranscriptionSessionUpdate
    | ResponseCreate
    | ResponseCancel
)
"""Everything else."""

ClientEvent = AudioAppend | ControlEvent
