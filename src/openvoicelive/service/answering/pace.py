"""How far a reply runs ahead of what the client plays."""

import asyncio

# The sound of a reply goes out at most this far ahead of real time. More would be wasted when the user
# interrupts, and the service could not interrupt an answer that it has sent as a whole.
LEAD_S = 2.0

# Reports of a reply that may wait at each step on their way to the session. In a trial without this limit, a
# fast synthesizer filled the inbox, and a client's cancel waited 304 ms. With two it waited 4 ms.
STRETCHES_AHEAD = 2


class Pace:
    """The pace of one session's replies, one after the other."""

    def __init__(self, lead_s: float = LEAD_S) -> None:
        self._lead_s = lead_s
        self._slots = asyncio.Semaphore(STRETCHES_AHEAD)
        self._reply_until_s = 0.0
        self._playing_until_s = 0.0

    @property
    def is_playing(self) -> bool:
        """Whether a client that plays what it is sent still has something to play."""
        return self._now_s() < self._playing_until_s

    def begin_reply(self) -> None:
        """Begin a reply, which has a lead of its own."""
        self._reply_until_s = self._now_s()

    async def wait(self, sound_ms: float) -> None:
        """Wait until the reply's next report, with this much sound, may go to the session.

        Call `report_is_sent` when the session has dealt with it.
        """
        if sound_ms:
            now_s = self._now_s()
            self._reply_until_s = max(self._reply_until_s, now_s) + sound_ms / 1000
            # The client plays a reply after the one before. If nothing stops it, it is done by then.
            self._playing_until_s = max(self._playing_until_s, now_s) + sound_ms / 1000
            ahead_s = self._reply_until_s - now_s - self._lead_s
            if ahead_s > 0:
                await asyncio.sleep(ahead_s)
        await self._slots.acquire()

    def report_is_sent(self) -> None:
        """Let the next report follow: the events of one are in the outbox."""
        self._slots.release()

    def flush(self) -> None:
        """Note that the client plays nothing any more of what it was sent."""
        self._playing_until_s = 0.0

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()
