"""A second dialect, as small as can be: nested options, other names, two messages for one event."""

from collections.abc import Generator, Mapping, Sequence
from typing import Any, ClassVar, Literal

import msgspec
from msgspec import UNSET, UnsetType

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import client_events as core
from openvoicelive.protocol import server_events as say
from openvoicelive.protocol import voices
from openvoicelive.protocol.configuration import SessionConfiguration, SessionOptions
from openvoicelive.protocol.dialects.interface import SessionStart
from openvoicelive.protocol.dialects.json_messages import (
    Base64Text,
    JsonReader,
    sound_of,
    write,
    write_sound,
)
from openvoicelive.protocol.ids import NewId
from openvoicelive.protocol.session.items import InputAudioPart, InputTextPart, Item, MessageItem, text_of
from openvoicelive.protocol.session.session import Session
from openvoicelive.protocol.turn_detection import ServerVad, TurnDetection
from openvoicelive.service.conversations.agents import AgentFile
from openvoicelive.service.conversations.opening import Opening

PATH = "/toy"
SILENCE_MS = 240
# Where an option stands that the session names differently.
PARAMS = {"session.voice": "session.audio.output.voice"}


class Output(msgspec.Struct, forbid_unknown_fields=True):
    """How the session sounds."""

    voice: str | UnsetType = UNSET


class Input(msgspec.Struct, forbid_unknown_fields=True):
    """How it listens."""

    silence_ms: int | None | UnsetType = UNSET


class Audio(msgspec.Struct, forbid_unknown_fields=True):
    """Both."""

    input: Input | UnsetType = UNSET
    output: Output | UnsetType = UNSET


class ToySession(msgspec.Struct, forbid_unknown_fields=True):
    """The session object."""

    type: Literal["toy"]
    audio: Audio | UnsetType = UNSET
    instructions: str | UnsetType = UNSET


class _Message(msgspec.Struct, tag_field="do", kw_only=True):
    event_id: str | None = None


class Configure(_Message, tag="configure"):
    """Change options."""

    session: ToySession


class Sound(_Message, tag="sound"):
    """More sound."""

    sound: Base64Text


class Write(_Message, tag="write"):
    """What the user types."""

    text: str


class Ask(_Message, tag="ask"):
    """Answer now."""


class Stop(_Message, tag="stop"):
    """Stop answering."""


_reader: JsonReader[Configure | Sound | Write | Ask | Stop] = JsonReader(
    msgspec.json.Decoder(Configure | Sound | Write | Ask | Stop)
)


class ItemState(msgspec.Struct):
    """An item as the toy shows it."""

    id: str
    role: str
    words: str | None
    after: str | None


class Options(msgspec.Struct):
    """The options in force."""

    session: ToySession


