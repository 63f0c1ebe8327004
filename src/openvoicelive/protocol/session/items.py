"""The items of a conversation."""

from typing import Any, Literal, assert_never

import msgspec

ItemStatus = Literal["in_progress", "completed", "incomplete"]


class InputTextPart(msgspec.Struct, frozen=True):
    """Text that a user or the system wrote."""

    text: str


class InputAudioPart(msgspec.Struct, frozen=True):
    """Sound that a user spoke; only its words are kept."""

    audio: bytes | None = None
    transcript: str | None = None


class InputImagePart(msgspec.Struct, frozen=True):
    """A picture for models that see."""

    address: str
    """Where the picture is, or the picture itself as a data URL."""
    detail: Literal["auto", "low", "high"] = "auto"


class TextPart(msgspec.Struct, frozen=True):
    """Text that the assistant wrote."""

    text: str


class AudioPart(msgspec.Struct, frozen=True):
    """Words that the assistant spoke."""

    transcript: str = ""


ContentPart = InputTextPart | InputAudioPart | InputImagePart | TextPart | AudioPart


class _ItemBase(msgspec.Struct, frozen=True, kw_only=True):
    id: str = ""


class MessageItem(_ItemBase, frozen=True, kw_only=True):
    """Something that the system, the user or the assistant said."""

    status: ItemStatus = "completed"
    role: Literal["system", "user", "assistant"]
    content: tuple[ContentPart, ...] = ()


class FunctionCallItem(_ItemBase, frozen=True, kw_only=True):
    """The assistant calls a function of the client."""

    status: ItemStatus = "completed"
    name: str
    call_id: str
    arguments: str = ""


class FunctionCallOutputItem(_ItemBase, frozen=True, kw_only=True):
    """What a function of the client answered."""

    call_id: str
    output: str


class McpTool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool that an MCP server offers."""

    name: str
    description: str | None = None
    input_schema: dict[str, Any]
    """JSON schema of the arguments."""
    annotations: dict[str, Any] | None = None


class McpListToolsItem(_ItemBase, frozen=True, kw_only=True):
    """The tools of an MCP server; none until they are listed."""

    server_label: str
    tools: tuple[McpTool, ...] = ()


class McpCallError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a call of an MCP tool brought nothing."""

    code: str
    message: str


class McpCallItem(_ItemBase, frozen=True, kw_only=True):
    """The assistant calls a tool of an MCP server; the service runs it."""

    server_label: str
    name: str
    arguments: str = ""
    approval_request_id: str | None = None
    output: str | None = None
    error: McpCallError | None = None


class McpApprovalRequestItem(_ItemBase, frozen=True, kw_only=True):
    """The client is asked whether a tool may be called with these arguments."""

    server_label: str
    name: str
    arguments: str


class McpApprovalResponseItem(_ItemBase, frozen=True, kw_only=True):
    """The client allows a call, or does not."""

    approval_request_id: str
    approve: bool
    reason: str | None = None


ClientItem = MessageItem | FunctionCallItem | FunctionCallOutputItem | McpApprovalResponseItem
"""What a client may put into the conversation."""

Item = ClientItem | McpListToolsItem | McpCallItem | McpApprovalRequestItem


def text_of(item: Item) -> str:
    """Return the words of a message, parts in order, as one line of text; other items have none."""
    parts = item.content if isinstance(item, MessageItem) else ()
    words = (text_of_part(part) for part in parts if not isinstance(part, InputImagePart))
    return " ".join(word for word in words if word)


def text_of_part(part: ContentPart) -> str:
    """Return the words of a part, or the address of its picture; empty if the words are not known yet."""
    match part:
        case InputTextPart(text) | TextPart(text) | InputImagePart(text):
            return text
        case InputAudioPart(transcript=transcript) | AudioPart(transcript):
            return transcript or ""
        case _:
            assert_never(part)
