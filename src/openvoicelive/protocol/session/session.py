"""A session: client events and reports in, server events and orders out, in the order they must happen.

Nothing here waits, sends or knows the time. The conductor gives each input to `Session.receive` and performs
each output before the next. A recorded list of inputs therefore replays the session exactly.

An input is handled in two phases. A part's `handle` is a plain function that validates: it may raise
`InvalidRequest`, and changes nothing. It returns a generator that applies the input and cannot be refused.
"""

from collections.abc import Iterator
from typing import assert_never

from msgspec import UnsetType

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import client_events as client
from openvoicelive.protocol import configuration, server_events, voices, work
from openvoicelive.protocol.client_events import ControlEvent
from openvoicelive.protocol.configuration import SessionConfiguration, SessionOptions
from openvoicelive.protocol.ids import NewId
from openvoicelive.protocol.server_events import WarningDetails, error_event
from openvoicelive.protocol.session.answering import Answering, AnsweringInput
from openvoicelive.protocol.session.hearing import Hearing, HearingInput
from openvoicelive.protocol.session.item_events import ItemEvents, ItemInput
from openvoicelive.protocol.session.mcp.coordinator import Mcp
from openvoicelive.protocol.session.mcp.events import McpEvents, McpInput
from openvoicelive.protocol.session.state import Output, SessionState
from openvoicelive.protocol.work import Report

Input = ControlEvent | Report | InvalidRequest

SessionInput = client.SessionUpdate | work.ConductingReport | InvalidRequest
"""The inputs that `Session` handles itself."""


class Session:
    """One connection: gives each input to the part that handles it."""

    def __init__(
        self,
        options: SessionConfiguration,
        *,
        new_id: NewId,
        refusal: InvalidRequest | None = None,
    ) -> None:
        """Begin with these options; with a `refusal`, the session only reports it and closes."""
        self._refusal = refusal
        self._state = SessionState(options, new_id, conversation_id=new_id("conv"))
        self._items = ItemEvents(self._state)
        self._mcp = Mcp(self._state)
        self._answering = Answering(self._state, self._items, self._mcp)
        self._hearing = Hearing(self._state, self._answering)
        self._greeting = options.greeting
        self._default_instructions = options.instructions
        self._mcp_events = McpEvents(self._mcp, self._items, self._answering)

    @property
    def id(self) -> str:
        """The session's id, as its client and the log show it."""
        return self._state.configuration.id

    def start(self) -> Iterator[Output]:
        """Begin the session: call this once, before `receive`."""
        yield server_events.SessionCreated(session=self._state.configuration)
        if self._refusal is None:
            yield from self._hearing.configure()
        else:
            yield error_event(self._refusal.code, str(self._refusal))
            yield work.Close(1008, self._refusal.code)

    def receive(self, input: Input) -> Iterator[Output]:
        """Handle one input and yield what follows. A refused client event changes nothing."""
        try:
            outputs = self._handle(input)
        except InvalidRequest as error:
            event_id = getattr(input, "event_id", None)
            outputs = iter([error_event(error.code, str(error), param=error.param, event_id=event_id)])
        yield from outputs

    def _handle(self, input: Input) -> Iterator[Output]:
        if isinstance(input, HearingInput):
            return self._hearing.handle(input)
        if isinstance(input, AnsweringInput):
            return self._answering.handle(input)
        if isinstance(input, ItemInput):
            return self._items.handle(input)
        if isinstance(input, McpInput):
            return self._mcp_events.handle(input)
        return self._handle_own(input)

    def _handle_own(self, input: SessionInput) -> Iterator[Output]:
        match input:
            case client.SessionUpdate():
                return self._on_session_update(input)
            case InvalidRequest():
                return self._on_refused(input)
            case work.SessionExpired():
                return self._on_expired()
            case work.Draining(ends_in_s):
                return self._on_draining(ends_in_s)
            case work.Drained():
                return self._on_drained()
            case never:
                assert_never(never)

    def _on_session_update(self, event: client.SessionUpdate) -> Iterator[Output]:
        if event.session.tools:
            # Each new MCP server is an item.
            self._state.conversation.require_room()
        merged = configuration.merge(
            self._state.configuration,
            event.session,
            default_instructions=self._default_instructions,
            has_spoken=self._answering.has_spoken,
            has_listened=self._state.received_ms > 0,
        )
        return self._update(merged, event.session)

    def _update(self, merged: SessionConfiguration, changes: SessionOptions) -> Iterator[Output]:
        old_voice = self._state.configuration.voice
        self._state.configuration = merged
        yield from self._hearing.configure()
        yield server_events.SessionUpdated(session=self._state.configuration)
        voice = self._state.configuration.voice
        if voice != old_voice and not voices.is_known(voice):
            message = f"There is no voice {voices.name_of(voice)!r}; the nearest one speaks."
            warning = WarningDetails(code="voice_not_found", message=message, param="session.voice")
            yield server_events.Warning(warning=warning)
        if not isinstance(changes.tools, UnsetType):
            yield from self._mcp.configure(changes.tools or ())
        yield from self._greet()
        yield from self._answering.answer_what_is_due()

    def _greet(self) -> Iterator[Output]:
        """Let an agent speak first, after its client has configured the session."""
        greeting, self._greeting = self._greeting, None
        if greeting and not self._state.next_answer.is_active:
            yield from self._answering.speak(greeting)

    def _on_refused(self, error: InvalidRequest) -> Iterator[Output]:
        # Raised again, the error would be in a reference cycle: its traceback holds the frame that holds it.
        yield error_event(error.code, str(error), param=error.param, event_id=error.event_id)

    def _on_expired(self) -> Iterator[Output]:
        yield error_event("session_expired", "The session has reached its time limit.", type="server_error")
        yield work.Close(1001, "session_expired")

    def _on_draining(self, ends_in_s: float) -> Iterator[Output]:
        message = (
            f"The service is being updated: this session ends in {ends_in_s:.0f} s. Connect again to go on."
        )
        yield server_events.Warning(warning=WarningDetails(code="service_restarting", message=message))

    def _on_drained(self) -> Iterator[Output]:
        message = "The service is being updated, so the session has ended. Connect again to go on."
        yield error_event("service_restarting", message, type="server_error")
        # 1012, Service Restart: https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number
        yield work.Close(1012, "service_restarting")