class ToyDialect:
    """One connection of a toy."""

    TYPES: ClassVar[dict[type[say.ServerEvent], str]] = {
        say.SpeechStarted: "user.began",
        say.SpeechStopped: "user.ended",
        say.TranscriptionCompleted: "user.words",
        say.AudioDelta: "assistant.sound",
        say.AudioTranscriptDelta: "assistant.words",
        say.ResponseCreated: "answer.began",
        say.ResponseDone: "answer.ended",
        say.Error: "refused",
    }

    def __init__(self, new_id: NewId) -> None:
        self._new_id = new_id
        self._after: dict[str, str | None] = {}

    def begin(self, start: SessionStart) -> SessionConfiguration:
        """Begin with defaults of its own."""
        return SessionConfiguration(
            id=start.session_id,
            model=start.model,
            expires_at=start.expires_at,
            voice=start.voice,
            instructions=start.instructions,
            modalities=("audio",),
            turn_detection=self._detection(SILENCE_MS),
        )

    def decode(self, text: str | bytes) -> Generator[None, None, core.ClientEvent]:
        """Read one message."""
        return _reader.read(text, self._read)

    def _read(self, message: Configure | Sound | Write | Ask | Stop) -> core.ClientEvent:
        event_id = message.event_id
        match message:
            case Configure(session=session):
                return core.SessionUpdate(event_id=event_id, session=self._options(session))
            case Sound(sound=sound):
                return core.InputAudioBufferAppend(event_id=event_id, audio=sound_of(sound, "sound"))
            case Write(text=text):
                item = MessageItem(role="user", content=(InputTextPart(text),))
                return core.ConversationItemCreate(event_id=event_id, item=item)
            case Ask():
                return core.ResponseCreate(event_id=event_id)
            case Stop():
                return core.ResponseCancel(event_id=event_id)

    def _options(self, session: ToySession) -> SessionOptions:
        changes: dict[str, Any] = {}
        audio = session.audio or Audio()
        if audio.output and audio.output.voice:
            changes["voice"] = voices.voice_of_name(audio.output.voice)
        if audio.input and audio.input.silence_ms is not UNSET:
            changes["turn_detection"] = self._detection(audio.input.silence_ms)
        return SessionOptions(instructions=session.instructions, **changes)

    def _detection(self, silence_ms: int | None) -> TurnDetection | None:
        if silence_ms is None:
            return None
        if silence_ms < 0:
            param = "session.audio.input.silence_ms"
            raise InvalidRequest("negative", "No silence is so short.", param=param)
        return ServerVad(
            threshold=0.5,
            prefix_padding_ms=300,
            silence_duration_ms=silence_ms,
            create_response=True,
            interrupt_response=True,
        )

    def encode(self, event: say.ServerEvent) -> Sequence[str]:
        """Write an event; a user's spoken item is there as soon as its sound is, and others when they are."""
        match event:
            case say.AudioDelta():
                return (write_sound(self.TYPES[say.AudioDelta], self._new_id("event"), event),)
            case say.SessionCreated(session=session):
                return (self._written("hello", self._shown(session)),)
            case say.SessionUpdated(session=session):
                return (self._written("configured", self._shown(session)),)
            case say.InputAudioBufferCommitted(item_id=item_id, previous_item_id=after):
                item = MessageItem(id=item_id, role="user", content=(InputAudioPart(),))
                return (self._item("added", item, after), self._item("done", item, after))
            case say.ItemCreated(item=item, previous_item_id=after) if item.id not in self._after:
                is_whole = not isinstance(item, MessageItem) or item.status == "completed"
                names = ("added", "done") if is_whole else ("added",)
                return tuple(self._item(name, item, after) for name in names)
            case say.OutputItemDone(item=item):
                return (self._item("done", item, self._after[item.id]),)
            case say.Error(error=error):
                renamed = msgspec.structs.replace(error, param=PARAMS.get(error.param or "", error.param))
                return (self._written(self.TYPES[say.Error], say.Error(error=renamed)),)
            case _:
                event_type = self.TYPES.get(type(event))
                return () if event_type is None else (self._written(event_type, event),)

    def _item(self, name: str, item: Item, after: str | None) -> str:
        self._after[item.id] = after
        role = item.role if isinstance(item, MessageItem) else "tool"
        return self._written(f"item.{name}", ItemState(item.id, role, text_of(item) or None, after))

    def _shown(self, session: SessionConfiguration) -> Options:
        detection = session.turn_detection
        return Options(
            ToySession(
                type="toy",
                instructions=session.instructions,
                audio=Audio(
                    input=Input(detection.silence_duration_ms if isinstance(detection, ServerVad) else None),
                    output=Output(voices.name_of(session.voice)),
                ),
            )
        )

    def _written(self, event_type: str, body: msgspec.Struct) -> str:
        return write(event_type, self._new_id("event"), body)


def open_toy(
    query: Mapping[str, str], agents: Mapping[str, AgentFile], *, limit_s: int, new_id: NewId
) -> Opening:
    """Open a session whose client speaks toy."""
    dialect = ToyDialect(new_id)
    start = SessionStart(
        session_id=new_id("sess"),
        model=query.get("model", "a toy"),
        voice=voices.voice_of_name("alloy"),
        instructions="Be kind.",
        expires_at=limit_s,
    )
    assert not agents
    return Opening(Session(dialect.begin(start), new_id=new_id), dialect)
