"""Sorts what a client sends: its sound goes to hearing, everything else to the session.

So control never waits behind sound that is still to be heard. Two rules keep the order where it matters:

* Sound waits until the session has handled all client events before it. So a commit, a clear or a change of
  the input format applies to exactly the sound that was sent before it.
* An event that becomes an order to hearing waits while too many such orders wait.
"""

from collections.abc import Iterable

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import client_events as client
from openvoicelive.protocol.session.items import ClientItem, InputAudioPart, MessageItem
from openvoicelive.service.conversations.inbox import Inbox
from openvoicelive.service.hearing.input_queue import InputQueue
from openvoicelive.service.transports.interface import PeerInput, Received


class Intake:
    """Takes the events of one client, in order; one task may call it."""

    def __init__(self, inbox: Inbox, audio: InputQueue) -> None:
        self._inbox = inbox
        self._audio = audio

    async def take(self, received: Received) -> None:
        """Take the peer's next input; waits while too much waits."""
        if isinstance(received.input, client.InputAudioBufferAppend):
            await self._append(received.input, received.size_bytes)
            return
        ordered_bytes = _ordered_audio_bytes(received.input)
        if ordered_bytes is not None:
            await self._inbox.all_handled()
            await self._audio.room_for_order(ordered_bytes)
        await self._inbox.put(received.input, received.size_bytes)

    async def _append(self, event: client.InputAudioBufferAppend, size_bytes: int) -> None:
        await self._inbox.all_handled()
        try:
            await self._audio.append(event.audio)
        except InvalidRequest as error:
            error.event_id = event.event_id
            await self._inbox.put(error, size_bytes)


def _ordered_audio_bytes(input: PeerInput) -> int | None:
    """Return the size of the sound in the order that hearing may get; None if it gets none."""
    match input:
        case (
            client.SessionUpdate()
            | client.InputAudioBufferCommit()
            | client.InputAudioBufferClear()
            | client.InputAudioTurnStart()
        ):
            return 0
        case client.ConversationItemCreate(item=item):
            return _audio_bytes((item,)) or None
        case client.ResponseCreate(response=client.ResponseOptions(append_input_items=items)):
            return _audio_bytes(items or ()) or None
        case _:
            return None


def _audio_bytes(items: Iterable[ClientItem]) -> int:
    return sum(
        len(part.audio)
        for item in items
        if isinstance(item, MessageItem)
        for part in item.content
        if isinstance(part, InputAudioPart) and isinstance(part.audio, bytes)
    )
