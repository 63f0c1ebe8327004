"""Client events about conversation items: create, retrieve, truncate, delete, and texts that are typed."""

from collections.abc import Iterator, Sequence
from typing import assert_never

import msgspec

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import client_events as client
from openvoicelive.protocol import server_events, work
from openvoicelive.protocol.session.input_audio import require_bounded
from openvoicelive.protocol.session.items import (
    FunctionCallOutputItem,
    InputAudioPart,
    InputTextPart,
    Item,
    MessageItem,
    TextPart,
)
from openvoicelive.protocol.session.state import Output, SessionState

# How many texts can be open at once, and how long each of them can be.
MAX_STREAMED_TEXTS = 32
MAX_STREAMED_CHARACTERS = 1024 * 1024

ItemInput = (
    client.ConversationItemRetrieve
    | client.ConversationItemDelete
    | client.ConversationItemTruncate
    | client.InputTextDelta
    | client.InputTextDone
)
"""The inputs that `ItemEvents` handles."""


class ItemEvents:
    """Changes one conversation as a client asks."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._conversation = state.conversation
        self._next_answer = state.next_answer
        self._streamed: dict[str, str] = {}

    def handle(self, input: ItemInput) -> Iterator[Output]:
        """Validate an input, and return the generator that applies it.

        Raises:
            InvalidRequest: If a client event is refused; then nothing has changed.

        """
        match input:
            case client.ConversationItemRetrieve(item_id=item_id):
                return iter([server_events.ItemRetrieved(item=self._conversation.retrieve(item_id))])
            case client.ConversationItemDelete(item_id=item_id):
                self._conversation.retrieve(item_id, "item_delete_invalid_item_id")
                return self._delete(item_id)
            case client.ConversationItemTruncate():
                return self._on_truncate(input)
            case client.InputTextDelta():
                return self._on_text_delta(input)
            case client.InputTextDone():
                return self._on_text_done(input)
            case never:
                assert_never(never)

    def require_insertable(self, items: Sequence[Item], previous_item_id: str | None = None) -> None:
        """Refuse items of a client that cannot be inserted one after the other; changes nothing.

        Raises:
            InvalidRequest: If an item or its place do not fit, or the conversation is full.

        """
        for item in items:
            is_spoken = item.id == self._state.turn_item_id or self._next_answer.awaits_transcript(item.id)
            if item.id and is_spoken:
                raise InvalidRequest(
                    "item_already_exists", f"Item {item.id!r} is what the user is saying.", param="item.id"
                )
            audio = _audio_to_transcribe(item)
            if audio is not None:
                require_bounded(audio, self._state.input_format, "item.content.audio")
        self._conversation.require_insertable([_without_audio(item) for item in items], previous_item_id)

    def insert(self, item: Item, previous_item_id: str | None = None) -> Iterator[Output]:
        """Insert an item that passed `require_insertable`, with a new id if it has none, and announce it.

        Audio without a transcript is transcribed; the item keeps the transcript and not the audio.
        """
        audio = _audio_to_transcribe(item)
        named = _without_audio(self.named(item))
        before = self._conversation.insert(named, previous_item_id)
        if _asks_for_an_answer(named):
            self._next_answer.input_added()
        yield server_events.ItemCreated(previous_item_id=before, item=named)
        if audio is not None:
            self._next_answer.await_transcript(named.id, is_answered=False, is_announced=True)
            yield work.TranscribeAudio(named.id, audio)

    def named(self, item: Item) -> Item:
        """Return the item, with a new id if it has none."""
        return item if item.id else msgspec.structs.replace(item, id=self._state.new_id("item"))

    def _delete(self, item_id: str) -> Iterator[Output]:
        self._conversation.delete(item_id)
        yield server_events.ItemDeleted(item_id=item_id)

    def _on_truncate(self, event: client.ConversationItemTruncate) -> Iterator[Output]:
        for param in ("audio_end_ms", "content_index"):
            if getattr(event, param) < 0:
                raise InvalidRequest("integer_below_min_value", f"{param} must not be below 0.", param=param)
        self._conversation.require_truncatable(event.item_id, event.content_index, event.audio_end_ms)
        return self._truncate(event)

    def _truncate(self, event: client.ConversationItemTruncate) -> Iterator[Output]:
        self._conversation.truncate(event.item_id, event.audio_end_ms)
        yield server_events.ItemTruncated(
            item_id=event.item_id, content_index=event.content_index, audio_end_ms=event.audio_end_ms
        )

    def _on_text_delta(self, event: client.InputTextDelta) -> Iterator[Output]:
        """Take the next text of an item that is being typed; no event follows before it is done."""
        if event.id not in self._streamed and len(self._streamed) >= MAX_STREAMED_TEXTS:
            raise InvalidRequest("too_many_input_texts", "Too many texts are open; finish one.", param="id")
        text = self._streamed.get(event.id, "") + event.delta
        if len(text) > MAX_STREAMED_CHARACTERS:
            raise InvalidRequest("string_above_max_length", "The text is too long.", param="delta")
        return self._keep_text(event.id, text)

    def _keep_text(self, text_id: str, text: str) -> Iterator[Output]:
        self._streamed[text_id] = text
        yield from ()

    def _on_text_done(self, event: client.InputTextDone) -> Iterator[Output]:
        """Insert what was typed as a user's message, or append it to the message of that id."""
        if event.id not in self._streamed:
            raise InvalidRequest("item_not_found", f"No text was sent for {event.id!r}.", param="id")
        text = self._streamed[event.id]
        existing = self._conversation.find(event.id)
        if existing is None:
            message = MessageItem(id=event.id, role="user", content=(InputTextPart(text),))
            self.require_insertable([message])
            return self._insert_text(message)
        if isinstance(existing, MessageItem):
            self._conversation.require_room()
            return self._append_text(existing, text)
        raise InvalidRequest("invalid_value", f"Item {event.id!r} is not a message.", param="id")

    def _insert_text(self, message: MessageItem) -> Iterator[Output]:
        del self._streamed[message.id]
        yield from self.insert(message)

    def _append_text(self, message: MessageItem, text: str) -> Iterator[Output]:
        del self._streamed[message.id]
        part = TextPart(text) if message.role == "assistant" else InputTextPart(text)
        self._conversation.replace(msgspec.structs.replace(message, content=(*message.content, part)))
        if _asks_for_an_answer(message):
            self._next_answer.input_added()
        yield from ()


def _asks_for_an_answer(item: Item) -> bool:
    """Whether an item of a client is something that a model has not answered yet."""
    is_message = isinstance(item, MessageItem) and item.role != "assistant"
    return is_message or isinstance(item, FunctionCallOutputItem)


def _audio_to_transcribe(item: Item) -> bytes | None:
    """Return the audio of a user's message if the client gave no transcript."""
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
