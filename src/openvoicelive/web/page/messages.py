"""What the page and the app tell each other over `/ws`, besides sound.

Sound is binary both ways: PCM16, mono, 24 kHz, little-endian. Everything else is one of these, as JSON text.
"""

from typing import Annotated, Literal

import msgspec

SAMPLE_RATE_HZ = 24_000
BYTES_PER_MS = SAMPLE_RATE_HZ * 2 // 1000

State = Literal[
    "idle", "starting", "ready", "listening", "processing", "assistant_speaking", "stopped", "error"
]
Direction = Literal["sent", "received"]
Because = Literal["speech", "typed", "button"]
"""What stops the agent's speech."""

Level = Literal["debug", "info", "warning", "error"]

MAX_TEXT_CHARACTERS = 4_000
MAX_HISTORY = 50

Values = dict[str, str | int | float]
"""What a sentence names, for a page that has the sentence in its user's language."""


class TurnDetection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the ends of turns are found; what the page leaves open stays as it is."""

    type: Literal[
        "server_vad", "azure_semantic_vad", "azure_semantic_vad_en", "azure_semantic_vad_multilingual"
    ] = "server_vad"
    threshold: float | None = None
    """How sure to be that it is speech, 0 to 1."""

    prefix_padding_ms: int | None = None
    """How much sound before the speech belongs to it."""

    silence_duration_ms: int | None = None
    """How long the silence is that ends a turn."""

    def over(self, base: "TurnDetection") -> "TurnDetection":
        """Return this, with the numbers that it leaves open as they are in `base`."""
        names = ("threshold", "prefix_padding_ms", "silence_duration_ms")
        given = {name: value for name in names if (value := getattr(self, name)) is not None}
        return msgspec.structs.replace(base, type=self.type, **given)


DEFAULT_TURN_DETECTION = TurnDetection(
    type="server_vad", threshold=0.5, prefix_padding_ms=300, silence_duration_ms=500
)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What one side said, as far as it was heard."""

    role: Literal["user", "assistant"]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT_CHARACTERS)]


