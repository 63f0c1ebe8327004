"""How fast each turn was answered. Pure: time comes in as an argument."""

from typing import Literal

from openvoicelive.web.page.messages import BYTES_PER_MS, Metrics

Mark = Literal["transcript_ms", "first_text_ms", "first_sound_ms"]


class TurnTimes:
    """The clock of one conversation's turns."""

    def __init__(self) -> None:
        self._turn = 0
        self._sent_bytes = 0
        self._began_s: float | None = None
        self._silence_ms: int | None = None
        self._marks: dict[Mark, int] = {}
        self._item_id: str | None = None

    @property
    def sent_ms(self) -> int:
        """How much of the microphone's sound was sent to the service."""
        return self._sent_bytes // BYTES_PER_MS

    def heard(self, sound_bytes: int) -> None:
        """Count microphone sound sent to the service."""
        self._sent_bytes += sound_bytes

    def ago_ms(self, position_ms: int) -> int:
        """Tell how long ago this sample of the microphone's sound was sent."""
        return max(0, self.sent_ms - position_ms)

    def turn_ended(self, audio_end_ms: int, silence_ms: int, now_s: float) -> None:
        """Begin to count at the user's last word: a turn ended here, after so much silence.

        `audio_end_ms` counts from the first sample of the session; Voice Live documents that it includes the
        silence. A microphone delivers in real time, so the sound sent after that sample tells how long ago it
        was.
        """
        self._begin(now_s - (silence_ms + self.ago_ms(audio_end_ms)) / 1000, silence_ms)

    def told(self, now_s: float) -> None:
        """Begin to count at a typed message, or at the end of a turn that was held."""
        self._begin(now_s, None)

    def mark(self, name: Mark, now_s: float, *, item_id: str | None = None) -> None:
        """Note when this came first in the turn, and which item the answer is."""
        if self._began_s is not None and name not in self._marks:
            self._marks[name] = round((now_s - self._began_s) * 1000)
            self._item_id = item_id or self._item_id

    def finish(self) -> Metrics | None:
        """Return the turn's figures, once, when its answer is complete."""
        if self._began_s is None or not self._marks.keys() - {"transcript_ms"}:
            return None
        metrics = Metrics(
            turn=self._turn,
            item_id=self._item_id,
            silence_ms=self._silence_ms,
            transcript_ms=self._marks.get("transcript_ms"),
            first_text_ms=self._marks.get("first_text_ms"),
            first_sound_ms=self._marks.get("first_sound_ms"),
        )
        self._began_s = None
        return metrics

    def _begin(self, at_s: float, silence_ms: int | None) -> None:
        self._turn += 1
        self._began_s = at_s
        self._silence_ms = silence_ms
        self._marks = {}
        self._item_id = None
