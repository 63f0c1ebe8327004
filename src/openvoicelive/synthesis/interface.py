"""The interface of speech synthesis engines.

Calls block and may take long. The service makes them in the threads of the synthesis lane.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from openvoicelive.audio.pcm import FloatSamples


@dataclass(frozen=True)
class VoiceRequest:
    """The voice that a session asked for. An engine uses the nearest voice that it has.

    Volume is not part of it: `SpeechTrack` applies it to the samples of every engine.
    """

    name: str | None = None
    """The wire's name, such as `en-US-AvaNeural` or `alloy`."""

    language: str = "en-US"
    """A BCP 47 tag."""

    gender: Literal["female", "male"] = "female"

    rate: float = 1.0
    """Speed of speech, 0.5 to 2.0; 1.0 is the engine's own."""

    pitch: float = 1.0
    """Height of the voice, 0.5 to 2.0; 1.0 is the engine's own."""


@dataclass(frozen=True)
class Word:
    """A word and when it sounds, in milliseconds from the first sample of its text."""

    text: str
    start_ms: int
    duration_ms: int
    start_char: int
    """Index of the word's first character in the given text."""


@dataclass(frozen=True)
class Viseme:
    """A mouth shape (0 to 21, Azure's numbering) and when it begins."""

    viseme_id: int
    start_ms: int


@dataclass(frozen=True)
class Speech:
    """A stretch of synthesized sound, with the words and visemes that begin in it."""

    samples: FloatSamples
    """Mono, at the voice's own rate; nothing in the engine resamples them."""

    rate_hz: int
    """The voice's sampling rate, 8,000 to 48,000 Hz; the same for the whole text."""

    words: tuple[Word, ...] = ()
    visemes: tuple[Viseme, ...] = ()


@dataclass(frozen=True)
class Capabilities:
    """What an engine can do."""

    languages: frozenset[str]
    """Primary language subtags, such as `en`."""


class Synthesizer(Protocol):
    """A loaded engine, shared by all sessions."""

    name: str
    capabilities: Capabilities

    def speak(self, text: str, voice: VoiceRequest) -> Iterator[Speech]:
        """Turn a clause or a sentence into sound, in stretches of at most about a second.

        Closing the iterator stops the work. A text with nothing to pronounce yields nothing.

        Raises:
            EngineError: If the engine failed.

        """

    def close(self) -> None:
        """Free the engine."""
