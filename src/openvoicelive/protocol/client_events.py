"""What a client can ask of a session. A dialect reads these events from the wire."""

from typing import Literal

import msgspec

from openvoicelive.protocol.audio_formats import OutputAudioFormat
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
from openvoicelive.protocol.voices import Voice


class _ClientEvent(msgspec.Struct, frozen=True, kw_only=True):
    event_id: str | None = None
    """Chosen by the client; comes back in the `event_id` of an error about this event."""


class SessionUpdate(_ClientEvent, frozen=True, kw_only=True):
    """Change session options."""

    session: SessionOptions


class InputAudioBufferAppend(_ClientEvent, frozen=True, kw_only=True):
    """More sound from the user."""

    audio: bytes
    """In the session's input format. The session hears only how much of it there is."""


class InputAudioBufferCommit(_ClientEvent, frozen=True, kw_only=True):
    """The sound so far is one turn of the user."""


class InputAudioBufferClear(_ClientEvent, frozen=True, kw_only=True):
    """Forget the sound so far."""


class InputAudioTurnStart(_ClientEvent, frozen=True, kw_only=True):
    """The user begins to speak: what was not committed before belongs to no turn."""


class ConversationItemCreate(_ClientEvent, frozen=True, kw_only=True):
    """Put an item into the conversation."""

    item: ClientItem
    previous_item_id: str | None = None
    """After which item; absent: at the end, `root`: at the front."""


class ConversationItemRetrieve(_ClientEvent, frozen=True, kw_only=True):
    """Show an item."""

    item_id: str


class ConversationItemDelete(_ClientEvent, frozen=True, kw_only=True):
    """Take an item out of the conversation."""

    item_id: str


class ConversationItemTruncate(_ClientEvent, frozen=True, kw_only=True):
    """Forget what of a spoken answer was not heard."""

    item_id: str
    content_index: int
    audio_end_ms: int


class InputTextDelta(_ClientEvent, frozen=True, kw_only=True):
    """More of a text that the user is typing."""

    id: str
    """The item that it becomes, or that it is added to."""
    delta: str


class InputTextDone(_ClientEvent, frozen=True, kw_only=True):
    """The text is whole."""

    id: str


class OutputAudioBufferClear(_ClientEvent, frozen=True, kw_only=True):
    """Forget the sound of the answer that was not heard yet."""


class ResponseOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of one response; what is None is as in the session."""

    modalities: tuple[Modality, ...] | None = None
    instructions: str | None = None
    voice: Voice | None = None
    output_audio_format: OutputAudioFormat | None = None
    tools: tuple[Tool, ...] | None = None
    tool_choice: ToolChoice | None = None
    temperature: Temperature | None = None
    max_output_tokens: MaxTokens | None = None
    reasoning_effort: ReasoningEffort | None = None
    metadata: Metadata | None = None
    conversation: Literal["auto", "none"] = "auto"
    """None: the answer stays outside the conversation."""
    cancel_previous: bool = False
    interim_response: InterimResponse | None = None
    verbatim: MessageItem | None = None
    """Said word for word, without asking the model."""
    input_items: tuple[ClientItem, ...] | None = None
    """What the model is given in place of the conversation."""
    append_input_items: tuple[ClientItem, ...] | None = None
    """Put into the conversation first."""


class ResponseCreate(_ClientEvent, frozen=True, kw_only=True):
    """Answer now."""

    response: ResponseOptions = ResponseOptions()
    additional_instructions: str | None = None


class ResponseCancel(_ClientEvent, frozen=True, kw_only=True):
    """Stop answering."""

    response_id: str | None = None


ControlEvent = (
    SessionUpdate
    | InputAudioBufferCommit
    | InputAudioBufferClear
    | InputAudioTurnStart
    | ConversationItemCreate
    | ConversationItemRetrieve
    | ConversationItemDelete
    | ConversationItemTruncate
    | InputTextDelta
    | InputTextDone
    | OutputAudioBufferClear
    | ResponseCreate
    | ResponseCancel
)
"""All but sound."""

ClientEvent = InputAudioBufferAppend | ControlEvent
