"""Voice Live on one connection: its client's messages to events of the session, and back."""

from collections.abc import Generator, Sequence
from typing import Any

import msgspec

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import client_events as core
from openvoicelive.protocol import server_events as say
from openvoicelive.protocol.configuration import SessionConfiguration, SessionOptions
from openvoicelive.protocol.dialects.interface import SessionStart
from openvoicelive.protocol.dialects.json_messages import JsonReader, sound_of, write, write_sound
from openvoicelive.protocol.dialects.voice_live import client_events as wire
from openvoicelive.protocol.dialects.voice_live import items, session_object, turn_detection
from openvoicelive.protocol.dialects.voice_live import server_events as shown
from openvoicelive.protocol.dialects.voice_live.items import PictureField, picture_field_of, read_item
from openvoicelive.protocol.ids import NewId
from openvoicelive.protocol.session.items import Item
from openvoicelive.protocol.turn_detection import ServerVad

LATEST_API_VERSION = "2026-07-15"

_reader: JsonReader[wire.ClientEvent] = JsonReader(msgspec.json.Decoder(wire.ClientEvent))


class VoiceLive:
    """The dialect of Azure AI Voice Live, as one API version speaks it.

    The recordings of gpt-realtime and the official tests against gpt-4o differ in small things. A client that
    names a model which hears and speaks by itself gets what that model's clients expect.
    """

    def __init__(self, *, api_version: str, model: str, new_id: NewId) -> None:
        self._api_version = api_version
        self._native_speech = model.startswith(("gpt-realtime", "azure-realtime", "phi4-mm-realtime"))
        self._new_id = new_id
        self._fixed: dict[str, Any] = {}
        self._picture_field: PictureField = "image_url"

    def begin(self, start: SessionStart) -> SessionConfiguration:
        """Return the options with which a session begins.

        A native speech model's session shows defaults of its own until its client updates them, as recorded.
        An agent thinks with a chat model, whatever the session names.
        """
        is_native = self._native_speech and start.agent is None
        detection = turn_detection.NATIVE_SPEECH if is_native else ServerVad()
        configuration = SessionConfiguration(
            id=start.session_id,
            model=start.model,
            expires_at=start.expires_at,
            agent=start.agent,
            greeting=start.greeting,
            modalities=("audio",) if is_native else ("text", "audio"),
            instructions=start.instructions,
            voice=start.voice,
            output_audio_format=None if is_native else "pcm16",
            turn_detection=turn_detection.with_defaults(detection, self._api_version),
            tools=start.tools,
        )
        shown_at_first = msgspec.to_builtins(session_object.shown_session(configuration))
        self._fixed = {name: shown_at_first.get(name) for name in session_object.FIXED}
        return configuration

    # --- what the client says ---

    def decode(self, text: str | bytes) -> Generator[None, None, core.ClientEvent]:
        """Read one message, in steps.

        Raises:
            InvalidRequest: With the code, the path of the field and the client's `event_id`, if it has one.

        """
        return _reader.read(text, self._read)

    def _read(self, message: wire.ClientEvent) -> core.ClientEvent:
        match message:
            case wire.InputAudioBufferAppend() | wire.InputAudioTurnAppend():
                return core.InputAudioBufferAppend(
                    event_id=message.event_id, audio=sound_of(message.audio, "audio")
                )
            case wire.ConversationItemCreate():
                self._note_pictures((message.item,))
                return core.ConversationItemCreate(
                    event_id=message.event_id,
                    item=read_item(message.item),
                    previous_item_id=message.previous_item_id,
                )
            case wire.SessionUpdate():
                return core.SessionUpdate(event_id=message.event_id, session=self._options(message.session))
            case wire.ResponseCreate():
                return core.ResponseCreate(
                    event_id=message.event_id,
                    response=self._response_options(message.response or wire.ResponseOptions()),
                    additional_instructions=message.additional_instructions,
                )
            case wire.SessionAvatarConnect():
                raise InvalidRequest("avatar_not_supported", session_object.NO_AVATARS)
            case wire.TranscriptionSessionUpdate():
                raise InvalidRequest(
                    "invalid_value", "There are no transcription sessions; use session.update.", param="type"
                )
            case _:
                return wire.read_plain(message)

    def _options(self, options: session_object.SessionOptions) -> SessionOptions:
        session_object.check_fixed(self._fixed, options)
        return session_object.read_options(
            options, api_version=self._api_version, native_speech=self._native_speech
        )

    def _response_options(self, asked: wire.ResponseOptions) -> core.ResponseOptions:
        self._note_pictures((*(asked.input_items or ()), *(asked.append_input_items or ())))
        modalities = None
        if asked.modalities:
            modalities = session_object.read_modalities(
                asked.modalities, "response.modalities", native_speech=self._native_speech
            )
        return wire.read_response_options(asked, modalities)

    def _note_pictures(self, written: tuple[items.ClientItem, ...]) -> None:
        self._picture_field = picture_field_of(written) or self._picture_field

    # --- what the client is told ---

    def encode(self, event: say.ServerEvent) -> Sequence[str]:
        """Write one event; words of which a cascaded model's clients hear only the whole are not written."""
        if isinstance(event, say.TranscriptionDelta) and not self._native_speech:
            return ()
        event_type, event_id = shown.TYPES[type(event)], self._new_id("event")
        if isinstance(event, say.AudioDelta):
            return (write_sound(event_type, event_id, event),)
        return (write(event_type, event_id, self._body(event)),)

    def _body(self, event: say.ServerEvent) -> msgspec.Struct:  # noqa: PLR0911 - one for each shape
        """Return the fields of an event on the wire; most are its own."""
        match event:
            case say.SessionCreated(session=session) | say.SessionUpdated(session=session):
                return shown.SessionCreated(session=session_object.shown_session(session))
            case say.ItemCreated(item=item):
                return shown.ItemCreated(previous_item_id=event.previous_item_id, item=self._shown(item))
            case say.ItemRetrieved(item=item):
                return shown.ItemRetrieved(item=self._shown(item))
            case say.OutputItemAdded(item=item) | say.OutputItemDone(item=item):
                return shown.OutputItemAdded(
                    response_id=event.response_id, output_index=event.output_index, item=self._shown(item)
                )
            case say.ContentPartAdded() | say.ContentPartDone():
                return shown.ContentPartAdded(
                    response_id=event.response_id,
                    item_id=event.item_id,
                    output_index=event.output_index,
                    content_index=event.content_index,
                    part=items.shown_answer(event.part),
                )
            case say.AudioTimestampDelta():
                return shown.AudioTimestampDelta(**msgspec.structs.asdict(event))
            case say.ResponseCreated(response=response) | say.ResponseDone(response=response):
                output = tuple(self._shown(item) for item in response.output)
                return shown.ResponseCreated(response=shown.shown_response(response, output))
            case _:
                return event

    def _shown(self, item: Item) -> items.Item:
        return items.shown_item(
            item,
            message_begins="in_progress" if self._native_speech else "incomplete",
            picture_field=self._picture_field,
        )
