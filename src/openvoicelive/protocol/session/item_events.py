"""What a client does with conversation items: type them, look at them, cut them, take them out."""

from collections.abc import Iterator

import msgspec

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import client_events as client
from openvoicelive.protocol import server_events as say
from openvoicelive.protocol import work
from openvoicelive.protocol.session.input_audio import require_bounded
from openvoicelive.protocol.session.items import InputAudioPart, InputTextPart, Item, MessageItem, TextPart
from openvoicelive.protocol.session.state import AnswerTo, Handlers, Output, SessionState

# Texts that are being streamed in at once, and their length; a client that sends more is not typing.
MAX_STREAMED_TEXTS = 32
MAX_STREAMED_CHARACTERS = 1024 * 1024


class ItemEvents:
    """Changes one conversation as a client asks for."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._conversation = state.conversation
        self._streamed: dict[str, str] = {}

    @property
    def handlers(self) -> Handlers:
        """Handlers by type of input; built anew, because a stored one would be a reference cycle."""
        return {
            client.ConversationItemRetrieve: self._on_retrieve,
            client.ConversationItemDelete: self._on_delete,
            client.ConversationItemTruncate: self._on_truncate,
            client.InputTextDelta: self._on_text_delta,
            client.InputTextDone: self._on_text_done,
        }

    def insert(self, item: Item, previous_item_id: str | None = None) -> Iterator[Output]:
        """Put an item into the conversation, with an id where it has none, and announce it.

        Sound without its words is written down; the item keeps the words and not the sound.

        Raises:
            InvalidRequest: If the item or its place do not fit, or the conversation is full.

        """
        self._conversation.require_room()
        named = self.named(item)
        if named.id == self._state.turn_item_id or named.id in self._state.unwritten:
            raise InvalidRequest(
                "item_already_exists", f"Item {named.id!r} is what the user is saying.", param="item.id"
            )
        audio = _unwritten_audio(named)
        if audio is not None:
            require_bounded(audio, self._state.input_format, "item.content.audio")
        named = _without_audio(named)
        before = self._conversation.insert(named, previous_item_id)
        yield say.ItemCreated(previous_item_id=before, item=named)
        if audio is not None:
            self._state.unwritten[named.id] = AnswerTo.NOTHING
            self._state.announced.add(named.id)
            yield work.TranscribeAudio(named.id, audio)

    def named(self, item: Item) -> Item:
        """Return the item with an id."""
        return item if item.id else msgspec.structs.replace(item, id=self._state.new_id("item"))

    def _on_retrieve(self, event: client.ConversationItemRetrieve) -> Iterator[Output]:
        yield say.ItemRetrieved(item=self._conversation.retrieve(event.item_id))

    def _on_delete(self, event: client.ConversationItemDelete) -> Iterator[Output]:
        self._conversation.delete(event.item_id)
        yield say.ItemDeleted(item_id=event.item_id)

    def _on_truncate(self, event: client.ConversationItemTruncate) -> Iterator[Output]:
        for param in ("audio_end_ms", "content_index"):
            if getattr(event, param) < 0:
                raise InvalidRequest("integer_below_min_value", f"{param} must not be below 0.", param=param)
        self._conversation.truncate(event.item_id, event.content_index, event.audio_end_ms)
        yield say.ItemTruncated(
            item_id=event.item_id, content_index=event.content_index, audio_end_ms=event.audio_end_ms
        )

    def _on_text_delta(self, event: client.InputTextDelta) -> Iterator[Output]:
        """Take the next text of an item that is being typed; nothing is said before it is done."""
        if event.id not in self._streamed and len(self._streamed) >= MAX_STREAMED_TEXTS:
            raise InvalidRequest("too_many_input_texts", "Too many texts are open; finish one.", param="id")
        text = self._streamed.get(event.id, "") + event.delta
        if len(text) > MAX_STREAMED_CHARACTERS:
            raise InvalidRequest("string_above_max_length", "The text is too long.", param="delta")
        self._streamed[event.id] = text
        return
        yield

    def _on_text_done(self, event: client.InputTextDone) -> Iterator[Output]:
        """Put what was typed into the conversation: as a user's message, or at the end of the one named."""
        if event.id not in self._streamed:
            raise InvalidRequest("item_not_found", f"No text was sent for {event.id!r}.", param="id")
        text = self._streamed.pop(event.id)
        existing = self._conversation.find(event.id)
        if existing is None:
            yield from self.insert(MessageItem(id=event.id, role="user", content=(InputTextPart(text),)))
        elif isinstance(existing, MessageItem):
            part = TextPart(text) if existing.role == "assistant" else InputTextPart(text)
            self._conversation.replace(msgspec.structs.replace(existing, content=(*existing.content, part)))
        else:
            raise InvalidRequest("invalid_value", f"Item {event.id!r} is not a message.", param="id")


def _unwritten_audio(item: Item) -> bytes | None:
    """Return the sound of a user's message whose words the client did not give."""
    for part in item.content if isinstance(item, MessageItem) else ():
        if isinstance(part, InputAudioPart) and part.transcript is None and isinstance(part.audio, bytes):
            return part.audio
    return None


def _without_audio(item: Item) -> Item:
    if not isinstance(item, MessageItem):
        return item
    content = tuple(
        InputAudioPart(transcript=part.transcript) if isinstance(part, InputAudioPart) else part
        for part in item.content
    )
    return msgspec.structs.replace(item, content=content)
