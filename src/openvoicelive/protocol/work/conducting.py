"""The order to whoever conducts a session, and what it reports."""

from dataclasses import dataclass

# --- orders ---


@dataclass(frozen=True)
class Close:
    """Close the connection after what was said before."""

    code: int
    reason: str


# --- reports ---


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
