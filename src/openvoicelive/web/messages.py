"""What the page and the app tell each other over `/ws`, besides sound.

Sound is binary both ways: PCM16, mono, 24 kHz, little-endian. Everything else is one of these, as JSON text.
"""

from typing import Literal

import msgspec

SAMPLE_RATE_HZ = 24_000
BYTES_PER_MS = SAMPLE_RATE_HZ * 2 // 1000

State = Literal[
    "idle", "starting", "ready", "listening", "processing", "assistant_speaking", "stopped", "error"
]
Level = Literal["debug", "info", "warning", "error"]

MAX_TEXT_CHARACTERS = 4_000


class _FromPage(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    pass


class Start(_FromPage, frozen=True, kw_only=True, tag="start"):
    """Begin a session; what is set must be among `Settings.user_may_choose`."""

    access_code: str | None = None
    """What the operator set as VOICE_LIVE_ACCESS_CODE, if anything."""

    voice: str | None = None
    instructions: str | None = None
    model: str | None = None
    language: str | None = None
    turn_detection: Literal["server_vad", "azure_semantic_vad"] | None = None

    @property
    def chosen(self) -> frozenset[str]:
        """The names of the options that the user wants to set."""
        names = ("voice", "instructions", "model", "language", "turn_detection")
        return frozenset(name for name in names if getattr(self, name) is not None)


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


FromPage = Start | Stop | Interrupt | Text | Played | Mute


class _ToPage(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    pass


class Status(_ToPage, frozen=True, kw_only=True, tag="status"):
    """Where the conversation stands, with a sentence for the user."""

    state: State
    message: str
    connected: bool
    last_error: str | None = None


class Control(_ToPage, frozen=True, kw_only=True, tag="control"):
    """What the page must do at once."""

    action: Literal["stop_playback"]


class Transcript(_ToPage, frozen=True, kw_only=True, tag="transcript"):
    """Words of one side: while not `final` the text is what was added, then it is the whole."""

    role: Literal["user", "assistant"]
    item_id: str
    text: str
    final: bool


class Audio(_ToPage, frozen=True, kw_only=True, tag="audio"):
    """The binary messages from here on are the sound of this answer."""

    item_id: str


class Log(_ToPage, frozen=True, kw_only=True, tag="log"):
    """What a developer would want to see."""

    level: Level
    msg: str


class Metrics(_ToPage, frozen=True, kw_only=True, tag="metrics"):
    """How fast a turn was answered, in ms from the end of the user's speech (or from the typed message)."""

    turn: int
    transcript_ms: int | None = None
    first_text_ms: int | None = None
    first_sound_ms: int | None = None


ToPage = Status | Control | Transcript | Audio | Log | Metrics

decode_from_page = msgspec.json.Decoder(FromPage).decode
_encoder = msgspec.json.Encoder()


def encode_to_page(message: ToPage) -> str:
    """Return the text of a message to the page."""
    return _encoder.encode(message).decode()
