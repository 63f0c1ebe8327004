"""One message of an answer, while it is being written or spoken."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypedDict

from openvoicelive.protocol import server_events as say
from openvoicelive.protocol.server_events import ServerEvent
from openvoicelive.protocol.session.items import AudioPart, ItemStatus, MessageItem, TextPart
from openvoicelive.protocol.work import SpokenViseme, SpokenWord


class _Place(TypedDict):
    response_id: str
    item_id: str
    output_index: int


@dataclass
class OutputMessage:
    """Collects what was said, and says on the wire how it grows and how it ends."""

    response_id: str
    item_id: str
    output_index: int
    speaks: bool
    tells_words: bool
    tells_visemes: bool
    _texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All that was said so far."""
        return "".join(self._texts)

    def item(self, status: ItemStatus) -> MessageItem:
        """Return the conversation item in its present state; before anything was said it has no part."""
        content = (self._part(self.text),) if self._texts else ()
        return MessageItem(id=self.item_id, status=status, role="assistant", content=content)

    def part_added(self) -> ServerEvent:
        """Announce the message's only part."""
        return say.ContentPartAdded(**self._place(), part=self._part(""))

    def wrote(self, text: str) -> ServerEvent:
        """Add text."""
        self._texts.append(text)
        return say.TextDelta(**self._place(), delta=text)

    def spoke(
        self, text: str, audio: bytes, words: tuple[SpokenWord, ...], visemes: tuple[SpokenViseme, ...]
    ) -> Iterator[ServerEvent]:
        """Add sound and the text that begins in it."""
        if text:
            self._texts.append(text)
            yield say.AudioTranscriptDelta(**self._place(), delta=text)
        if self.tells_words:
            for word in words:
                yield say.AudioTimestampDelta(
                    **self._place(),
                    audio_offset_ms=word.start_ms,
                    audio_duration_ms=word.duration_ms,
                    text=word.text,
                )
        if self.tells_visemes:
            for viseme in visemes:
                yield say.VisemeDelta(
                    **self._place(), audio_offset_ms=viseme.start_ms, viseme_id=viseme.viseme_id
                )
        if audio:
            yield say.AudioDelta(**self._place(), delta=audio)

    def done(self, status: ItemStatus) -> Iterator[ServerEvent]:
        """Close part and item, whatever the reason."""
        place = self._place()
        if self.speaks:
            yield say.AudioDone(**place)
            if self.tells_words:
                yield say.AudioTimestampDone(**place)
            if self.tells_visemes:
                yield say.VisemeDone(**place)
            yield say.AudioTranscriptDone(**place, transcript=self.text)
        else:
            yield say.TextDone(**place, text=self.text)
        yield say.ContentPartDone(**place, part=self._part(self.text))
        yield say.OutputItemDone(
            response_id=self.response_id, output_index=self.output_index, item=self.item(status)
        )

    def _part(self, text: str) -> AudioPart | TextPart:
        return AudioPart(text) if self.speaks else TextPart(text)

    def _place(self) -> _Place:
        return {
            "response_id": self.response_id,
            "item_id": self.item_id,
            "output_index": self.output_index,
        }
