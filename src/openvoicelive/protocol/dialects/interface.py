"""What a dialect is: it reads what a client of its family writes, and writes what a session says to it.

A session knows the events, items and options of `openvoicelive.protocol`, and no wire. A dialect knows how
they look on one: names, shapes, defaults by API version, what is refused and what is only tolerated. There is
an object for each connection, so a dialect may remember what its client was told, or which of two spellings
it uses. It neither waits nor knows the time.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from openvoicelive.protocol.client_events import ClientEvent
from openvoicelive.protocol.configuration import SessionConfiguration
from openvoicelive.protocol.options import Agent
from openvoicelive.protocol.server_events import ServerEvent
from openvoicelive.protocol.session.mcp.server import Tool
from openvoicelive.protocol.voices import Voice

# 15 MiB of sound in base64, and what is around it.
MAX_MESSAGE_BYTES = 21 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class SessionStart:
    """What the service decides about a session, before its client has said anything."""

    session_id: str
    model: str
    voice: Voice
    instructions: str
    expires_at: int
    """In seconds since the epoch."""
    greeting: str | None = None
    """Said first, without being asked."""
    agent: Agent | None = None
    tools: tuple[Tool, ...] = ()


class Dialect(Protocol):
    """How the events of one connection look on the wire."""

    def begin(self, start: SessionStart) -> SessionConfiguration:
        """Return the options with which a session begins: what is given, and the dialect's defaults.

        To be called once, before anything is read or written.
        """

    def decode(self, text: str | bytes) -> Generator[None, None, ClientEvent]:
        """Read one message of at most `MAX_MESSAGE_BYTES`.

        It is read in steps: between two of them, each of a few ms, the caller may do something else.

        Raises:
            InvalidRequest: In the dialect's words, with the path of the field that is wrong and the
                client's `event_id`, if it has one.

        """

    def encode(self, event: ServerEvent) -> Sequence[str]:
        """Write one event of the session: as one message, as several, or as none.

        The `param` of an error is a path in the options and items of `openvoicelive.protocol`. A dialect that
        names a field differently writes the path that its client knows.

        Each call gives new ids, so an event is written once, in the order in which the session said it.
        """
