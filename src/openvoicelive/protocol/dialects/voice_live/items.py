"""Conversation items as Voice Live writes them, in both directions."""

from typing import Any, Literal, assert_never

import msgspec
from msgspec import UNSET, UnsetType

from openvoicelive.protocol.session import items as core
from openvoicelive.protocol.session.items import ItemStatus, McpTool

PictureField = Literal["image_url", "url"]


class InputTextPart(msgspec.Struct, frozen=True, tag="input_text"):
    """Text that a user or the system wrote."""

    text: str


class InputAudioPart(msgspec.Struct, frozen=True, tag="input_audio"):
    """Sound that a user spoke; only its words are shown."""

    audio: bytes | UnsetType | None = UNSET
    transcript: str | None = None


class InputImagePart(msgspec.Struct, frozen=True, tag="input_image"):
    """A picture for models that see."""

    image_url: str | UnsetType = UNSET
    detail: Literal["auto", "low", "high"] = "auto"
    url: str | UnsetType = UNSET
    """The name of `image_url` before API version 2026-06-01-preview; comes back as it was sent."""

    def __post_init__(self) -> None:
        """Require either name, in the words in which the decoder tells of a missing field."""
        if self.image_url is UNSET and self.url is UNSET:
            raise ValueError("Object missing required field `image_url`")


class TextPart(msgspec.Struct, frozen=True, tag="text"):
    """Text that the assistant wrote."""

    text: str


class AudioPart(msgspec.Struct, frozen=True, tag="audio"):
    """Words that the assistant spoke."""

    transcript: str = ""


class OutputTextPart(msgspec.Struct, frozen=True, tag="output_text"):
    """`text`, as OpenAI's newer protocol names it."""

    text: str


class OutputAudioPart(msgspec.Struct, frozen=True, tag="output_audio"):
    """`audio`, as OpenAI's newer protocol names it; only its words are kept."""

    transcript: str | None = None


ShownPart = InputTextPart | InputAudioPart | InputImagePart | TextPart | AudioPart
ContentPart = ShownPart | OutputTextPart | OutputAudioPart
"""What a client may write. What it wrote by the newer names is shown by the older ones."""


