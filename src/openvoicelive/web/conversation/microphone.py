"""The user's microphone on one connection: its sound, its mute, and turns that are held like a button."""

from contextlib import suppress
from functools import partial
from typing import Literal

from openvoicelive.web.conversation.muted_microphone import MutedMicrophone
from openvoicelive.web.conversation.turn_times import TurnTimes
from openvoicelive.web.voice_live.connection import Service
from openvoicelive.web.voice_live.failures import ServiceClosed

# Voice Live commits no less.
_LEAST_TURN_MS = 100

HeldTurn = Literal["begins", "ends", "is_empty"]


class Microphone:
    """Passes sound on, unless it is muted."""

    def __init__(self, service: Service, times: TurnTimes) -> None:
        self._service = service
        self._times = times
        self._muted = False
        self._silence = MutedMicrophone(partial(_send, service, times))
        self._push_to_talk = False
        self._held_from_ms: int | None = None

    @property
    def hears_speech(self) -> bool:
        """Whether the service has heard speech begin and not yet end."""
        return self._silence.hears_speech

    @hears_speech.setter
    def hears_speech(self, hears: bool) -> None:
        self._silence.hears_speech = hears
        if hears and self._muted:
            self._silence.begin()

    @property
    def push_to_talk(self) -> bool:
        """Whether it is the user who begins and ends turns: by being heard, and muted."""
        return self._push_to_talk

    @push_to_talk.setter
    def push_to_talk(self, on: bool) -> None:
        self._push_to_talk = on
        self._held_from_ms = None
        if on:
            self._silence.end()
            self._silence.hears_speech = False

    @property
    def is_held(self) -> bool:
        """Whether the user holds the turn."""
        return self._held_from_ms is not None

    async def append(self, pcm: bytes) -> None:
        """Send sound; dropped while muted."""
        if not self.try_append(pcm):
            with suppress(ServiceClosed):  # the receiving side reports it
                await _send(self._service, self._times, pcm)

    def try_append(self, pcm: bytes) -> bool:
        """Send sound at once; False if it must wait (`append`)."""
        if self._muted:
            return True
        if not self._service.try_append(pcm):
            return False
        self._times.heard(len(pcm))
        return True

    def mute(self, *, muted: bool) -> HeldTurn | None:
        """Note that it is off or on; returns what that means for a turn that is held.

        Without push-to-talk an utterance that was cut off comes to its end.
        """
        was_muted, self._muted = self._muted, muted
        if not self._push_to_talk:
            if muted:
                self._silence.begin()
            else:
                self._silence.end()
            return None
        if muted == was_muted:
            return None
        if not muted:
            self._held_from_ms = self._times.sent_ms
            return "begins"
        from_ms, self._held_from_ms = self._held_from_ms, None
        if from_ms is None:
            return None
        return "ends" if self._times.sent_ms - from_ms >= _LEAST_TURN_MS else "is_empty"

    def close(self) -> None:
        """Stop whatever goes on by itself."""
        self._silence.end()


async def _send(service: Service, times: TurnTimes, pcm: bytes) -> None:
    times.heard(len(pcm))
    await service.append(pcm)
