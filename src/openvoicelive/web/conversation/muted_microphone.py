"""Silence in place of a muted microphone, so that the service is not left waiting in mid-utterance."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from openvoicelive.web.page.messages import BYTES_PER_MS
from openvoicelive.web.voice_live.failures import ServiceClosed

_STEP_MS = 100
# A service that hears nothing waits for the end of the utterance. Silence for longer than
# `silence_duration_ms` ends it, also when its speech_started was still to come; semantic detectors wait
# longer, so go on while the service hears speech.
_LEAST_MS = 1_200
_MOST_MS = 6_000


class MutedMicrophone:
    """Sends silence after a mute until the utterance that it cut off has ended."""

    def __init__(self, append: Callable[[bytes], Awaitable[None]]) -> None:
        self._append = append
        self._task: asyncio.Task[None] | None = None
        self.hears_speech = False
        """Whether the service has heard speech begin and not yet end."""

    def begin(self) -> None:
        """Send silence, unless it is being sent already."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._send())

    def end(self) -> None:
        """Stop at once: the microphone is on again, or the conversation is over."""
        if self._task:
            self._task.cancel()

    async def _send(self) -> None:
        step = bytes(_STEP_MS * BYTES_PER_MS)
        with suppress(ServiceClosed):  # the receiving side reports it
            for sent_ms in range(0, _MOST_MS, _STEP_MS):
                if sent_ms >= _LEAST_MS and not self.hears_speech:
                    return
                await self._append(step)
                await asyncio.sleep(_STEP_MS / 1000)  # the pace of the microphone that it stands in for