class _FromPage(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    pass


class Start(_FromPage, frozen=True, kw_only=True, tag="start"):
    """Begin a session; what is set must be what the operator offers."""

    access_code: str | None = None
    """What the operator set as VOICE_LIVE_ACCESS_CODE, if anything."""

    voice: str | None = None
    instructions: str | None = None
    model: str | None = None
    language: str | None = None
    turn_detection: TurnDetection | None = None
    speech_rate: float | None = None
    """How fast the agent speaks; 1 is the voice's own pace."""

    agent: str | None = None
    """The name of an agent that the operator offers."""

    events: bool = False
    """Whether the page wants the protocol's events from the beginning."""

    push_to_talk: bool = False
    """As the message of this name."""

    history: Annotated[tuple[Said, ...], msgspec.Meta(max_length=MAX_HISTORY)] = ()
    """What was said on a connection that was lost; the newest, in order."""

    @property
    def chosen(self) -> dict[str, str | float | bool | TurnDetection]:
        """What the user wants to set, by name."""
        return _chosen(self)


class Stop(_FromPage, frozen=True, tag="stop"):
    """End the session."""


class Interrupt(_FromPage, frozen=True, tag="interrupt"):
    """Stop the assistant's speech."""


class Text(_FromPage, frozen=True, kw_only=True, tag="text"):
    """A typed message."""

    text: str


class Played(_FromPage, frozen=True, kw_only=True, tag="played"):
    """How much of an answer was really heard, sent when playback stops or ends."""

    item_id: str
    audio_end_ms: int


class Mute(_FromPage, frozen=True, kw_only=True, tag="mute"):
    """The microphone is off, or on again."""

    muted: bool


class Settings(_FromPage, frozen=True, kw_only=True, tag="settings"):
    """Change the running session; what is absent stays. Answered by `session`."""

    voice: str | None = None
    instructions: str | None = None
    language: str | None = None
    turn_detection: TurnDetection | None = None
    speech_rate: float | None = None

    @property
    def chosen(self) -> dict[str, str | float | bool | TurnDetection]:
        """What the user wants to set, by name."""
        return _chosen(self)


class PushToTalk(_FromPage, frozen=True, kw_only=True, tag="push_to_talk"):
    """From here on `mute` ends the user's turn, and its end begins one; or no longer.

    Answered by `session`.
    """

    on: bool


class Events(_FromPage, frozen=True, kw_only=True, tag="events"):
    """Begin or cease to tell the protocol's events."""

    on: bool


class Ping(_FromPage, frozen=True, kw_only=True, tag="ping"):
    """Measure the way to the app and back; answered at once by `pong`."""

    id: int


class Sample(_FromPage, frozen=True, kw_only=True, tag="sample"):
    """Let a voice be heard outside of any conversation: `audio`, its sound, then `sample_done`."""

    access_code: str | None = None
    voice: str | None = None
    language: str | None = None
    speech_rate: float | None = None

    @property
    def chosen(self) -> dict[str, str | float | bool | TurnDetection]:
        """What the user wants to set, by name."""
        return _chosen(self)


InSession = Stop | Interrupt | Text | Played | Mute | PushToTalk | Settings | Events
"""What needs a session that runs."""

FromPage = Start | Ping | Sample | InSession


class _ToPage(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    pass


class Status(_ToPage, frozen=True, kw_only=True, tag="status"):
    """Where the conversation stands, with a sentence for the user."""

    state: State
    message: str
    connected: bool
    last_error: str | None = None
    code: str | None = None
    """A stable key of the sentence, where it says more than the state; `values` is what it names."""

    values: Values = {}


class Control(_ToPage, frozen=True, kw_only=True, tag="control"):
    """What the page must do at once."""

    action: Literal["stop_playback"]
    because: Because
    after_ms: int | None = None
    """From the start of the user's speech to this order, where it is known."""


class Transcript(_ToPage, frozen=True, kw_only=True, tag="transcript"):
    """Words of one side: while not `final` the text is what was added, then it is the whole."""

    role: Literal["user", "assistant"]
    item_id: str
    text: str
    final: bool


class Audio(_ToPage, frozen=True, kw_only=True, tag="audio"):
    """The binary messages from here on are the sound of this answer."""

    item_id: str


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """When a word is to be heard, in ms of its answer's sound."""

    text: str
    start_ms: int
    end_ms: int


class Words(_ToPage, frozen=True, kw_only=True, tag="words"):
    """The next words of an answer, in the order in which they are to be heard."""

    item_id: str
    words: tuple[Word, ...]


class Session(_ToPage, frozen=True, kw_only=True, tag="session"):
    """What applies now."""

    model: str | None
    """`None`: the agent's own; so are voice and instructions."""

    agent: str | None
    voice: str | None
    language: str | None
    instructions: str | None
    """`None` also where the user may not see them."""

    turn_detection: TurnDetection
    speech_rate: float
    push_to_talk: bool
    word_times: bool
    """Whether `words` come with this voice."""

    refused: dict[str, str] = {}
    """Why a setting could not change, by its name: a code, or a sentence of the service."""


class Pong(_ToPage, frozen=True, kw_only=True, tag="pong"):
    """The answer to the `ping` of this id."""

    id: int


class Event(_ToPage, frozen=True, kw_only=True, tag="event"):
    """An event of the protocol: no key, no sound, and no instructions unless the user may see them."""

    direction: Direction
    at_ms: int
    """Since the session began."""

    event: msgspec.Raw


class SampleDone(_ToPage, frozen=True, kw_only=True, tag="sample_done"):
    """A sample was sent whole, or could not be."""

    item_id: str
    failed: str | None = None
    """The sentence that says why; `code` and `values` as in `status`."""

    code: str | None = None
    values: Values = {}


class Log(_ToPage, frozen=True, kw_only=True, tag="log"):
    """What a developer would want to see."""

    level: Level
    msg: str


class Metrics(_ToPage, frozen=True, kw_only=True, tag="metrics"):
    """How fast a turn was answered, in ms from the end of the user's speech (or from the typed message)."""

    turn: int
    item_id: str | None = None
    """The answer, once it has begun."""

    silence_ms: int | None = None
    """The silence by which the service told that the turn was over, where it was over by silence.

    With semantic detection it is the least that there was.
    """

    transcript_ms: int | None = None
    first_text_ms: int | None = None
    first_sound_ms: int | None = None


ToPage = Status | Control | Transcript | Audio | Words | Session | Pong | Event | SampleDone | Log | Metrics

decode_from_page = msgspec.json.Decoder(FromPage).decode
_encoder = msgspec.json.Encoder()


_NO_CHOICES = frozenset({"access_code", "history", "push_to_talk"})


def _chosen(message: Start | Settings | Sample) -> dict[str, str | float | bool | TurnDetection]:
    values = {name: getattr(message, name) for name in message.__struct_fields__ if name not in _NO_CHOICES}
    return {name: value for name, value in values.items() if value is not None and value is not False}


def encode_to_page(message: ToPage) -> str:
    """Return the text of a message to the page."""
    return _encoder.encode(message).decode()
