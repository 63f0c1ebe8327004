"""The conversation: items in order, and of spoken answers the words that were heard."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol.session.items import (
    AudioPart,
    FunctionCallItem,
    FunctionCallOutputItem,
    InputAudioPart,
    Item,
    MessageItem,
    TextPart,
)
from openvoicelive.protocol.work import SpokenWord

# Enough for hours of talk; a client that sends more is not talking.
MAX_ITEMS = 10_000
MAX_BYTES = 32 * 1024 * 1024


@dataclass
class SpokenAnswer:
    """The sound of an assistant's item: how long it is and when its words end in it."""

    duration_ms: float = 0.0
    words: list[SpokenWord] = field(default_factory=list)
    cut_at_ms: int | None = None
    """How much of it was heard, where it was interrupted."""

    def heard(self, item: MessageItem) -> MessageItem:
        """Return the item with the words that were heard."""
        if self.cut_at_ms is None:
            return item
        content = tuple(
            AudioPart(self._heard(part.transcript, self.cut_at_ms)) if isinstance(part, AudioPart) else part
            for part in item.content
        )
        return msgspec.structs.replace(item, content=content)

    def _heard(self, transcript: str, cut_at_ms: int) -> str:
        """Return the words of which more than half sounded."""
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

    def insert(self, item: Item, previous_item_id: str | None = None) -> str | None:
        """Put an item after another, at the front (`root`) or at the end, and return the id before it.

        Raises:
            InvalidRequest: If the id is taken, the place unknown, or the call of an output unknown.

        """
        if item.id in self._items:
            raise InvalidRequest(
                "item_already_exists", f"There is an item {item.id!r} already.", param="item.id"
            )
        if isinstance(item, FunctionCallOutputItem) and not self._has_call(item.call_id):
            raise InvalidRequest(
                "invalid_tool_call_id",
                f"There is no function call {item.call_id!r} in the conversation.",
                param="item.call_id",
            )
        place = self._place(previous_item_id)
        self._order.insert(place, item.id)
        self._items[item.id] = item
        self._size_bytes += len(msgspec.json.encode(item))
        return self._order[place - 1] if place else None

    def require_room(self) -> None:
        """Refuse more items from a client when there are very many.

        Raises:
            InvalidRequest: If the conversation is full.

        """
        if len(self._order) >= MAX_ITEMS or self._size_bytes >= MAX_BYTES:
            raise InvalidRequest("conversation_full", "The conversation is full; delete items first.")

    def replace(self, item: Item) -> None:
        """Put a newer state of an item in its place; one that was deleted stays so."""
        if item.id in self._items:
            self._size_bytes += len(msgspec.json.encode(item)) - len(
                msgspec.json.encode(self._items[item.id])
            )
            self._items[item.id] = item

    def complete(self, item: Item) -> None:
        """Put the final state of an assistant's item in its place, as far as it was heard."""
        answer = self._spoken.get(item.id)
        self.replace(answer.heard(item) if answer is not None and isinstance(item, MessageItem) else item)

    def previous_id(self, item_id: str) -> str | None:
        """Return the id of the item before this one."""
        place = self._order.index(item_id)
        return self._order[place - 1] if place else None

    def find(self, item_id: str) -> Item | None:
        """Return an item, or None if there is none of that id."""
        return self._items.get(item_id)

    def retrieve(self, item_id: str) -> Item:
        """Return an item.

        Raises:
            InvalidRequest: If there is none of that id.

        """
        return self._find(item_id, "item_retrieve_invalid_item_id")

    def delete(self, item_id: str) -> None:
        """Take an item out.

        Raises:
            InvalidRequest: If there is none of that id.

        """
        item = self._find(item_id, "item_delete_invalid_item_id")
        self._order.remove(item_id)
        del self._items[item_id]
        self._spoken.pop(item_id, None)
        self._size_bytes -= len(msgspec.json.encode(item))

    def add_sound(self, item_id: str, duration_ms: float, words: tuple[SpokenWord, ...]) -> None:
        """Note that more of an assistant's item sounds."""
        answer = self._spoken.setdefault(item_id, SpokenAnswer())
        answer.duration_ms += duration_ms
        answer.words.extend(words)

    def truncate(self, item_id: str, content_index: int, audio_end_ms: int) -> None:
        """Keep of a spoken answer the words that were heard; of one that is still spoken, when it ends.

        Raises:
            InvalidRequest: If it is no spoken answer, was cut before, or sounded shorter than that.

        """
        item = self._find(item_id, "item_truncate_invalid_item_id")
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
        answer.cut_at_ms = audio_end_ms
        self.complete(item)

    def truncate_unheard(self, item_id: str, heard_ms: int, appended_text: str | None) -> bool:
        """Keep of a spoken answer what was heard by then, and the text that is to follow it.

        False if it was heard to its end, was cut before, or is gone.
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

    def write_down(self, item_id: str, transcript: str | None) -> MessageItem | None:
        """Put the recognised words into a user's item, and return it; None if it was deleted meanwhile."""
        item = self._items.get(item_id)
        if not isinstance(item, MessageItem):
            return None
        content = tuple(
            InputAudioPart(transcript=transcript)
            if isinstance(part, InputAudioPart) and part.transcript is None
            else part
            for part in item.content
        )
        written = msgspec.structs.replace(item, content=content)
        self.replace(written)
        return written

    def _has_call(self, call_id: str) -> bool:
        calls = (item for item in self._items.values() if isinstance(item, FunctionCallItem))
        return any(call.call_id == call_id for call in calls)

    def _find(self, item_id: str, code: str) -> Item:
        try:
            return self._items[item_id]
        except KeyError:
            raise InvalidRequest(code, f"There is no item {item_id!r}.", param="item_id") from None

    def _place(self, previous_item_id: str | None) -> int:
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
