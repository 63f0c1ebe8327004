"""The protocol's events as a page may see them: without sound, without secrets."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from openvoicelive.web.page.messages import Direction, Event

_MOST_BYTES = 32 * 1024
_HIDDEN = "[hidden]"
# Where the wire has sound in base64; a `delta` is sound only in this event.
_SOUND_FIELDS = {"response.audio.delta": "delta", "input_audio_buffer.append": "audio"}
_SECRET_FIELDS = frozenset(
    {"authorization", "headers", "api_key", "api-key", "access_token", "client_secret", "password"}
)


class EventWatch:
    """Tells each event that passes, as long as a page wants to see them.

    `secrets` are never told, wherever they stand; instructions only with `shows_instructions`.
    """

    def __init__(
        self,
        tell: Callable[[Event], None],
        clock: Callable[[], float],
        *,
        secrets: tuple[str, ...],
        shows_instructions: bool,
    ) -> None:
        self._tell = tell
        self._clock = clock
        self._began_s = clock()
        self._secrets = tuple(secret for secret in secrets if secret)
        self._shows_instructions = shows_instructions

    def sent(self, event: Mapping[str, Any]) -> None:
        """Tell an event of ours."""
        self._show("sent", event)

    def sent_sound(self, size_bytes: int) -> None:
        """Tell that microphone sound was sent."""
        self._show("sent", {"type": "input_audio_buffer.append", "audio": {"audio_bytes": size_bytes}})

    def received(self, message: bytes) -> None:
        """Tell an event of the service; what is not JSON, or too deep, is left out."""
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            event = msgspec.json.decode(message)
            if isinstance(event, dict):
                self._show("received", event)

    def _show(self, direction: Direction, event: Mapping[str, Any]) -> None:
        kind = event.get("type")
        shown = {
            name: _without_sound(value) if name == _SOUND_FIELDS.get(str(kind)) else self._redact(name, value)
            for name, value in event.items()
        }
        text = msgspec.json.encode(shown)
        for secret in self._secrets:
            text = text.replace(msgspec.json.encode(secret)[1:-1], _HIDDEN.encode())
        if len(text) > _MOST_BYTES:
            text = msgspec.json.encode(
                {"type": kind, "event_id": event.get("event_id"), "too_large_bytes": len(text)}
            )
        at_ms = round((self._clock() - self._began_s) * 1000)
        self._tell(Event(direction=direction, at_ms=at_ms, event=msgspec.Raw(text)))

    def _redact(self, name: str, value: Any) -> Any:
        if value is None:
            return None
        if name.lower() in _SECRET_FIELDS or (name == "instructions" and not self._shows_instructions):
            return _HIDDEN
        if isinstance(value, dict):
            # What an agent, or the operator, has said to the model beside the instructions.
            if value.get("role") == "system" and not self._shows_instructions:
                return {**value, "content": _HIDDEN}
            return {str(key): self._redact(str(key), inner) for key, inner in value.items()}
        return [self._redact("", inner) for inner in value] if isinstance(value, list) else value


def _without_sound(base64: object) -> object:
    if not isinstance(base64, str):
        return base64
    return {"audio_bytes": len(base64) * 3 // 4 - base64[-2:].count("=")}
