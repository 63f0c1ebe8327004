"""One call of a client's function, while the model generates its arguments."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from openvoicelive.protocol import server_events
from openvoicelive.protocol.server_events import ServerEvent
from openvoicelive.protocol.session.items import FunctionCallItem, ItemStatus


class CallState(StrEnum):
    """The progress of a call."""

    NAMED = "named"
    WRITING = "writing"
    COMPLETE = "complete"
    CUT_OFF = "cut off"


NEXT_CALL_STATE = {
    CallState.NAMED: {
        "write": CallState.WRITING,
        "finish": CallState.COMPLETE,
        "cut": CallState.CUT_OFF,
    },
    CallState.WRITING: {
        "write": CallState.WRITING,
        "finish": CallState.COMPLETE,
        "cut": CallState.CUT_OFF,
    },
    CallState.COMPLETE: {},
    CallState.CUT_OFF: {},
}


@dataclass
class FunctionCall:
    """Collects the arguments of a call and builds the events about it."""

    response_id: str
    item_id: str
    output_index: int
    call_id: str
    name: str
    state: CallState = CallState.NAMED
    _arguments: list[str] = field(default_factory=list)

    @property
    def arguments(self) -> str:
        """The arguments so far, JSON as the model wrote it."""
        return "".join(self._arguments)

    def item(self, status: ItemStatus) -> FunctionCallItem:
        """Return the conversation item in its present state."""
        return FunctionCallItem(
            id=self.item_id, status=status, name=self.name, call_id=self.call_id, arguments=self.arguments
        )

    def wrote(self, delta: str) -> ServerEvent:
        """Add to the arguments."""
        self._fire("write")
        self._arguments.append(delta)
        return server_events.FunctionCallArgumentsDelta(
            response_id=self.response_id,
            item_id=self.item_id,
            output_index=self.output_index,
            call_id=self.call_id,
            delta=delta,
        )

    def done(self, status: ItemStatus) -> Iterator[ServerEvent]:
        """Close the call. Only a complete call has final arguments, because clients act on them."""
        if status == "completed":
            if self.state is CallState.NAMED:
                # Clients wait for at least one delta, and a call without arguments has an empty object.
                yield self.wrote("{}")
            self._fire("finish")
            yield server_events.FunctionCallArgumentsDone(
                response_id=self.response_id,
                item_id=self.item_id,
                output_index=self.output_index,
                call_id=self.call_id,
                name=self.name,
                arguments=self.arguments,
            )
        else:
            self._fire("cut")
        yield server_events.OutputItemDone(
            response_id=self.response_id, output_index=self.output_index, item=self.item(status)
        )

    def _fire(self, step: str) -> None:
        self.state = NEXT_CALL_STATE[self.state][step]
