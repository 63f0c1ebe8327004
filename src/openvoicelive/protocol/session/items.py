"""Conversation items as they stand on the wire, in both directions."""

from typing import Any, Literal

import msgspec

ItemStatus = Literal["in_progress", "completed", "incomplete"]


class InputTextPart(msgspec.Struct, frozen=True, tag="input_text"):
    """Text that a user or the system wrote."""

    text: str


class InputAudioPart(msgspec.Struct, frozen=True, tag="input_audio"):
    """Sound that a user spoke; only its words are kept."""

    audio: bytes | msgspec.UnsetType | None = msgspec.UNSET
    transcript: str | None = None


class InputImagePart(msgspec.Struct, frozen=True, tag="input_image"):
    """A picture for models that see."""

    image_url: str | msgspec.UnsetType = msgspec.UNSET
    detail: Literal["auto", "low", "high"] = "auto"
    url: str | msgspec.UnsetType = msgspec.UNSET
    """The name of `image_url` before API version 2026-06-01-preview; comes back as it was sent."""

    def __post_init__(self) -> None:
        """Require either name, in the words in which the decoder tells of a missing field."""
        if self.image_url is msgspec.UNSET and self.url is msgspec.UNSET:
            raise ValueError("Object missing required field `image_url`")

    @property
    def address(self) -> str:
        """Where the picture is, or the picture itself as a data URL."""
        return self.image_url if isinstance(self.image_url, str) else str(self.url)


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


ContentPart = (
    InputTextPart | InputAudioPart | InputImagePart | TextPart | AudioPart | OutputTextPart | OutputAudioPart
)
"""What a client may write. A `MessageItem` keeps the newer names under the older ones."""


class _ItemBase(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    id: str = ""
    object: Literal["realtime.item"] = "realtime.item"


class MessageItem(_ItemBase, frozen=True, kw_only=True, tag="message"):
    """Something that the system, the user or the assistant said."""

    status: ItemStatus = "completed"
    role: Literal["system", "user", "assistant"]
    content: tuple[ContentPart, ...] = ()

    def __post_init__(self) -> None:
        """Give each part the name under which the service shows it, wherever the item came from."""
        if any(isinstance(part, OutputTextPart | OutputAudioPart) for part in self.content):
            msgspec.structs.force_setattr(self, "content", tuple(_as_shown(part) for part in self.content))


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


class McpTool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool that an MCP server offers."""

    name: str
    description: str | None = None
    input_schema: dict[str, Any]
    """JSON schema of the arguments."""
    annotations: dict[str, Any] | None = None


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


def _as_shown(part: ContentPart) -> ContentPart:
    match part:
        case OutputTextPart(text):
            return TextPart(text)
        case OutputAudioPart(transcript):
            return AudioPart(transcript or "")
        case _:
            return part


def text_of(item: Item) -> str:
    """Return the words of a message, parts in order, as one line of text; other items have none."""
    words = []
    for part in item.content if isinstance(item, MessageItem) else ():
        match part:
            case InputTextPart(text) | TextPart(text):
                words.append(text)
            case InputAudioPart(transcript=str(transcript)) | AudioPart(transcript):
                words.append(transcript)
            case _:
                pass
    return " ".join(word for word in words if word)
