"""Orders to reply, and the reports of a reply: a request in, text, sound and calls out."""

from dataclasses import dataclass

from openvoicelive.protocol.audio_formats import AudioFormat
from openvoicelive.protocol.options import FunctionTool, InterimResponse, ToolChoice
from openvoicelive.protocol.session.items import Item
from openvoicelive.protocol.voices import Voice

# --- orders ---


@dataclass(frozen=True)
class ReplyRequest:
    """All that an answer depends on; two equal requests may share one answer."""

    instructions: str
    items: tuple[Item, ...]
    tools: tuple[FunctionTool, ...]
    tool_choice: ToolChoice
    parallel_tool_calls: bool
    model: str
    speaks: bool
    voice: Voice
    audio_format: AudioFormat
    temperature: float | None
    max_tokens: int | None
    reasoning_effort: str | None
    language: str | None
    verbatim: str | None = None
    """Say this instead of asking the model."""
    interim_response: InterimResponse | None = None
    """What to say while the answer takes long."""


@dataclass(frozen=True)
class SpeculativeReply:
    """Speculative generation: begin the reply to a partial transcript; nothing of it is reported.

    A `Reply` with the same id and an equal request takes it over.
    """

    response_id: str
    request: ReplyRequest


@dataclass(frozen=True)
class DropSpeculativeReply:
    """Stop the speculative reply, because the user goes on speaking or was answered otherwise."""


@dataclass(frozen=True)
class Reply:
    """Answer; a speculative reply to an equal request is taken over."""

    response_id: str
    request: ReplyRequest


@dataclass(frozen=True)
class StopReply:
    """Stop answering at once."""

    response_id: str


AnsweringOrder = SpeculativeReply | DropSpeculativeReply | Reply | StopReply


# --- reports ---


@dataclass(frozen=True)
class SpokenWord:
    """A word of an answer and when it sounds, counted from the beginning of the item's sound."""

    text: str
    start_ms: int
    duration_ms: int
    end_char: int
    """Where the word ends in the item's transcript."""


@dataclass(frozen=True)
class SpokenViseme:
    """A shape of the mouth and when it begins, counted from the beginning of the item's sound."""

    viseme_id: int
    start_ms: int


@dataclass(frozen=True)
class Wrote:
    """The next text of a written answer, never empty."""

    response_id: str
    text: str


@dataclass(frozen=True)
class Spoke:
    """The next stretch of a spoken answer, with the words that begin in it."""

    response_id: str
    text: str
    """What of the transcript begins to sound here; may be empty."""
    audio: bytes
    """In the response's output format."""
    duration_ms: float
    words: tuple[SpokenWord, ...] = ()
    visemes: tuple[SpokenViseme, ...] = ()


@dataclass(frozen=True)
class MessageEnded:
    """A message of the answer is whole; more may follow in another."""

    response_id: str


@dataclass(frozen=True)
class ToolCallBegan:
    """The model calls a function of the client."""

    response_id: str
    call_id: str
    name: str


@dataclass(frozen=True)
class ToolCallArguments:
    """More of the arguments of a call, never empty."""

    response_id: str
    call_id: str
    delta: str


@dataclass(frozen=True)
class ReplyEnded:
    """The answer is whole, or the model stopped at a limit."""

    response_id: str
    finish_reason: str = "stop"
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True)
class ReplyFailed:
    """The answer could not be made."""

    response_id: str
    code: str
    message: str


AnsweringReport = Wrote | Spoke | MessageEnded | ToolCallBegan | ToolCallArguments | ReplyEnded | ReplyFailed
