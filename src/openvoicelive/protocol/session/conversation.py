"""The conversation: its items in order, and which words of a spoken answer were heard."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from sys import getsizeof

import msgspec

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol.session.items import (
    AudioPart,
    FunctionCallItem,
    FunctionCallOutputItem,
    InputAudioPart,
    Item,
    McpApprovalResponseItem,
    McpCallItem,
    MessageItem,
    TextPart,
    text_of_part,
)
from openvoicelive.protocol.work import SpokenWord

# Hours of talk need less. The limits bound the memory that one client can use.
MAX_ITEMS = 10_000
MAX_BYTES = 32 * 1024 * 1024


@dataclass
class SpokenAnswer:
    """The audio of an assistant's item: its duration, and when its words are spoken."""

    duration_ms: float = 0.0
    words: list[SpokenWord] = field(default_factory=list)
    cut_at_ms: int | None = None
    """How much of it was heard, if it was interrupted."""

    def heard(self, item: MessageItem) -> MessageItem:
        """Return the item without the words that were not heard."""
        if self.cut_at_ms is None:
            return item
        content = tuple(
            AudioPart(self._heard(part.transcript, self.cut_at_ms)) if isinstance(part, AudioPart) else part
            for part in item.content
        )
        return msgspec.structs.replace(item, content=content)

    def _heard(self, transcript: str, cut_at_ms: int) -> str:
        """Return the words that were heard for more than half of their duration."""
        end_char = 0
        for word in self.words:
            if word.start_ms + word.duration_ms / 2 > cut_at_ms:
                break
            end_char = word.end_char
        else:
            # Punctuation after the last word was heard with it.
            return transcript if self.words else ""
        return transcript[:end_char]


