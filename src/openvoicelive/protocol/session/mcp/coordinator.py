"""The MCP servers of a session: their tools, and the calls that the model makes of them.

A call begins in a response, but the tool runs after it: the response that made the call ends, the tool runs,
or waits for approval first, and its result leads to the next response. Clients of the real service expect
this: they wait for `response.done` before they look for the result of the call.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import server_events, work
from openvoicelive.protocol.server_events import ServerEvent, WarningDetails
from openvoicelive.protocol.session.items import (
    FunctionCallItem,
    Item,
    McpApprovalResponseItem,
    McpCallError,
    McpListToolsItem,
)
from openvoicelive.protocol.session.mcp.call import CANCELLED, McpCall, McpCallState
from openvoicelive.protocol.session.mcp.lists import ToolLists
from openvoicelive.protocol.session.mcp.server import Tool
from openvoicelive.protocol.session.response import Response
from openvoicelive.protocol.session.response_options import EffectiveOptions
from openvoicelive.protocol.session.state import Output, SessionState

# Calls that run or wait for approval at once.
MAX_OPEN_CALLS = 32

TOO_MANY = McpCallError(code="too_many_mcp_calls", message="Too many calls are open.")


@dataclass
class _OpenCall:
    """A call that runs or waits for approval."""

    call: McpCall
    options: EffectiveOptions | None
    """Those of the answer to the result. If None, the result gets no answer without a request."""


class Mcp:
    """Lists the tools of servers and runs tool calls."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._next_answer = state.next_answer
        self.lists = ToolLists()
        self._open: dict[str, _OpenCall] = {}

    # --- lists ---

    def configure(self, tools: tuple[Tool, ...]) -> Iterator[Output]:
        """Take the tools of a session update, with their secrets, and list the tools of new servers."""
        before = self.lists.labels
        new = self.lists.update(tools)
        labels = self.lists.labels | {server.server_label for server in new}
        if before - labels:
            yield work.KeepServers(labels)
        for server in new:
            item = McpListToolsItem(id=self._state.new_id("item"), server_label=server.server_label)
            self.lists.ask(item.id, server)
            yield self._created(item)
            yield server_events.McpListToolsInProgress(item_id=item.id)
            yield work.ListTools(item.id, server)

    def listed(self, report: work.ToolsListed) -> Iterator[Output]:
        """Take a server's tools."""
        known = self.lists.find(report.item_id)
        if known is None:
            return
        known.listed(report.tools)
        self._state.conversation.replace(
            McpListToolsItem(id=known.item_id, server_label=known.server.server_label, tools=known.tools)
        )
        yield server_events.McpListToolsCompleted(item_id=known.item_id)

    def not_listed(self, report: work.ToolListFailed) -> Iterator[Output]:
        """Note that a list failed. The event has no field for the reason, so a warning gives it."""
        known = self.lists.find(report.item_id)
        if known is None:
            return
        known.failed()
        yield server_events.McpListToolsFailed(item_id=known.item_id)
        yield server_events.Warning(
            warning=WarningDetails(code=report.code, message=report.message, param="session.tools")
        )

    # --- calls ---

    def begin(self, response: Response) -> Iterator[Output]:
        """Run the calls of a response that is over, or ask for approval."""
        mixed = any(isinstance(item, FunctionCallItem) for item in response.output)
        for call in response.mcp_calls:
            # A client that owes the output of a function asks for the answer itself.
            self._open[call.item_id] = _OpenCall(call, None if mixed else response.options)
            if len(self._open) > MAX_OPEN_CALLS:
                yield call.run()
                yield from self._over(call, call.fail(TOO_MANY))
            elif call.target.needs_approval:
                request = call.ask(self._state.new_id("item"))
                self._state.conversation.replace(call.item())
                yield self._created(request)
            else:
                yield from self._run(call)

    def decide(self, approval: McpApprovalResponseItem) -> Iterator[Output]:
        """Run a call that was approved; end one that was denied."""
        call = self.awaiting(approval.approval_request_id)
        self._next_answer.approval_decided()
        if approval.approve:
            yield from self._run(call)
        else:
            yield from self._over(call, call.deny())

    def awaiting(self, approval_request_id: str) -> McpCall:
        """Return the call that waits for this approval.

        Raises:
            InvalidRequest: If none does.

        """
        for opened in self._open.values():
            call = opened.call
            if (
                call.state is McpCallState.AWAITING_APPROVAL
                and call.approval_request_id == approval_request_id
            ):
                return call
        raise InvalidRequest(
            "invalid_approval_request_id",
            f"No call waits for approval {approval_request_id!r}.",
            param="item.approval_request_id",
        )

    def called(self, report: work.ToolCalled) -> Iterator[Output]:
        """Take the result of a tool."""
        opened = self._open.get(report.item_id)
        if opened is not None:
            yield from self._over(opened.call, opened.call.complete(report.output))

    def failed(self, report: work.ToolCallFailed) -> Iterator[Output]:
        """Note that a tool failed."""
        opened = self._open.get(report.item_id)
        if opened is not None:
            error = McpCallError(code=report.code, message=report.message)
            yield from self._over(opened.call, opened.call.fail(error))

    def stop(self, response_id: str | None) -> Iterator[Output]:
        """Stop the running calls of one response, or all; their results get no answer."""
        for call in self._running(response_id):
            yield work.StopCall(call.item_id)
            self._open[call.item_id].options = None
            yield from self._over(call, call.fail(CANCELLED))

    def runs(self, response_id: str | None) -> bool:
        """Whether a call of this response runs, or any call."""
        return bool(self._running(response_id))

    def _run(self, call: McpCall) -> Iterator[Output]:
        yield call.run()
        server, name = call.target.server, call.target.name
        yield work.CallTool(call.item_id, server, name, call.arguments)

    def _over(self, call: McpCall, events: Iterator[ServerEvent]) -> Iterator[Output]:
        yield from events
        self._state.conversation.replace(call.item())
        options = self._open.pop(call.item_id).options
        if options is not None:
            self._next_answer.tool_call_over(options.after_tools())

    def _running(self, response_id: str | None) -> list[McpCall]:
        calls = (opened.call for opened in self._open.values())
        return [
            call
            for call in calls
            if call.state is McpCallState.RUNNING and response_id in {None, call.response_id}
        ]

    def _created(self, item: Item) -> ServerEvent:
        return server_events.ItemCreated(previous_item_id=self._state.conversation.insert(item), item=item)
