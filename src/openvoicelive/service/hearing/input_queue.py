"""What one session's hearing has to do, in order: the client's sound, and the session's orders."""

import asyncio

from openvoicelive.protocol.audio_formats import PCM16_RATE_HZ, AudioFormat
from openvoicelive.protocol.session.input_audio import MAX_SOUND_MS, ReceivedAudio
from openvoicelive.protocol.work import (
    ConfigureListening,
    HearingOrder,
    OwnVoice,
    OwnVoiceStopped,
    TranscribeAudio,
)
from openvoicelive.service.budget import Budget

MAX_WAITING_MS = MAX_SOUND_MS
"""Sound that waits to be heard, and the sound of items that wait. A client may send as much in many messages
as in one, and what it sends after them is still read."""

MAX_WAITING_APPENDS = MAX_WAITING_MS // 20
"""As many frames of 20 ms; so an append of a few bytes costs little more memory than they do."""

MAX_ORDERS = 64

_USUAL_FORMAT = AudioFormat("pcm16", PCM16_RATE_HZ)


class InputQueue:
    """A queue with one reader. The client's sound waits while it is full; the session's orders never wait.

    So the session can always act. Whoever lets it act on a client event that becomes an order waits first,
    with `room_for_order`. The assistant's own voice is limited by its pace, which is that of real time.
    """

    def __init__(self) -> None:
        self._received = ReceivedAudio()
        self._queue: asyncio.Queue[tuple[bytes | HearingOrder, Budget | None, int]] = asyncio.Queue()
        self._audio_budget = Budget(MAX_WAITING_APPENDS, MAX_WAITING_MS)
        self._order_budget = Budget(MAX_ORDERS, MAX_WAITING_MS)

    @property
    def received(self) -> ReceivedAudio:
        """How much sound has come."""
        return self._received

    async def append(self, audio: bytes) -> None:
        """Add sound of the client; waits while much waits.

        Raises:
            InvalidRequest: If the input format does not allow it.

        """
        self._received.require_valid(audio)
        waiting_ms = self._budget_ms(len(audio), self._received.audio_format)
        await self._audio_budget.acquire(waiting_ms)
        self._received.add(audio)
        self._queue.put_nowait((audio, self._audio_budget, waiting_ms))

    async def room_for_order(self, audio_bytes: int) -> None:
        """Wait while too many orders wait to add one with so much sound."""
        await self._order_budget.room_for(self._budget_ms(audio_bytes, self._received.audio_format))

    def order(self, order: HearingOrder) -> None:
        """Add an order of the session."""
        match order:
            case OwnVoice() | OwnVoiceStopped():
                self._queue.put_nowait((order, None, 0))
                return
            case ConfigureListening(audio_format):
                self._received.change_format(audio_format)
        audio_bytes = len(order.audio) if isinstance(order, TranscribeAudio) else 0
        waiting_ms = self._budget_ms(audio_bytes, self._received.audio_format)
        self._order_budget.take(waiting_ms)
        self._queue.put_nowait((order, self._order_budget, waiting_ms))

    async def get(self) -> bytes | HearingOrder:
        """Wait for what is to be done next."""
        entry, budget, waiting_ms = await self._queue.get()
        if budget is not None:
            budget.release(waiting_ms)
        return entry

    @staticmethod
    def _budget_ms(size_bytes: int, audio_format: AudioFormat) -> int:
        """Count sound at its duration, because the work depends on it.

        Sound of more bytes in a second than usual counts as if its bytes were of the usual format, so that
        `MAX_WAITING_MS` is never more than 15 MiB.
        """
        return max(audio_format.duration_ms(size_bytes), _USUAL_FORMAT.duration_ms(size_bytes))
