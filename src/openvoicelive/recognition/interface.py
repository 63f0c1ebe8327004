"""What every speech recognition engine offers.

A model is shared, an utterance is not: loading, threads and memory belong to the `Recognizer`, the sound of
one person speaking once to an `Utterance`. All calls are synchronous and may take long; the service makes
them in the recognition executor, for one utterance never two at once.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
"""Mono sound, 16 kHz, -1.0 to 1.0."""

RECOGNITION_RATE_HZ = 16_000


@dataclass(frozen=True)
class Capabilities:
    """What an engine can do."""

    languages: frozenset[str]
    """Primary language subtags, such as `en`."""

    hears_phrases: bool = False
    """Whether a list of likely phrases is used."""


class Utterance(Protocol):
    """One person speaking once."""

    def hear(self, samples: Samples) -> None:
        """Take the next stretch of sound; an engine may recognise already what later sound does not change.

        Raises:
            EngineError: If the engine failed.

        """

    def transcript(self) -> str:
        """Say what has been heard so far.

        May be called more than once, with more sound in between. Empty when nothing was understood.

        Raises:
            EngineError: If the engine failed.

        """


class Recognizer(Protocol):
    """A loaded engine, shared by all sessions."""

    name: str
    capabilities: Capabilities

    def start(self, *, language: str | None = None, phrases: tuple[str, ...] = ()) -> Utterance:
        """Begin an utterance in a language (a BCP 47 tag; None is the engine's own choice)."""

    def close(self) -> None:
        """Free the model."""
