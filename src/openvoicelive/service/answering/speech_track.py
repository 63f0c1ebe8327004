"""The sound of one spoken message in the wire's format, in short stretches, with its words in time.

Each stretch carries the part of the transcript that begins to sound in it. So what a client has received of
sound and text matches, also when the reply is stopped.
"""

from collections.abc import Iterator

from openvoicelive.protocol.audio_formats import AudioFormat
from openvoicelive.protocol.work import Spoke, SpokenViseme, SpokenWord
from openvoicelive.service.answering.output_encoder import OutputEncoder
from openvoicelive.synthesis.interface import Speech
from openvoicelive.synthesis.sentences import Piece

STRETCH_MS = 100


class SpeechTrack:
    """Takes pieces of text and their sound; yields the `Spoke` reports of a response."""

    def __init__(self, response_id: str, audio_format: AudioFormat, volume: float = 1.0) -> None:
        self._response_id = response_id
        self._audio_format = audio_format
        self._stretch_bytes = audio_format.rate_hz * STRETCH_MS // 1000 * audio_format.bytes_per_frame
        self._encoder = OutputEncoder(audio_format, volume)
        self._audio = bytearray()
        self._sent_bytes = 0
        self._piece_start_ms = 0.0
        self._text = ""
        self._text_start = 0
        self._piece_start = 0
        self._words: list[SpokenWord] = []
        self._visemes: list[SpokenViseme] = []

    def begin(self, piece: Piece) -> None:
        """Begin the next piece of text; the one before must have been flushed."""
        self._text = piece.text
        self._piece_start = self._text_start
        self._piece_start_ms = self._encoder.duration_ms

    def add(self, speech: Speech, piece: Piece) -> Iterator[Spoke]:
        """Add the next sound of the piece that began last; yield the stretches that are full."""
        for word in speech.words:
            written = piece.spoken.origins[word.start_char]
            self._words.append(
                SpokenWord(
                    text=word.text,
                    start_ms=round(self._piece_start_ms + word.start_ms),
                    duration_ms=word.duration_ms,
                    end_char=self._piece_start + _end_of_word(piece.text, written),
                )
            )
        self._visemes += [
            SpokenViseme(viseme.viseme_id, round(self._piece_start_ms + viseme.start_ms))
            for viseme in speech.visemes
        ]
        self._audio += self._encoder.encode(speech.samples, speech.rate_hz)
        while len(self._audio) >= self._stretch_bytes:
            yield self._spoke(self._take(self._stretch_bytes))

    def flush(self) -> Iterator[Spoke]:
        """Yield the sound and the text that are left of the piece, which has ended."""
        self._audio += self._encoder.flush()
        if self._audio or self._text:
            yield self._spoke(self._take(len(self._audio)), whole_piece=True)

    def _take(self, size_bytes: int) -> bytes:
        audio = bytes(self._audio[:size_bytes])
        del self._audio[:size_bytes]
        return audio

    def _duration_ms(self, size_bytes: int) -> float:
        return size_bytes * 1000 / self._audio_format.bytes_per_second

    def _spoke(self, audio: bytes, *, whole_piece: bool = False) -> Spoke:
        self._sent_bytes += len(audio)
        until_ms = float("inf") if whole_piece else self._duration_ms(self._sent_bytes)
        words = tuple(word for word in self._words if word.start_ms < until_ms)
        visemes = tuple(viseme for viseme in self._visemes if viseme.start_ms < until_ms)
        del self._words[: len(words)], self._visemes[: len(visemes)]
        if whole_piece:
            text, self._text = self._text, ""
            self._text_start += len(text)
        else:
            text = self._text_until(words[-1].end_char) if words else ""
        return Spoke(
            response_id=self._response_id,
            text=text,
            audio=audio,
            duration_ms=self._duration_ms(len(audio)),
            words=words,
            visemes=visemes,
        )

    def _text_until(self, end_char: int) -> str:
        """Take the text up to the end of a word, with the space behind it."""
        # A number that is written as one word and spoken as several gave its text with the first of them.
        end = max(end_char - self._text_start, 0)
        while end < len(self._text) and self._text[end].isspace():
            end += 1
        text, self._text = self._text[:end], self._text[end:]
        self._text_start += len(text)
        return text


def _end_of_word(text: str, start: int) -> int:
    """Return where the word that begins at `start` ends, with the punctuation after it."""
    end = start
    while end < len(text) and not text[end].isspace():
        end += 1
    return end
