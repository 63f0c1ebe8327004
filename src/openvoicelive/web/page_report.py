"""What one page is told about its conversation, in order and without waiting."""

import logging
from collections.abc import Callable

from openvoicelive.web.messages import Level, Log, State, Status, ToPage

logger = logging.getLogger(__name__)

_MESSAGES: dict[State, str] = {
    "starting": "Connecting to the service.",
    "ready": "Session ready. You can start speaking now.",
    "listening": "Listening.",
    "processing": "Thinking.",
    "assistant_speaking": "The assistant is speaking. Speak, or press Stop speaking, to interrupt.",
    "stopped": "Session stopped.",
}


class PageReport:
    """The conversation's state, and the way to tell it."""

    def __init__(self, tell: Callable[[ToPage | bytes], None]) -> None:
        self.tell = tell
        self.state: State = "idle"
        self.connected = False
        self._last_error: str | None = None

    def become(self, state: State, message: str | None = None) -> None:
        """Enter a state."""
        self.state = state
        self.tell(
            Status(
                state=state,
                message=message or _MESSAGES[state],
                connected=self.connected,
                last_error=self._last_error,
            )
        )

    def busy(self, pause_s: float) -> None:
        """Say that the service takes nobody for the moment, and when it is asked again."""
        self.become("starting", f"The service is busy. Trying again in {max(1.0, pause_s):.0f} s.")

    def error(self, message: str) -> None:
        """Show an error; the conversation goes on if it can."""
        self._last_error = message
        self.log("error", message)
        self.become("error", message)

    def end(self, message: str) -> None:
        """Show why the conversation ended, with the error that led there."""
        self.connected = False
        self.error(f"{self._last_error} {message}" if self.state == "error" else message)

    def log(self, level: Level, message: str) -> None:
        """Tell developers, on the page and in the app's log."""
        logger.log(logging.getLevelNamesMapping()[level.upper()], "%s", message)
        self.tell(Log(level=level, msg=message))
