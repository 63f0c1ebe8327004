"""A session: client events and reports in, server events and orders out, in the order they must happen.

Nothing here waits, sends or knows the time. The conductor gives each input to `Session.receive` and performs
each output before the next; so a recorded list of inputs replays the session exactly.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from msgspec import UnsetType

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import client_events as client
from openvoicelive.protocol import configuration, voices, work
from openvoicelive.protocol import server_events as say
from openvoicelive.protocol.client_events import ControlEvent
from openvoicelive.protocol.configuration import SessionConfiguration
from openvoicelive.protocol.ids import NewId
from openvoicelive.protocol.server_events import WarningDetails, error_event
from openvoicelive.protocol.session.answering import Answering
from openvoicelive.protocol.session.hearing import Hearing
from openvoicelive.protocol.session.item_events import ItemEvents
from openvoicelive.protocol.session.mcp.coordinator import Mcp
from openvoicelive.protocol.session.mcp.events import McpEvents
from openvoicelive.protocol.session.state import Handlers, Output, SessionState
from openvoicelive.protocol.work import Report

Input = ControlEvent | Report | InvalidRequest


class Session:
    """One connection: gives each input to the part that takes it."""

    def __init__(
        self,
        options: SessionConfiguration,
        *,
        new_id: NewId,
        refusal: InvalidRequest | None = None,
    ) -> None:
        """Begin with options in force; a session with a `refusal` only says so and closes."""
        self._refusal = refusal
        self._state = SessionState(options, new_id, conversation_id=new_id("conv"))
        self._items = ItemEvents(self._state)
        self._mcp = Mcp(self._state)
        self._answering = Answering(self._state, self._items, self._mcp)
        self._hearing = Hearing(self._state, self._answering)
        self._greeting = options.greeting
        self._default_instructions = options.instructions
        self._handlers_of_parts: Handlers = {
            **self._items.handlers,
            **self._answering.handlers,
            **self._hearing.handlers,
            # Some of the client's items are approvals.
            **McpEvents(self._mcp, self._items, self._answering).handlers,
        }

    @property
    def id(self) -> str:
        """The name of the session, which its client and the log know."""
        return self._state.configuration.id

    def start(self) -> Iterator[Output]:
        """Say hello; to be called once, before anything is received."""
        yield say.SessionCreated(session=self._state.configuration)
        if self._refusal is None:
            yield self._hearing.configure()
        else:
            yield error_event(self._refusal.code, str(self._refusal))
            yield work.Close(1008, self._refusal.code)

    def receive(self, input: Input) -> Iterator[Output]:
        """Take one input, yield what follows from it. A refused client event changes nothing."""
        try:
            yield from self._outputs(input)
        except InvalidRequest as error:
            event_id = getattr(input, "event_id", None)
            yield error_event(error.code, str(error), param=error.param, event_id=event_id)

    def _outputs(self, input: Input) -> Iterator[Output]:
        own_handler = self._HANDLERS.get(type(input))
        if own_handler is not None:
            return own_handler(self, input)
        return self._handlers_of_parts[type(input)](input)

    def _on_session_update(self, event: client.SessionUpdate) -> Iterator[Output]:
        if event.session.tools:
            # Each new MCP server is an item.
            self._state.conversation.require_room()
        before = self._hearing.configure()
        old_voice = self._state.configuration.voice
        self._state.configuration = configuration.merge(
            self._state.configuration,
            event.session,
            default_instructions=self._default_instructions,
            has_spoken=self._answering.has_spoken,
            has_listened=self._state.received_ms > 0,
        )
        after = self._hearing.configure()
        if before != after:
            yield after
        yield say.SessionUpdated(session=self._state.configuration)
        voice = self._state.configuration.voice
        if voice != old_voice and not voices.is_known(voice):
            message = f"There is no voice {voices.name_of(voice)!r}; the nearest one speaks."
            warning = WarningDetails(code="voice_not_found", message=message, param="session.voice")
            yield say.Warning(warning=warning)
        if not isinstance(event.session.tools, UnsetType):
            yield from self._mcp.configure(event.session.tools or ())
        yield from self._greet()

    def _greet(self) -> Iterator[Output]:
        """Let an agent speak first, once its client has said how it wants to hear it."""
        greeting, self._greeting = self._greeting, None
        if greeting and not self._answering.busy:
            yield from self._answering.say(greeting)

    def _on_refused(self, error: InvalidRequest) -> Iterator[Output]:
        # Not raised again: a frame that holds the error whose traceback holds the frame is a reference cycle.
        yield error_event(error.code, str(error), param=error.param, event_id=error.event_id)

    def _on_expired(self, _: work.SessionExpired) -> Iterator[Output]:
        yield error_event("session_expired", "The session has reached its time limit.", type="server_error")
        yield work.Close(1001, "session_expired")

    def _on_draining(self, draining: work.Draining) -> Iterator[Output]:
        message = (
            f"The service is being updated: this session ends in {draining.ends_in_s:.0f} s. "
            "Connect again to go on."
        )
        yield say.Warning(warning=WarningDetails(code="service_restarting", message=message))

    def _on_drained(self, _: work.Drained) -> Iterator[Output]:
        message = "The service is being updated, so the session has ended. Connect again to go on."
        yield error_event("service_restarting", message, type="server_error")
        # 1012, Service Restart: https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number
        yield work.Close(1012, "service_restarting")

    # Not bound to the instance, which would then hold itself.
    _HANDLERS: ClassVar[Mapping[type, Callable[["Session", Any], Iterator[Output]]]] = {
        client.SessionUpdate: _on_session_update,
        InvalidRequest: _on_refused,
        work.SessionExpired: _on_expired,
        work.Draining: _on_draining,
        work.Drained: _on_drained,
    }
