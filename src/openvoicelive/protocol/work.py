"""Orders that a session gives, and reports that it gets back.

The session decides, others do: an order names the work and the id it belongs to; a report says what came of
it, with the same id. A report about something that is over finds nothing and changes nothing.
"""

from dataclasses import dataclass

from openvoicelive.protocol.audio_formats import AudioFormat
from openvoicelive.protocol.options import (
    EchoCancellation,
    FunctionTool,
    InterimResponse,
    NoiseReduction,
    ToolChoice,
    Transcription,
)
from openvoicelive.protocol.session.items import Item, McpTool
from openvoicelive.protocol.session.mcp.server import McpServer
from openvoicelive.protocol.turn_detection import TurnDetection
from openvoicelive.protocol.voices import Voice

# --- orders: to the one who listens ---


@dataclass(frozen=True)
class ConfigureListening:
    """How sound arrives and how turns are found from here on; without turn detection, not at all."""

    audio_format: AudioFormat
    turn_detection: TurnDetection | None
    transcription: Transcription | None
    noise_reduction: NoiseReduction | None = None
    echo_cancellation: EchoCancellation | None = None


@dataclass(frozen=True)
class OwnVoice:
    """Know what is sent to the client, which plays it: its echo will come back."""

    audio: bytes
    audio_format: AudioFormat


@dataclass(frozen=True)
class OwnVoiceStopped:
    """What the client has not played of it will not be played."""


@dataclass(frozen=True)
class Listen:
    """Hear the next stretch of sound."""

    audio: bytes


@dataclass(frozen=True)
class ForgetAudio:
    """Drop the sound that was not committed, and a turn that may have begun in it."""


@dataclass(frozen=True)
class Transcribe:
    """Write down what was said; times count from the first sound of the session."""

    item_id: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class TranscribeAudio:
    """Write down what is said in a sound that a client put into the conversation, in its input format."""

    item_id: str
    audio: bytes


# --- orders: to the one who replies ---


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

    A `Reply` with an equal request takes it over.
    """

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


# --- orders: to the one who talks to MCP servers ---


@dataclass(frozen=True)
class ListTools:
    """Ask an MCP server for its tools."""

    item_id: str
    server: McpServer


@dataclass(frozen=True)
class KeepServers:
    """Leave all MCP servers but those with these labels; what was asked of the others is given up."""

    labels: frozenset[str]


@dataclass(frozen=True)
class CallTool:
    """Let an MCP server run a tool; the arguments are JSON, as the model wrote it."""

    item_id: str
    server: McpServer
    name: str
    arguments: str


@dataclass(frozen=True)
class StopCall:
    """Wait no longer for a tool."""

    item_id: str


# --- orders: to the one who conducts ---


@dataclass(frozen=True)
class Close:
    """Close the connection after what was said before."""

    code: int
    reason: str


Order = (
    ConfigureListening
    | Listen
    | OwnVoice
    | OwnVoiceStopped
    | ForgetAudio
    | Transcribe
    | TranscribeAudio
    | SpeculativeReply
    | DropSpeculativeReply
    | Reply
    | StopReply
    | ListTools
    | KeepServers
    | CallTool
    | StopCall
    | Close
)


# --- reports: from the one who listens ---


@dataclass(frozen=True)
class SpeechBegan:
    """The user began to speak."""

    at_ms: int
    """With the prefix padding."""
    heard_ms: int | None = None
    """How much sound had been heard when it was noticed, if that is known."""


@dataclass(frozen=True)
class SpeechEnded:
    """The user's turn is over."""

    start_ms: int
    at_ms: int
    """With the silence that was waited for."""


@dataclass(frozen=True)
class PartialTranscript:
    """The transcript so far, in a pause that may be the end of the turn."""

    transcript: str | None
    """None if the user went on speaking."""


@dataclass(frozen=True)
class Transcribed:
    """What the user said in the turn of an item; empty when no word was understood."""

    item_id: str
    transcript: str


@dataclass(frozen=True)
class NotTranscribed:
    """A turn could not be written down."""

    item_id: str
    code: str
    message: str


@dataclass(frozen=True)
class TurnsNotDetected:
    """Nobody can tell when the user speaks; what the client commits is still written down."""

    code: str
    message: str


@dataclass(frozen=True)
class LanguageNotRecognised:
    """Nobody here understands the language that the client wants to be written down."""

    code: str
    message: str


# --- reports: from the one who replies ---


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


# --- reports: from the one who talks to MCP servers ---


@dataclass(frozen=True)
class ToolsListed:
    """The tools of an MCP server."""

    item_id: str
    tools: tuple[McpTool, ...]


@dataclass(frozen=True)
class ToolListFailed:
    """An MCP server's tools cannot be known."""

    item_id: str
    code: str
    message: str


@dataclass(frozen=True)
class ToolCalled:
    """What a tool has answered, as text."""

    item_id: str
    output: str


@dataclass(frozen=True)
class ToolCallFailed:
    """A tool brought nothing."""

    item_id: str
    code: str
    message: str


# --- reports: from the one who conducts ---


@dataclass(frozen=True)
class SessionExpired:
    """The session has lasted as long as it may."""


@dataclass(frozen=True)
class Draining:
    """The program is about to end; the session may go on for so long."""

    ends_in_s: float


@dataclass(frozen=True)
class Drained:
    """The session has lasted as long as a program that is about to end lets it."""


Report = (
    SpeechBegan
    | SpeechEnded
    | PartialTranscript
    | Transcribed
    | NotTranscribed
    | TurnsNotDetected
    | LanguageNotRecognised
    | Wrote
    | Spoke
    | MessageEnded
    | ToolCallBegan
    | ToolCallArguments
    | ReplyEnded
    | ReplyFailed
    | ToolsListed
    | ToolListFailed
    | ToolCalled
    | ToolCallFailed
    | SessionExpired
    | Draining
    | Drained
)
