"""What a client of Voice Live can say: one frozen struct for each wire type, fields named as on the wire."""

from typing import Any, Literal, assert_never

import msgspec

from openvoicelive.protocol import client_events as core
from openvoicelive.protocol.dialects.json_messages import Base64Text
from openvoicelive.protocol.dialects.voice_live.items import (
    ClientItem,
    MessageItem,
    read_item,
    read_message,
)
from openvoicelive.protocol.dialects.voice_live.options import (
    AskedInterimResponse,
    AskedModality,
    AskedOutputAudioFormat,
    AskedToolChoice,
    AskedVoice,
    read_interim_response,
    read_output_format,
    read_tool_choice,
    read_voice,
)
from openvoicelive.protocol.dialects.voice_live.session_object import SessionOptions
from openvoicelive.protocol.options import (
    MaxTokens,
    Metadata,
    Modality,
    ReasoningEffort,
    Temperature,
)
from openvoicelive.protocol.session import items
from openvoicelive.protocol.session.mcp.server import Tool


class _ClientEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    event_id: str | None = None
    """Chosen by the client; comes back in the `event_id` of an error about this event."""


class SessionUpdate(_ClientEvent, frozen=True, kw_only=True, tag="session.update"):
    """Change session options."""

    session: SessionOptions


class InputAudioBufferAppend(_ClientEvent, frozen=True, kw_only=True, tag="input_audio_buffer.append"):
    """More sound from the user."""

    audio: Base64Text
    """In the session's input format."""


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
    audio: Base64Text


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

    modalities: tuple[AskedModality, ...] | None = None
    instructions: str | None = None
    voice: AskedVoice | None = None
    output_audio_format: AskedOutputAudioFormat | None = None
    tools: tuple[Tool, ...] | None = None
    tool_choice: AskedToolChoice | None = None
    temperature: Temperature | None = None
    max_output_tokens: MaxTokens | None = None
    max_response_output_tokens: MaxTokens | None = None
    reasoning_effort: ReasoningEffort | None = None
    metadata: Metadata | None = None
    conversation: Literal["auto", "none"] | None = None
    commit: bool | None = None
    """False: the same as `conversation` none."""
    cancel_previous: bool | None = None
    interim_response: AskedInterimResponse | None = None
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


PlainEvent = (
    InputAudioBufferCommit
    | InputAudioBufferClear
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
    | ResponseCancel
)
"""What means the same on every connection."""

ClientEvent = (
    PlainEvent
    | InputAudioBufferAppend
    | InputAudioTurnAppend
    | SessionUpdate
    | ConversationItemCreate
    | SessionAvatarConnect
    | TranscriptionSessionUpdate
    | ResponseCreate
)


def read_plain(event: PlainEvent) -> core.ClientEvent:  # noqa: C901, PLR0911 - one branch for each event
    """Return the event of the session that a client means."""
    event_id = event.event_id
    match event:
        # A client that frames turns itself says the same with other words.
        case InputAudioBufferCommit() | InputAudioTurnEnd():
            return core.InputAudioBufferCommit(event_id=event_id)
        case InputAudioBufferClear() | InputAudioTurnCancel() | InputAudioClear():
            return core.InputAudioBufferClear(event_id=event_id)
        case InputAudioTurnStart():
            return core.InputAudioTurnStart(event_id=event_id)
        case ConversationItemRetrieve():
            return core.ConversationItemRetrieve(event_id=event_id, item_id=event.item_id)
        case ConversationItemDelete():
            return core.ConversationItemDelete(event_id=event_id, item_id=event.item_id)
        case ConversationItemTruncate():
            return core.ConversationItemTruncate(
                event_id=event_id,
                item_id=event.item_id,
                content_index=event.content_index,
                audio_end_ms=event.audio_end_ms,
            )
        case InputTextDelta():
            return core.InputTextDelta(event_id=event_id, id=event.id, delta=event.delta)
        case InputTextDone():
            return core.InputTextDone(event_id=event_id, id=event.id)
        case OutputAudioBufferClear():
            return core.OutputAudioBufferClear(event_id=event_id)
        case ResponseCancel():
            return core.ResponseCancel(event_id=event_id, response_id=event.response_id)
        case _:
            assert_never(event)


def read_response_options(
    asked: ResponseOptions, modalities: tuple[Modality, ...] | None
) -> core.ResponseOptions:
    """Return the options of one response that a client wrote, by whichever of two names."""
    outside = asked.conversation == "none" or asked.commit is False
    message = asked.pre_generated_assistant_message
    return core.ResponseOptions(
        modalities=modalities,
        instructions=asked.instructions,
        voice=None if asked.voice is None else read_voice(asked.voice),
        output_audio_format=asked.output_audio_format and read_output_format(asked.output_audio_format),
        tools=asked.tools,
        tool_choice=read_tool_choice(asked.tool_choice) if asked.tool_choice else None,
        temperature=asked.temperature,
        max_output_tokens=asked.max_output_tokens or asked.max_response_output_tokens,
        reasoning_effort=asked.reasoning_effort,
        metadata=asked.metadata,
        conversation="none" if outside else "auto",
        cancel_previous=asked.cancel_previous is True,
        interim_response=read_interim_response(asked.interim_response) if asked.interim_response else None,
        verbatim=None if message is None else read_message(message),
        input_items=_read_items(asked.input_items),
        append_input_items=_read_items(asked.append_input_items),
    )


def _read_items(written: tuple[ClientItem, ...] | None) -> tuple[items.ClientItem, ...] | None:
    return None if written is None else tuple(read_item(item) for item in written)
