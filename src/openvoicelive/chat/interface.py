"""What every chat model offers: a conversation in, a stream of text and tool calls out."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class Image:
    """A picture that a user shows."""

    address: str
    """Where it is, or the picture itself as a data URL."""
    detail: Literal["auto", "low", "high"] = "auto"


@dataclass(frozen=True)
class Message:
    """What one side has written or spoken; may be empty."""

    role: Literal["system", "user", "assistant"]
    text: str
    images: tuple[Image, ...] = ()


@dataclass(frozen=True)
class ToolCall:
    """The assistant called a function."""

    call_id: str
    name: str
    arguments: str
    """JSON, as the model wrote it; may be empty."""


@dataclass(frozen=True)
class ToolResult:
    """What a function answered."""

    call_id: str
    output: str


ChatMessage = Message | ToolCall | ToolResult


@dataclass(frozen=True)
class FunctionTool:
    """A function that the client offers."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    """JSON schema of the arguments."""


@dataclass(frozen=True)
class ChatRequest:
    """One turn to answer."""

    instructions: str
    messages: tuple[ChatMessage, ...]
    """The conversation so far, oldest first."""

    tools: tuple[FunctionTool, ...] = ()
    tool_choice: str = "auto"
    """`auto`, `none`, `required`, or the name of the one function to call, as `function:NAME`."""

    model: str | None = None
    """The model that the client asked for; a model behind an own endpoint may have its own."""

    temperature: float | None = None
    max_tokens: int | None = None
    parallel_tool_calls: bool = True
    reasoning_effort: str | None = None
    language: str = "en"
    """A BCP 47 tag: what the session is spoken in. A model follows its instructions and the user's words."""


@dataclass(frozen=True)
class TextDelta:
    """The next piece of the answer, never empty."""

    text: str


@dataclass(frozen=True)
class ToolCallBegan:
    """The model begins to call a function; its arguments follow."""

    call_id: str
    name: str


@dataclass(frozen=True)
class ToolCallArguments:
    """The next piece of the JSON arguments of the call that began last, or of the one named."""

    call_id: str
    delta: str


@dataclass(frozen=True)
class ChatEnd:
    """The last thing a stream says."""

    finish_reason: str = "stop"
    """`stop`, `length`, `content_filter` or `tool_calls`."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


ChatDelta = TextDelta | ToolCallBegan | ToolCallArguments | ChatEnd


class ChatModel(Protocol):
    """A model, shared by all sessions."""

    name: str
    """What the log and the page call it."""

    def reply(self, request: ChatRequest) -> AsyncGenerator[ChatDelta, None]:
        """Answer; closing the iterator stops the work at the model, too.

        Raises:
            EngineError: If the model cannot be reached, is too slow, refuses, or dies in the middle.

        """

    async def close(self) -> None:
        """Free connections."""