class _ItemBase(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    id: str = ""
    object: Literal["realtime.item"] = "realtime.item"


class MessageItem(_ItemBase, frozen=True, kw_only=True, tag="message"):
    """Something that the system, the user or the assistant said."""

    status: ItemStatus = "completed"
    role: Literal["system", "user", "assistant"]
    content: tuple[ContentPart, ...] = ()


class FunctionCallItem(_ItemBase, frozen=True, kw_only=True, tag="function_call"):
    """The assistant calls a function of the client."""

    status: ItemStatus = "completed"
    name: str
    call_id: str
    arguments: str = ""


class FunctionCallOutputItem(_ItemBase, frozen=True, kw_only=True, tag="function_call_output"):
    """What a function of the client answered."""

    call_id: str
    output: str


class McpListToolsItem(_ItemBase, frozen=True, kw_only=True, tag="mcp_list_tools"):
    """The tools of an MCP server; none until they are listed."""

    server_label: str
    tools: tuple[McpTool, ...] = ()


class McpCallError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a call of an MCP tool brought nothing."""

    type: Literal["mcp_call_error"] = "mcp_call_error"
    code: str
    message: str


class McpCallItem(_ItemBase, frozen=True, kw_only=True, tag="mcp_call"):
    """The assistant calls a tool of an MCP server; the service runs it."""

    server_label: str
    name: str
    arguments: str = ""
    approval_request_id: str | None = None
    output: str | None = None
    error: McpCallError | None = None


class McpApprovalRequestItem(_ItemBase, frozen=True, kw_only=True, tag="mcp_approval_request"):
    """The client is asked whether a tool may be called with these arguments."""

    server_label: str
    name: str
    arguments: str


class McpApprovalResponseItem(_ItemBase, frozen=True, kw_only=True, tag="mcp_approval_response"):
    """The client allows a call, or does not."""

    approval_request_id: str
    approve: bool
    reason: str | None = None


ClientItem = MessageItem | FunctionCallItem | FunctionCallOutputItem | McpApprovalResponseItem
"""What a client may put into the conversation."""

Item = ClientItem | McpListToolsItem | McpCallItem | McpApprovalRequestItem


def read_item(item: ClientItem) -> core.ClientItem:
    """Return the item that a client wrote."""
    match item:
        case MessageItem():
            return read_message(item)
        case FunctionCallItem():
            return core.FunctionCallItem(**_fields(item))
        case FunctionCallOutputItem():
            return core.FunctionCallOutputItem(**_fields(item))
        case McpApprovalResponseItem():
            return core.McpApprovalResponseItem(**_fields(item))
        case _:
            assert_never(item)


def read_message(item: MessageItem) -> core.MessageItem:
    """Return the message that a client wrote."""
    content = tuple(_read_part(part) for part in item.content)
    return core.MessageItem(id=item.id, status=item.status, role=item.role, content=content)


def picture_field_of(items: tuple[ClientItem, ...]) -> PictureField | None:
    """Return what a client calls the address of a picture, if it shows one."""
    for item in items:
        for part in item.content if isinstance(item, MessageItem) else ():
            if isinstance(part, InputImagePart):
                return "url" if part.image_url is UNSET else "image_url"
    return None


def shown_item(  # noqa: PLR0911 - one return for each kind
    item: core.Item, *, message_begins: ItemStatus, picture_field: PictureField
) -> Item:
    """Return an item as a client is shown it.

    `message_begins` is the status of an answer that is being said; a client wrote its pictures' addresses as
    `picture_field`.
    """
    match item:
        case core.MessageItem():
            begins = item.role == "assistant" and item.status == "in_progress"
            return MessageItem(
                id=item.id,
                status=message_begins if begins else item.status,
                role=item.role,
                content=tuple(_shown_part(part, picture_field) for part in item.content),
            )
        case core.FunctionCallItem():
            return FunctionCallItem(**_fields(item))
        case core.FunctionCallOutputItem():
            return FunctionCallOutputItem(**_fields(item))
        case core.McpListToolsItem():
            return McpListToolsItem(**_fields(item))
        case core.McpCallItem(error=error):
            fields = _fields(item)
            fields["error"] = None if error is None else McpCallError(code=error.code, message=error.message)
            return McpCallItem(**fields)
        case core.McpApprovalRequestItem():
            return McpApprovalRequestItem(**_fields(item))
        case core.McpApprovalResponseItem():
            return McpApprovalResponseItem(**_fields(item))
        case _:
            assert_never(item)


def shown_answer(part: core.TextPart | core.AudioPart) -> TextPart | AudioPart:
    """Return a part of an answer as a client is shown it."""
    return TextPart(part.text) if isinstance(part, core.TextPart) else AudioPart(part.transcript)


def _shown_part(part: core.ContentPart, picture_field: PictureField) -> ShownPart:
    match part:
        case core.InputTextPart(text):
            return InputTextPart(text)
        case core.InputAudioPart(transcript=transcript):
            return InputAudioPart(transcript=transcript)
        case core.InputImagePart(address, detail):
            named: dict[str, Any] = {picture_field: address}
            return InputImagePart(**named, detail=detail)
        case core.TextPart() | core.AudioPart():
            return shown_answer(part)
        case _:
            assert_never(part)


def _read_part(part: ContentPart) -> core.ContentPart:
    match part:
        case InputTextPart(text):
            return core.InputTextPart(text)
        case InputAudioPart(audio, transcript):
            return core.InputAudioPart(audio if isinstance(audio, bytes) else None, transcript)
        case InputImagePart(image_url, detail, url):
            return core.InputImagePart(str(url if image_url is UNSET else image_url), detail)
        case TextPart(text) | OutputTextPart(text):
            return core.TextPart(text)
        case AudioPart(transcript):
            return core.AudioPart(transcript)
        case OutputAudioPart(transcript):
            return core.AudioPart(transcript or "")
        case _:
            assert_never(part)


def _fields(item: msgspec.Struct) -> dict[str, Any]:
    """Return the fields that an item has here and on the wire."""
    fields = msgspec.structs.asdict(item)
    fields.pop("object", None)
    return fields
