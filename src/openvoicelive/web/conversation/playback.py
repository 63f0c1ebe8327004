"""What the browser has been given to play, and what of it was heard. Pure: time comes in as an argument."""

from dataclasses import dataclass

from openvoicelive.web.page.messages import BYTES_PER_MS

_REMEMBERED_ITEMS = 16

# The page buffers up to 300 ms before it plays and says `played` at the end; a page that has said nothing
# this long after the last sample should have been played has lost its speaker.
_SILENT_PAGE_S = 1.5


# A page counts whole render quanta, perhaps at another sample rate; less than this is not a missing word.
_NEARLY_ALL_MS = 50


@dataclass
class _Item:
    sound_bytes: int = 0
    heard_ms: int = 0
    complete: bool = False
    interrupted: bool = False

    @property
    def duration_ms(self) -> int:
        return self.sound_bytes // BYTES_PER_MS

    @property
    def was_heard(self) -> bool:
        return self.complete and self.heard_ms >= self.duration_ms - _NEARLY_ALL_MS


class Playback:
    """The answers that one browser was sent, the newest last."""

    def __init__(self) -> None:
        self._items: dict[str, _Item] = {}
        self._ends_at_s = 0.0

    @property
    def deadline_s(self) -> float:
        """When the browser must have played everything, on the clock of `sent`."""
        return self._ends_at_s + _SILENT_PAGE_S

    @property
    def is_over(self) -> bool:
        """Whether nothing that was sent is still to be played."""
        return all(item.was_heard or item.interrupted for item in self._items.values())

    def sent(self, item_id: str, sound_bytes: int, now_s: float) -> bool:
        """Note sound on its way to the browser; returns whether an answer begins with it."""
        item = self._items.get(item_id)
        begins = item is None
        if item is None:
            item = self._items[item_id] = _Item()
            while len(self._items) > _REMEMBERED_ITEMS:
                del self._items[next(iter(self._items))]
        item.sound_bytes += sound_bytes
        self._ends_at_s = max(self._ends_at_s, now_s) + sound_bytes / BYTES_PER_MS / 1000
        return begins

    def complete(self) -> None:
        """Note that all sound of the answers was sent."""
        for item in self._items.values():
            item.complete = item.complete or not item.interrupted

    def interrupt(self) -> None:
        """Note that the browser was told to stop."""
        for item in self._items.values():
            item.interrupted = item.interrupted or not item.was_heard
        self._ends_at_s = 0.0

    def give_up(self) -> None:
        """Take everything as played: the page did not say so in time."""
        for item in self._items.values():
            item.heard_ms = item.duration_ms

    def played(self, item_id: str, audio_end_ms: int) -> int | None:
        """Take the browser's word for what was heard.

        Returns:
            Where the service must cut the answer, in ms of its sound; `None` if it must not: because all of
            it was heard, because it is still playing, or because nobody knows the item (any more).

        """
        item = self._items.get(item_id)
        if item is None:
            return None
        item.heard_ms = max(0, min(audio_end_ms, item.duration_ms))
        if not item.interrupted:
            return None
        del self._items[item_id]
        return None if item.was_heard else item.heard_ms
