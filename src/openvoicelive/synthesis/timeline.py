"""The times of a text's words and mouth shapes, returned stretch by stretch."""

from collections import deque
from typing import TypeVar

from openvoicelive.synthesis.interface import Viseme, Word

Mark = TypeVar("Mark", Word, Viseme)


class Timeline:
    """Words and visemes, filled in the order of time by an engine.

    `offset_ms` is what the engine cuts off at the beginning of its sound; the times are counted without it.
    """

    def __init__(self, offset_ms: float = 0.0) -> None:
        self._offset_ms = offset_ms
        self._words: deque[Word] = deque()
        self._visemes: deque[Viseme] = deque()

    def add_word(self, text: str, start_char: int, start_ms: float, end_ms: float) -> None:
        """Add a word, which begins no earlier than those before it."""
        start = self._counted(start_ms)
        self._words.append(Word(text, start, self._counted(end_ms) - start, start_char))

    def add_viseme(self, viseme_id: int, start_ms: float) -> None:
        """Add a mouth shape, unless it is the same as the last one."""
        if not self._visemes or self._visemes[-1].viseme_id != viseme_id:
            self._visemes.append(Viseme(viseme_id, self._counted(start_ms)))

    def until(self, end_ms: float | None) -> tuple[tuple[Word, ...], tuple[Viseme, ...]]:
        """Remove and return what begins before a time of the engine's sound; for None, all that is left."""
        limit = float("inf") if end_ms is None else end_ms - self._offset_ms
        return _before(self._words, limit), _before(self._visemes, limit)

    def _counted(self, ms: float) -> int:
        return max(0, round(ms - self._offset_ms))


def _before(marks: deque[Mark], limit_ms: float) -> tuple[Mark, ...]:
    taken = []
    while marks and marks[0].start_ms < limit_ms:
        taken.append(marks.popleft())
    return tuple(taken)
