"""What a session does when something happens to its MCP servers and their tools."""

from collections.abc import Iterator

from openvoicelive.protocol import client_events as client
from openvoicelive.protocol import work
from openvoicelive.protocol.session.answering import Answering
from openvoicelive.protocol.session.item_events import ItemEvents
from openvoicelive.protocol.session.items import McpApprovalResponseItem
from openvoicelive.protocol.session.mcp.coordinator import Mcp
from openvoicelive.protocol.session.state import Handlers, Output


class McpEvents:
    """Tells the calls what happened, and lets the model answer where that is owed."""

    def __init__(self, mcp: Mcp, items: ItemEvents, answering: Answering) -> None:
        self._mcp = mcp
        self._items = items
        self._answering = answering

    @property
    def handlers(self) -> Handlers:
        """Handlers by type of input; built anew, because a stored one would be a reference cycle."""
        return {
            client.ConversationItemCreate: self._on_item_create,
            work.ToolsListed: self._mcp.listed,
            work.ToolListFailed: self._mcp.not_listed,
            work.ToolCalled: self._on_called,
            work.ToolCallFailed: self._on_call_failed,
        }

    def _on_item_create(self, event: client.ConversationItemCreate) -> Iterator[Output]:
        """Put an item into the conversation; an approval also decides about a call."""
        item = event.item
        if not isinstance(item, McpApprovalResponseItem):
            yield from self._items.insert(item, event.previous_item_id)
            return
        self._mcp.awaiting(item.approval_request_id)
        yield from self._items.insert(item, event.previous_item_id)
        yield from self._mcp.answer(item)
        yield from self._answering.answer_if_wanted()

    def _on_called(self, report: work.ToolCalled) -> Iterator[Output]:
        yield from self._mcp.called(report)
        yield from self._answering.answer_if_wanted()

    def _on_call_failed(self, report: work.ToolCallFailed) -> Iterator[Output]:
        yield from self._mcp.failed(report)
        yield from self._answering.answer_if_wanted()
