"""The sound of one spoken message: in the wire's format, in short stretches, with its words in time.

The transcript is cut so that each stretch carries the text that begins to sound in it: what a client has
received of both belongs together, also when the answer is stopped.
"""

from collections.abc import Iterator

import numpy as np

from openvoicelive.audio.g711 import encode_alaw, encode_mulaw
from openvoicelive.audio.pcm import FloatSamples, bytes_from_int16, float_from_int16, int16_from_float
from openvoicelive.audio.resampling import Resampler
from openvoicelive.protocol.audio_formats import AudioFormat
from openvoicelive.protocol.work import Spoke, SpokenViseme, SpokenWord
from openvoicelive.synthesis.interface import Speech
from openvoicelive.synthesis.sentences import Piece

STRETCH_MS = 100
_ENCODERS = {"pcm16": bytes_from_int16, "g711_ulaw": encode_mulaw, "g711_alaw": encode_alaw}


class SpeechTrack:
    """Takes pieces of text and their sound, yields `Spoke` reports without a response's id."""

    def __init__(self, audio_format: AudioFormat, synthesizer_rate_hz: int) -> None:
        self._rate_hz = audio_format.rate_hz
        self._encode = _ENCODERS[audio_format.encoding]
        self._resampler = Resampler(synthesizer_rate_hz, audio_format.rate_hz)
        self._synthesizer_rate_hz = synthesizer_rate_hz
        self._samples: FloatSamples = np.empty(0, np.float32)
        self._sent_samples = 0
        self._sounded = 0
        self._piece_start_ms = 0.0
        self._text = ""
        self._text_start = 0
        self._piece_start = 0
        self._words: list[SpokenWord] = []
        self._visemes: list[SpokenViseme] = []

    @property
    def _sent_ms(self) -> float:
        return self._sent_samples * 1000 / self._rate_hz

    def begin(self, piece: Piece) -> None:
        """Go on with the next piece of text; the one before must have been flushed."""
        self._text = piece.text
        self._piece_start = self._text_start
        self._piece_start_ms = self._sounded * 1000 / self._synthesizer_rate_hz

    def add(self, speech: Speech, piece: Piece) -> Iterator[Spoke]:
        """Add the next sound of the piece that began last."""
        self._sounded += len(speech.samples)
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
        resampled = self._resampler.process(float_from_int16(speech.samples))
        self._samples = np.concatenate((self._samples, resampled))
        stretch = self._rate_hz * STRETCH_MS // 1000
        while len(self._samples) >= stretch:
            yield self._spoke(self._samples[:stretch])
            self._samples = self._samples[stretch:]

    def flush(self) -> Iterator[Spoke]:
        """Give away the sound and the text that are left of the piece."""
        if self._samples.size or self._text:
            samples, self._samples = self._samples, np.empty(0, np.float32)
            yield self._spoke(samples, whole_piece=True)

    def end(self) -> Iterator[Spoke]:
        """Give away all that is left, also what the resampler held back."""
        self._samples = np.concatenate(
            (self._samples, self._resampler.process(np.empty(0, np.float32), last=True))
        )
        yield from self.flush()

    def _spoke(self, samples: FloatSamples, *, whole_piece: bool = False) -> Spoke:
        self._sent_samples += samples.size
        until_ms = float("inf") if whole_piece else self._sent_ms
        words = tuple(word for word in self._words if word.start_ms < until_ms)
        visemes = tuple(viseme for viseme in self._visemes if viseme.start_ms < until_ms)
        del self._words[: len(words)], self._visemes[: len(visemes)]
        if whole_piece:
            text, self._text = self._text, ""
            self._text_start += len(text)
        else:
            text = self._text_until(words[-1].end_char) if words else ""
        return Spoke(
            response_id="",
            text=text,
            audio=self._encode(int16_from_float(samples)),
            duration_ms=samples.size * 1000 / self._rate_hz,
            words=words,
            visemes=visemes,
        )

    def _text_until(self, end_char: int) -> str:
        """Take the text up to the end of a word, with the space behind it."""
        # Of a number that is written as one word and spoken as several, the text went with the first.
        end = max(end_char - self._text_start, 0)
        while end < len(self._text) and self._text[end].isspace():
            end += 1
        text, self._text = self._text[:end], self._text[end:]
        self._text_start += len(text)
        return text


def _end_of_word(text: str, start: int) -> int:
    """Return where the word that begins at `start` ends, with the punctuation that clings to it."""
    end = start
    while end < len(text) and not text[end].isspace():
        end += 1
    return end
