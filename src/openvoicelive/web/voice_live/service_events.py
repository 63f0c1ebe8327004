"""What a page needs of a Voice Live service's events.

Not the SDK's models: one of those costs some 30 µs for each audio event, msgspec and pybase64 cost 1.5 µs.
"""

from typing import Any

import msgspec
import pybase64

from openvoicelive.web.page.problems import Problem

AUDIO_DELTA = "response.audio.delta"


class ServiceError(msgspec.Struct, frozen=True):
    """The `error` of a server event or of a failed response."""

    message: str = "The service reported an error without saying which."
    code: str | None = None
    type: str | None = None
    param: str | None = None
    event_id: str | None = None

    def problem(self, code: str) -> Problem:
        """Return what to tell the user; `error_code` in it is for whoever reads the app's log."""
        return Problem.of(code, reason=self.message, error_code=self.code or self.type or "unknown")


class StatusDetails(msgspec.Struct, frozen=True):
    """Why a response ended as it did."""

    reason: str | None = None
    error: ServiceError | None = None


class Response(msgspec.Struct, frozen=True):
    """What a page needs of a response."""

    id: str = ""
    status: str = ""
    status_details: StatusDetails | None = None


class ServerEvent(msgspec.Struct, gc=False):
    """What a page needs of a server event; one struct for all, since most are sound and must be cheap."""

    type: str
    response_id: str | None = None
    item_id: str | None = None
    delta: Any = None
    transcript: str | None = None
    text: str | None = None
    audio_start_ms: int = 0
    audio_end_ms: int = 0
    audio_offset_ms: int = 0
    audio_duration_ms: int = 0
    response: Response | None = None
    error: ServiceError | None = None
    warning: ServiceError | None = None

    @property
    def sound(self) -> bytes:
        """The PCM16 of an audio delta, which `decode_event` has decoded."""
        return bytes(self.delta)


_decode = msgspec.json.Decoder(ServerEvent).decode


def decode_event(text: bytes) -> ServerEvent | None:
    """Return the event; `None` for a message that is none."""
    try:
        event = _decode(text)
        if event.type == AUDIO_DELTA:
            event.delta = pybase64.b64decode(event.delta)
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError):
        return None
    return event
