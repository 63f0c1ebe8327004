"""One call of an MCP server's tool, from its first argument to its result."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from openvoicelive.protocol import server_events
from openvoicelive.protocol.server_events import ServerEvent
from openvoicelive.protocol.session.items import (
    FunctionCallItem,
    FunctionCallOutputItem,
    Item,
    ItemStatus,
    McpApprovalRequestItem,
    McpApprovalResponseItem,
    McpCallError,
    McpCallItem,
    McpListToolsItem,
)
from openvoicelive.protocol.session.mcp.lists import McpTarget

DENIED = McpCallError(code="mcp_call_denied", message="The user did not allow this call.")
CANCELLED = McpCallError(code="mcp_call_cancelled", message="The call was cancelled.")


class McpCallState(StrEnum):
    """The progress of a call."""

    NAMED = "named"
    WRITING = "writing"
    CALLED = "called"
    AWAITING_APPROVAL = "awaiting approval"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    DENIED = "denied"
    CUT_OFF = "cut off"


NEXT_MCP_CALL_STATE = {
    McpCallState.NAMED: {
        "write": McpCallState.WRITING,
        "finish": McpCallState.CALLED,
        "cut": McpCallState.CUT_OFF,
    },
    McpCallState.WRITING: {
        "write": McpCallState.WRITING,
        "finish": McpCallState.CALLED,
        "cut": McpCallState.CUT_OFF,
    },
    McpCallState.CALLED: {
        "ask": McpCallState.AWAITING_APPROVAL,
        "run": McpCallState.RUNNING,
        "cut": McpCallState.CUT_OFF,
    },
    McpCallState.AWAITING_APPROVAL: {
        "run": McpCallState.RUNNING,
        "deny": McpCallState.DENIED,
    },
    McpCallState.RUNNING: {
        "complete": McpCallState.COMPLETED,
        "fail": McpCallState.FAILED,
    },
    McpCallState.COMPLETED: {},
    McpCallState.FAILED: {},
    McpCallState.DENIED: {},
    McpCallState.CUT_OFF: {},
}


@dataclass
class McpCall:
    """Collects the arguments and the result of a call and builds the events about it."""

    response_id: str
    item_id: str
    output_index: int
    call_id: str
    target: McpTarget
    state: McpCallState = McpCallState.NAMED
    approval_request_id: str | None = None
    output: str | None = None
    error: McpCallError | None = None
    _arguments: list[str] = field(default_factory=list)

    @property
    def arguments(self) -> str:
        """The arguments so far, as the model generated them: JSON."""
        return "".join(self._arguments)

    def item(self, _: ItemStatus | None = None) -> McpCallItem:
        """Return the conversation item in its present state; it has no status."""
        return McpCallItem(
            id=self.item_id,
            server_label=self.target.server.server_label,
            name=self.target.name,
            arguments=self.arguments,
            approval_request_id=self.approval_request_id,
            output=self.output,
            error=self.error,
        )

    def wrote(self, delta: str) -> ServerEvent:
        """Add to the arguments."""
        self._fire("write")
        self._arguments.append(delta)
        return server_events.McpCallArgumentsDelta(
            response_id=self.response_id, item_id=self.item_id, output_index=self.output_index, delta=delta
        )

    def done(self, status: ItemStatus) -> Iterator[ServerEvent]:
        """Close the arguments; the item is done when the tool has a result."""
        if status != "completed":
            yield from self.cut()
            return
        if self.state is McpCallState.NAMED:
            yield self.wrote("{}")
        self._fire("finish")
        yield server_events.McpCallArgumentsDone(
            response_id=self.response_id,
            item_id=self.item_id,
            output_index=self.output_index,
            arguments=self.arguments,
        )

    def cut(self) -> Iterator[ServerEvent]:
        """End a call that will not run, because its response did not complete."""
        self._fire("cut")
        self.error = CANCELLED
        yield self._item_done()

    def ask(self, approval_request_id: str) -> McpApprovalRequestItem:
        """Return the item that asks for approval."""
        self._fire("ask")
        self.approval_request_id = approval_request_id
        return McpApprovalRequestItem(
            id=approval_request_id,
            server_label=self.target.server.server_label,
            name=self.target.name,
            arguments=self.arguments,
        )

    def run(self) -> ServerEvent:
        """Note that the tool runs."""
        self._fire("run")
        return server_events.McpCallInProgress(item_id=self.item_id, output_index=self.output_index)

    def complete(self, output: str) -> Iterator[ServerEvent]:
        """Take the tool's result."""
        self._fire("complete")
        self.output = output
        yield server_events.McpCallCompleted(item_id=self.item_id, output_index=self.output_index)
        yield self._item_done()

    def fail(self, error: McpCallError) -> Iterator[ServerEvent]:
        """Note that the tool failed."""
        yield from self._over("fail", error)

    def deny(self) -> Iterator[ServerEvent]:
        """Note that the call was denied."""
        yield from self._over("deny", DENIED)

    def _over(self, step: str, error: McpCallError) -> Iterator[ServerEvent]:
        self._fire(step)
        self.error = error
        yield server_events.McpCallFailed(item_id=self.item_id, output_index=self.output_index)
        yield self._item_done()

    def _item_done(self) -> ServerEvent:
        return server_events.OutputItemDone(
            response_id=self.response_id, output_index=self.output_index, item=self.item()
        )

    def _fire(self, step: str) -> None:
        self.state = NEXT_MCP_CALL_STATE[self.state][step]


def as_functions(items: Iterable[Item], targets: Mapping[str, McpTarget]) -> tuple[Item, ...]:
    """Return the items for a chat model, which knows only function calls: MCP calls become such calls.

    A call without a result has no output, like the call of a function that the client has not answered.
    """
    names = {(target.server.server_label, target.name): name for name, target in targets.items()}
    converted: list[Item] = []
    outputs: list[Item] = []
    for item in items:
        if isinstance(item, McpCallItem):
            name = names.get((item.server_label, item.name), item.name)
            call = FunctionCallItem(id=item.id, name=name, call_id=item.id, arguments=item.arguments)
            converted.append(call)
            answer = item.error.message if item.error else item.output
            if answer is not None:
                # Calls that were made together come first, then their outputs.
                outputs.append(FunctionCallOutputItem(call_id=item.id, output=answer))
        elif not isinstance(item, McpListToolsItem | McpApprovalRequestItem | McpApprovalResponseItem):
            converted += outputs
            outputs = []
            converted.append(item)
    return (*converted, *outputs)
