"""One call of a client's function, while the model writes its arguments."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from openvoicelive.protocol import server_events as say
from openvoicelive.protocol.server_events import ServerEvent
from openvoicelive.protocol.session.items import FunctionCallItem, ItemStatus


class CallState(StrEnum):
    """How far a call is."""

    NAMED = "named"
    WRITING = "writing"
    WHOLE = "whole"
    CUT_OFF = "cut off"


NEXT_CALL_STATE = {
    CallState.NAMED: {
        "write": CallState.WRITING,
        "finish": CallState.WHOLE,
        "cut": CallState.CUT_OFF,
    },
    CallState.WRITING: {
        "write": CallState.WRITING,
        "finish": CallState.WHOLE,
        "cut": CallState.CUT_OFF,
    },
    CallState.WHOLE: {},
    CallState.CUT_OFF: {},
}


@dataclass
class FunctionCall:
    """Collects the arguments, and says on the wire how they grow and how they end."""

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
        return say.FunctionCallArgumentsDelta(
            response_id=self.response_id,
            item_id=self.item_id,
            output_index=self.output_index,
            call_id=self.call_id,
            delta=delta,
        )

    def done(self, status: ItemStatus) -> Iterator[ServerEvent]:
        """Close the call; only one that is whole has final arguments, for clients act on those."""
        if status == "completed":
            if self.state is CallState.NAMED:
                # Clients wait for at least one delta, and a call without arguments has an empty object.
                yield self.wrote("{}")
            self._fire("finish")
            yield say.FunctionCallArgumentsDone(
                response_id=self.response_id,
                item_id=self.item_id,
                output_index=self.output_index,
                call_id=self.call_id,
                name=self.name,
                arguments=self.arguments,
            )
        else:
            self._fire("cut")
        yield say.OutputItemDone(
            response_id=self.response_id, output_index=self.output_index, item=self.item(status)
        )

    def _fire(self, step: str) -> None:
        self.state = NEXT_CALL_STATE[self.state][step]
