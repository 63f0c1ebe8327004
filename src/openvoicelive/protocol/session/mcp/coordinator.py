"""The MCP servers of a session: their tools, and the calls that the model makes of them.

A call begins in a response, but the tool runs after it: the response that made the call ends, the tool is
asked for approval or runs, and its answer is the occasion of the next response. So clients of the real
service expect it: they wait for `response.done` before they look for what became of the call.
"""

from collections.abc import Iterator
from dataclasses import replace

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import server_events as say
from openvoicelive.protocol import work
from openvoicelive.protocol.server_events import ServerEvent, WarningDetails
from openvoicelive.protocol.session.items import (
    FunctionCallItem,
    FunctionCallOutputItem,
    Item,
    McpApprovalResponseItem,
    McpCallError,
    McpListToolsItem,
    MessageItem,
)
from openvoicelive.protocol.session.mcp.call import CANCELLED, McpCall, McpCallState
from openvoicelive.protocol.session.mcp.lists import ToolLists
from openvoicelive.protocol.session.mcp.server import Tool
from openvoicelive.protocol.session.response import Response
from openvoicelive.protocol.session.response_options import EffectiveOptions
from openvoicelive.protocol.session.state import Output, SessionState

# Calls that run or wait for approval at once.
MAX_OPEN_CALLS = 32
# Answers in a row that the user did not ask for: a model may call tools in circles.
MAX_ROUNDS = 16

TOO_MANY = McpCallError(code="too_many_mcp_calls", message="Too many calls are open.")


class Mcp:
    """Asks servers for their tools, lets tools run, and knows when the model must hear what they answered."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self.lists = ToolLists()
        self._calls: dict[str, McpCall] = {}
        # With which options the model is to go on when a call of the response is over; None: the client asks.
        self._options: dict[str, EffectiveOptions | None] = {}
        self._owed: EffectiveOptions | None = None
        self._rounds = 0
        # Many clients ask for an answer after each call, as they must with functions.
        self._expected_requests = 0

    # --- lists ---

    def configure(self, tools: tuple[Tool, ...]) -> Iterator[Output]:
        """Take the tools of a session update, secrets and all; ask the servers that are new."""
        before = self.lists.labels
        new = self.lists.update(tools)
        labels = self.lists.labels | {server.server_label for server in new}
        if before - labels:
            yield work.KeepServers(labels)
        for server in new:
            item = McpListToolsItem(id=self._state.new_id("item"), server_label=server.server_label)
            self.lists.ask(item.id, server)
            yield self._created(item)
            yield say.McpListToolsInProgress(item_id=item.id)
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
        yield say.McpListToolsCompleted(item_id=known.item_id)

    def not_listed(self, report: work.ToolListFailed) -> Iterator[Output]:
        """Do without a server; the event has no room for the reason, so a warning gives it."""
        known = self.lists.find(report.item_id)
        if known is None:
            return
        known.failed()
        yield say.McpListToolsFailed(item_id=known.item_id)
        yield say.Warning(
            warning=WarningDetails(code=report.code, message=report.message, param="session.tools")
        )

    # --- calls ---

    def begin(self, response: Response) -> Iterator[Output]:
        """Let the calls of a response that is over run, or ask whether they may."""
        mixed = any(isinstance(item, FunctionCallItem) for item in response.output)
        for call in response.mcp_calls:
            self._calls[call.item_id] = call
            # A client that owes the output of a function asks for the answer itself.
            self._options[call.item_id] = None if mixed else response.options
            if len(self._calls) > MAX_OPEN_CALLS:
                yield call.run()
                yield from self._over(call, call.fail(TOO_MANY))
            elif call.target.needs_approval:
                request = call.ask(self._state.new_id("item"))
                self._state.conversation.replace(call.item())
                yield self._created(request)
            else:
                yield from self._run(call)

    def answer(self, approval: McpApprovalResponseItem) -> Iterator[Output]:
        """Run a call that is allowed; end one that is not."""
        call = self.awaiting(approval.approval_request_id)
        self._rounds = 0
        if approval.approve:
            yield from self._run(call)
        else:
            yield from self._over(call, call.deny())

    def awaiting(self, approval_request_id: str) -> McpCall:
        """Return the call that waits for an approval.

        Raises:
            InvalidRequest: If none does.

        """
        for call in self._calls.values():
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
        """Take what a tool has answered."""
        call = self._calls.get(report.item_id)
        if call is not None:
            yield from self._over(call, call.complete(report.output))

    def failed(self, report: work.ToolCallFailed) -> Iterator[Output]:
        """Note that a tool brought nothing."""
        call = self._calls.get(report.item_id)
        if call is not None:
            error = McpCallError(code=report.code, message=report.message)
            yield from self._over(call, call.fail(error))

    def stop(self, response_id: str | None) -> Iterator[Output]:
        """Stop the calls that run, or those of one response; nothing is answered to them."""
        for call in self._running(response_id):
            yield work.StopCall(call.item_id)
            self._options[call.item_id] = None
            yield from self._over(call, call.fail(CANCELLED))

    def runs(self, response_id: str | None) -> bool:
        """Whether any call runs, or one of a response."""
        return bool(self._running(response_id))

    # --- answers ---

    def take_owed(self) -> EffectiveOptions | None:
        """Return the options of an answer to what tools have said, when all that ran have; once."""
        if self._owed is None or self.runs(None) or self._rounds >= MAX_ROUNDS:
            return None
        owed, self._owed = self._owed, None
        self._rounds += 1
        return owed

    def answered(self, *, unasked: bool) -> None:
        """Note that a response begins, in which the model sees all that tools have said by now."""
        self._owed = None
        if not unasked:
            self._rounds = 0
            self._expected_requests = 0

    def drop_owed(self) -> None:
        """Forget an answer that is owed, for the user speaks."""
        self._owed = None
        self._rounds = 0
        self._expected_requests = 0

    def absorbs_request(self) -> bool:
        """Whether a request for an answer asks for one that comes, or came, unasked; once for each call.

        What a client has put into the conversation since then wants an answer of its own.
        """
        *_, newest = (None, *self._state.conversation)
        if isinstance(newest, FunctionCallOutputItem) or (
            isinstance(newest, MessageItem) and newest.role != "assistant"
        ):
            self._expected_requests = 0
        elif self._rounds >= MAX_ROUNDS and self._owed is not None:
            # Nothing comes unasked any more.
            self._expected_requests = 0
        absorbed = self._expected_requests > 0
        self._expected_requests -= absorbed
        return absorbed

    def _run(self, call: McpCall) -> Iterator[Output]:
        yield call.run()
        server, name = call.target.server, call.target.name
        yield work.CallTool(call.item_id, server, name, call.arguments)

    def _over(self, call: McpCall, events: Iterator[ServerEvent]) -> Iterator[Output]:
        yield from events
        self._state.conversation.replace(call.item())
        del self._calls[call.item_id]
        options = self._options.pop(call.item_id)
        if options is not None:
            # What had to be called was called; asked again, the model would call for ever.
            forced = options.tool_choice not in {"auto", "none"}
            self._owed = replace(options, tool_choice="auto") if forced else options
            self._expected_requests += 1

    def _running(self, response_id: str | None) -> list[McpCall]:
        running = (call for call in self._calls.values() if call.state is McpCallState.RUNNING)
        return [call for call in running if response_id in {None, call.response_id}]

    def _created(self, item: Item) -> ServerEvent:
        return say.ItemCreated(previous_item_id=self._state.conversation.insert(item), item=item)
