"""Orders to the conductor and the peer of a session, and what they report."""

from dataclasses import dataclass

# --- orders ---


@dataclass(frozen=True)
class Close:
    """Close the connection after what was said before."""

    code: int
    reason: str


@dataclass(frozen=True)
class FlushAudio:
    """Drop the sound that was sent and is not played yet; peers that play it themselves keep some."""


# --- reports ---


@dataclass(frozen=True)
class AudioPlayed:
    """How much of an answer's sound the peer has played; only some peers know."""

    item_id: str
    until_ms: int
    """From the beginning of the item's sound."""


@dataclass(frozen=True)
class SessionExpired:
    """The session has lasted as long as it may."""


@dataclass(frozen=True)
class Draining:
    """The program is about to end; the session may go on for so long."""

    ends_in_s: float


@dataclass(frozen=True)
class Drained:
    """The session has lasted as long as a program that is about to end lets it."""


ConductingReport = SessionExpired | Draining | Drained
