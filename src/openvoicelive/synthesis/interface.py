"""What every speech synthesis engine offers.

Calls are synchronous and may take long; the service makes them in the synthesis executor.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]
"""Mono sound at the engine's own rate."""


@dataclass(frozen=True)
class VoiceRequest:
    """The voice that a session asked for; an engine takes the nearest that it has."""

    name: str | None = None
    """The wire's name, such as `en-US-AvaNeural` or `alloy`."""

    language: str = "en-US"
    """A BCP 47 tag."""

    gender: Literal["female", "male"] = "female"

    rate: float = 1.0
    """Speed of speech, 0.5 to 2.0; 1.0 is the engine's own."""

    pitch: float = 1.0
    """Height of the voice, 0.5 to 2.0; 1.0 is the engine's own."""

    volume: float = 1.0
    """Loudness, 0.0 to 2.0; 1.0 is the engine's own."""


@dataclass(frozen=True)
class Word:
    """A word and when it sounds, counted from the first sample of the text it belongs to."""

    text: str
    start_ms: int
    duration_ms: int
    start_char: int
    """Where the word begins in the text that was given."""


@dataclass(frozen=True)
class Viseme:
    """A shape of the mouth (0 to 21, Azure's numbering) and when it begins."""

    viseme_id: int
    start_ms: int


@dataclass(frozen=True)
class Speech:
    """A stretch of synthesised sound, with the words and visemes that begin in it."""

    samples: Samples
    words: tuple[Word, ...] = ()
    visemes: tuple[Viseme, ...] = ()


@dataclass(frozen=True)
class Capabilities:
    """What an engine can do."""

    rate_hz: int
    languages: frozenset[str]
    """Primary language subtags, such as `en`."""


class Synthesizer(Protocol):
    """A loaded engine, shared by all sessions."""

    name: str
    capabilities: Capabilities

    def speak(self, text: str, voice: VoiceRequest) -> Iterator[Speech]:
        """Turn a clause or a sentence into sound, in stretches of at most about a second.

        An abandoned iterator stops the work. A text without anything to pronounce yields nothing.

        Raises:
            EngineError: If the engine failed.

        """

    def close(self) -> None:
        """Free the engine."""
