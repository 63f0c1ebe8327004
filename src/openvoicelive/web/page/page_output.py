"""What one browser is sent: messages and sound in order, counted and recorded."""

import msgspec

from openvoicelive.serving.draining import Draining
from openvoicelive.web.conversation.session_record import SessionRecord
from openvoicelive.web.page.measurements import Measurements
from openvoicelive.web.page.messages import (
    Control,
    Event,
    Log,
    Metrics,
    State,
    Status,
    ToPage,
    encode_to_page,
)
from openvoicelive.web.page.outbox import Outbox
from openvoicelive.web.page.problems import Problem


class PageOutput:
    """Encodes messages for one page and puts them into its outbox; no method waits."""

    def __init__(self, outbox: Outbox, measurements: Measurements, draining: Draining) -> None:
        self._outbox = outbox
        self._measurements = measurements
        self._draining = draining
        self._status: Status | None = None

        self.record: SessionRecord | None = None
        """The record of the conversation that runs, if one does."""

    def tell(self, message: ToPage | bytes) -> None:
        """Send a message, or PCM16 sound. Events are left out if the browser reads too slowly for them."""
        if isinstance(message, bytes):
            self._measurements.frames_down += 1
            self._outbox.put_sound(message)
            return
        if isinstance(message, Control):
            self._outbox.drop_sound()
        elif isinstance(message, Event):
            if not self._outbox.has_room:
                return
        elif isinstance(message, Metrics) and self.record:
            self.record.turn(message)
        elif isinstance(message, Status):
            if message.state == "error" and self.record:
                self.record.trouble(message.code or "unknown")
            self._status = message
            message = self._with_notice(message)
        self._outbox.put_text(encode_to_page(message))

    def log(self, sentence: str) -> None:
        """Send a warning for a developer."""
        self.tell(Log(level="warning", msg=sentence))

    def tell_end(self, state: State, problem: Problem) -> None:
        """Send that there is no session, or no longer, and why."""
        self.tell(
            Status(
                state=state,
                message=problem.sentence,
                connected=False,
                last_error=problem.sentence if state == "error" else None,
                code=problem.code,
                values=problem.values,
            )
        )

    def repeat_status(self) -> None:
        """Send the last status again, because the server has begun to drain and the status says so."""
        if self._status:
            self._outbox.put_text(encode_to_page(self._with_notice(self._status)))

    def _with_notice(self, status: Status) -> Status:
        """Add the time that is left to the status of a session that goes on while the server drains."""
        if not self._draining.is_on or not status.connected:
            return status
        notice = Problem.of("draining_soon", seconds=round(self._draining.ends_in_s))
        return msgspec.structs.replace(
            status,
            message=f"{status.message} {notice.sentence}".strip(),
            code=status.code or notice.code,
            values=status.values or notice.values,
        )
