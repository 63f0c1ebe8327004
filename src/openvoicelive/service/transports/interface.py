"""What a transport offers: the peer of one conversation, which delivers events and takes events.

A peer paces itself. A WebSocket's `send` waits while the client is slow. A peer of a telephone or of WebRTC
plays sound in real time: it buffers what it is sent, `flush_audio` empties its buffer, and it reports in
`AudioPlayed` how much of an item it has played.
"""

from dataclasses import dataclass
from typing import Protocol

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol.client_events import ClientEvent
from openvoicelive.protocol.server_events import ServerEvent
from openvoicelive.protocol.work import AudioPlayed

PeerInput = ClientEvent | InvalidRequest | AudioPlayed
"""A client's event, the reason why a message is none, or a report of the peer itself."""


@dataclass(frozen=True)
class Received:
    """One input of a peer."""

    input: PeerInput
    size_bytes: int
    """Of the message that it came in."""


class Peer(Protocol):
    """The other side of one conversation. Each method is called by one task."""

    async def receive(self) -> Received | None:
        """Wait for the next input; None after the other side has closed."""

    async def send(self, event: ServerEvent) -> None:
        """Send an event, after all that was sent before.

        Raises:
            OSError: If the connection is lost.

        """

    async def flush_audio(self) -> None:
        """Drop the sound that was sent and is not played yet.

        Does nothing if the client plays the sound: the events tell it when to stop.

        Raises:
            OSError: If the connection is lost.

        """

    async def close(self, code: int, reason: str) -> None:
        """Close, after all that was sent before, with a WebSocket's close code or what it means here.

        Raises:
            OSError: If the connection is lost.

        """