class Conversation:
    """Items in order, found by id."""

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}
        self._order: list[str] = []
        self._spoken: dict[str, SpokenAnswer] = {}
        self._size_bytes = 0
        self.user_audio_ms = 0

    def __iter__(self) -> Iterator[Item]:
        return (self._items[item_id] for item_id in self._order)

    def require_insertable(self, items: Sequence[Item], previous_item_id: str | None = None) -> None:
        """Refuse items of a client that cannot be inserted one after the other; changes nothing.

        Raises:
            InvalidRequest: If an id is taken, if the previous item or the call of an output is unknown, or if
                the conversation is full.

        """
        taken: set[str] = set()
        calls = self._call_ids() if any(isinstance(item, FunctionCallOutputItem) for item in items) else set()
        size_bytes = 0
        for number, item in enumerate(items):
            self.require_room(number, size_bytes)
            size_bytes += _size_bytes(item)
            if item.id in self._items or item.id in taken:
                raise InvalidRequest(
                    "item_already_exists", f"There is an item {item.id!r} already.", param="item.id"
                )
            if isinstance(item, FunctionCallOutputItem) and item.call_id not in calls:
                raise InvalidRequest(
                    "invalid_tool_call_id",
                    f"There is no function call {item.call_id!r} in the conversation.",
                    param="item.call_id",
                )
            if isinstance(item, FunctionCallItem):
                calls.add(item.call_id)
            if item.id:  # without an id it gets a new one
                taken.add(item.id)
        self._position(previous_item_id)

    def insert(self, item: Item, previous_item_id: str | None = None) -> str | None:
        """Insert an item after another, at the front (`root`) or at the end, and return the id before it.

        The ids are valid: see `require_insertable`.
        """
        position = self._position(previous_item_id)
        self._order.insert(position, item.id)
        self._items[item.id] = item
        self._size_bytes += _size_bytes(item)
        return self._order[position - 1] if position else None

    def require_room(self, more_items: int = 0, more_bytes: int = 0) -> None:
        """Refuse another item of a client if the conversation, with these additional items, is full.

        Raises:
            InvalidRequest: If the conversation is full.

        """
        if len(self._order) + more_items >= MAX_ITEMS or self._size_bytes + more_bytes >= MAX_BYTES:
            raise InvalidRequest("conversation_full", "The conversation is full; delete items first.")

    def replace(self, item: Item) -> None:
        """Replace an item by its newer state; a deleted item stays deleted."""
        if item.id in self._items:
            self._size_bytes += _size_bytes(item) - _size_bytes(self._items[item.id])
            self._items[item.id] = item

    def complete(self, item: Item) -> None:
        """Replace an assistant's item by its final state, without the words that were not heard."""
        answer = self._spoken.get(item.id)
        self.replace(answer.heard(item) if answer is not None and isinstance(item, MessageItem) else item)

    def previous_id(self, item_id: str) -> str | None:
        """Return the id of the item before this one."""
        position = self._order.index(item_id)
        return self._order[position - 1] if position else None

    def find(self, item_id: str) -> Item | None:
        """Return an item, or None if there is none of that id."""
        return self._items.get(item_id)

    def retrieve(self, item_id: str, code: str = "item_retrieve_invalid_item_id") -> Item:
        """Return an item.

        Raises:
            InvalidRequest: With this code, if there is none of that id.

        """
        try:
            return self._items[item_id]
        except KeyError:
            raise InvalidRequest(code, f"There is no item {item_id!r}.", param="item_id") from None

    def delete(self, item_id: str) -> None:
        """Delete an item that is there."""
        item = self._items.pop(item_id)
        self._order.remove(item_id)
        self._spoken.pop(item_id, None)
        self._size_bytes -= _size_bytes(item)

    def add_sound(self, item_id: str, duration_ms: float, words: tuple[SpokenWord, ...]) -> None:
        """Add audio to an assistant's item."""
        answer = self._spoken.setdefault(item_id, SpokenAnswer())
        answer.duration_ms += duration_ms
        answer.words.extend(words)

    def require_truncatable(self, item_id: str, content_index: int, audio_end_ms: int) -> None:
        """Refuse to truncate an item that cannot be truncated there; changes nothing.

        Raises:
            InvalidRequest: If it is no spoken answer, was truncated before, or is shorter than that.

        """
        self.retrieve(item_id, "item_truncate_invalid_item_id")
        answer = self._spoken.get(item_id)
        if answer is None or content_index > 0:
            raise InvalidRequest(
                "item_truncate_invalid_item_id",
                f"Item {item_id!r} has no assistant's sound at content index {content_index}.",
                param="item_id" if answer is None else "content_index",
            )
        if answer.cut_at_ms is not None:
            raise InvalidRequest("item_already_truncated", f"Item {item_id!r} was truncated already.")
        if audio_end_ms > answer.duration_ms + 1:
            raise InvalidRequest(
                "invalid_value",
                f"Audio content of {answer.duration_ms:.0f}ms is already shorter than {audio_end_ms}ms.",
                param="audio_end_ms",
            )

    def truncate(self, item_id: str, audio_end_ms: int) -> None:
        """Remove the words of a spoken answer that were not heard, and those that are spoken from now on.

        The item can be truncated there: see `require_truncatable`.
        """
        self._spoken[item_id].cut_at_ms = audio_end_ms
        self.complete(self._items[item_id])

    def truncate_unheard(self, item_id: str, heard_ms: int, appended_text: str | None) -> bool:
        """Truncate a spoken answer to what was heard, and append a text.

        Return False if it was heard to its end, was truncated before, or was deleted.
        """
        item, answer = self._items.get(item_id), self._spoken.get(item_id)
        if answer is None or not isinstance(item, MessageItem):
            return False
        if answer.cut_at_ms is not None or heard_ms >= answer.duration_ms:
            return False
        answer.cut_at_ms = heard_ms
        heard = answer.heard(item)
        if appended_text:
            heard = msgspec.structs.replace(heard, content=(*heard.content, TextPart(appended_text)))
        self.replace(heard)
        return True

    def set_transcript(self, item_id: str, transcript: str | None) -> MessageItem | None:
        """Put a transcript into a user's item, and return the item; None if it was deleted meanwhile."""
        item = self._items.get(item_id)
        if not isinstance(item, MessageItem):
            return None
        content = tuple(
            InputAudioPart(transcript=transcript)
            if isinstance(part, InputAudioPart) and part.transcript is None
            else part
            for part in item.content
        )
        transcribed = msgspec.structs.replace(item, content=content)
        self.replace(transcribed)
        return transcribed

    def _call_ids(self) -> set[str]:
        return {item.call_id for item in self._items.values() if isinstance(item, FunctionCallItem)}

    def _position(self, previous_item_id: str | None) -> int:
        match previous_item_id:
            case None:
                return len(self._order)
            case "root":
                return 0
            case _ if previous_item_id in self._items:
                return self._order.index(previous_item_id) + 1
            case _:
                raise InvalidRequest(
                    "item_not_found",
                    f"There is no item {previous_item_id!r} to come after.",
                    param="previous_item_id",
                )


def _size_bytes(item: Item) -> int:
    """Return the memory that the texts of an item take.

    It is known without reading them. To encode an item of 4 MiB would hold the event loop too long.
    """
    texts: Iterable[str | None]
    match item:
        case MessageItem():
            texts = map(text_of_part, item.content)
        case FunctionCallItem():
            texts = (item.call_id, item.name, item.arguments)
        case FunctionCallOutputItem():
            texts = (item.call_id, item.output)
        case McpCallItem():
            texts = (item.arguments, item.output)
        case McpApprovalResponseItem():
            texts = (item.approval_request_id, item.reason)
        case _:
            return len(msgspec.json.encode(item))  # no client's text; a list of tools is bounded
    return getsizeof(item.id) + sum(map(getsizeof, texts))
