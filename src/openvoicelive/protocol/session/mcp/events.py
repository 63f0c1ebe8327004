"""Inputs about MCP servers: lists, results and approvals."""

from collections.abc import Iterator
from typing import assert_never

from openvoicelive.protocol import client_events as client
from openvoicelive.protocol import work
from openvoicelive.protocol.session.answering import Answering
from openvoicelive.protocol.session.item_events import ItemEvents
from openvoicelive.protocol.session.items import McpApprovalResponseItem
from openvoicelive.protocol.session.mcp.coordinator import Mcp
from openvoicelive.protocol.session.state import Output

McpInput = client.ConversationItemCreate | work.ToolReport
"""The inputs that `McpEvents` handles; an item that a client creates may be an approval."""


class McpEvents:
    """Passes inputs on to the calls, and then answers what is due."""

    def __init__(self, mcp: Mcp, items: ItemEvents, answering: Answering) -> None:
        self._mcp = mcp
        self._items = items
        self._answering = answering

    def handle(self, input: McpInput) -> Iterator[Output]:
        """Validate an input, and return the generator that applies it.

        Raises:
            InvalidRequest: If a client event is refused; then nothing has changed.

        """
        match input:
            case client.ConversationItemCreate():
                return self._on_item_create(input)
            case work.ToolsListed():
                return self._mcp.listed(input)
            case work.ToolListFailed():
                return self._mcp.not_listed(input)
            case work.ToolCalled():
                return self._then_answer(self._mcp.called(input))
            case work.ToolCallFailed():
                return self._then_answer(self._mcp.failed(input))
            case never:
                assert_never(never)

    def _on_item_create(self, event: client.ConversationItemCreate) -> Iterator[Output]:
        """Insert an item into the conversation; an approval also decides about a call."""
        item = event.item
        if isinstance(item, McpApprovalResponseItem):
            self._mcp.awaiting(item.approval_request_id)
        self._items.require_insertable([item], event.previous_item_id)
        outputs = self._items.insert(item, event.previous_item_id)
        return self._approve(item, outputs) if isinstance(item, McpApprovalResponseItem) else outputs

    def _approve(self, approval: McpApprovalResponseItem, outputs: Iterator[Output]) -> Iterator[Output]:
        yield from outputs
        yield from self._then_answer(self._mcp.decide(approval))

    def _then_answer(self, outputs: Iterator[Output]) -> Iterator[Output]:
        yield from outputs
        yield from self._answering.answer_what_is_due()
