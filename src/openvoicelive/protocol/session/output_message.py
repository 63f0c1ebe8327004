"""One message of a response, while it is generated."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypedDict

from openvoicelive.protocol import server_events
from openvoicelive.protocol.server_events import ServerEvent
from openvoicelive.protocol.session.items import AudioPart, ItemStatus, MessageItem, TextPart
from openvoicelive.protocol.work import SpokenViseme, SpokenWord


class _Position(TypedDict):
    response_id: str
    item_id: str
    output_index: int


@dataclass
class OutputMessage:
    """Collects the text of a message and builds the events about it."""

    response_id: str
    item_id: str
    output_index: int
    speaks: bool
    sends_word_times: bool
    sends_visemes: bool
    _texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._texts)

    def item(self, status: ItemStatus) -> MessageItem:
        """Return the conversation item in its present state; without text it has no part."""
        content = (self._part(self.text),) if self._texts else ()
        return MessageItem(id=self.item_id, status=status, role="assistant", content=content)

    def part_added(self) -> ServerEvent:
        """Announce the only part of the message."""
        return server_events.ContentPartAdded(**self._position(), part=self._part(""))

    def wrote(self, text: str) -> ServerEvent:
        """Add text."""
        self._texts.append(text)
        return server_events.TextDelta(**self._position(), delta=text)

    def spoke(
        self, text: str, audio: bytes, words: tuple[SpokenWord, ...], visemes: tuple[SpokenViseme, ...]
    ) -> Iterator[ServerEvent]:
        """Add audio and the text that begins in it."""
        if text:
            self._texts.append(text)
            yield server_events.AudioTranscriptDelta(**self._position(), delta=text)
        if self.sends_word_times:
            for word in words:
                yield server_events.AudioTimestampDelta(
                    **self._position(),
                    audio_offset_ms=word.start_ms,
                    audio_duration_ms=word.duration_ms,
                    text=word.text,
                )
        if self.sends_visemes:
            for viseme in visemes:
                yield server_events.VisemeDelta(
                    **self._position(), audio_offset_ms=viseme.start_ms, viseme_id=viseme.viseme_id
                )
        if audio:
            yield server_events.AudioDelta(**self._position(), delta=audio)

    def done(self, status: ItemStatus) -> Iterator[ServerEvent]:
        """Close the part and the item."""
        position = self._position()
        if self.speaks:
            yield server_events.AudioDone(**position)
            if self.sends_word_times:
                yield server_events.AudioTimestampDone(**position)
            if self.sends_visemes:
                yield server_events.VisemeDone(**position)
            yield server_events.AudioTranscriptDone(**position, transcript=self.text)
        else:
            yield server_events.TextDone(**position, text=self.text)
        yield server_events.ContentPartDone(**position, part=self._part(self.text))
        yield server_events.OutputItemDone(
            response_id=self.response_id, output_index=self.output_index, item=self.item(status)
        )

    def _part(self, text: str) -> AudioPart | TextPart:
        return AudioPart(text) if self.speaks else TextPart(text)

    def _position(self) -> _Position:
        return {
            "response_id": self.response_id,
            "item_id": self.item_id,
            "output_index": self.output_index,
        }
