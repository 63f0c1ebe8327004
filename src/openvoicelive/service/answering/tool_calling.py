"""Performs a session's orders to list and call tools of MCP servers, each in a task with a deadline."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, assert_never

from openvoicelive.errors import EngineError
from openvoicelive.protocol import work
from openvoicelive.protocol.work import CallTool, KeepServers, ListTools, StopCall
from openvoicelive.tools.interface import ToolServers

log = logging.getLogger(__name__)

LIST_DEADLINE_S = 20.0
# People in a conversation do not wait longer for an answer.
CALL_DEADLINE_S = 30.0
TIMEOUT = "mcp_timeout"


class ToolCalling:
    """Reports the servers' results to the session. Every order that is not stopped ends in a report."""

    def __init__(
        self,
        servers: ToolServers,
        report: Callable[[work.Report], None],
        tasks: asyncio.TaskGroup,
        *,
        list_deadline_s: float = LIST_DEADLINE_S,
        call_deadline_s: float = CALL_DEADLINE_S,
    ) -> None:
        self._servers = servers
        self._report = report
        self._tasks = tasks
        self._list_deadline_s = list_deadline_s
        self._call_deadline_s = call_deadline_s
        self._lists: dict[str, asyncio.Task[None]] = {}
        self._calls: dict[str, asyncio.Task[None]] = {}

    def perform(self, order: ListTools | KeepServers | CallTool | StopCall) -> None:
        """Begin or stop a call, without waiting."""
        match order:
            case ListTools(_, server):
                self._stop_listing(server.server_label)
                self._lists[server.server_label] = self._tasks.create_task(self._list(order))
            case KeepServers(labels):
                for label in self._lists.keys() - labels:
                    self._stop_listing(label)
                self._servers.keep(labels)
            case CallTool(item_id):
                task = self._tasks.create_task(self._call(order))
                self._calls[item_id] = task
                task.add_done_callback(lambda _: self._calls.pop(item_id, None))
            case StopCall(item_id):
                if item_id in self._calls:
                    self._calls[item_id].cancel()
            case never:
                assert_never(never)

    def _stop_listing(self, label: str) -> None:
        listing = self._lists.pop(label, None)
        if listing is not None:
            listing.cancel()

    async def _list(self, order: ListTools) -> None:
        async def listed() -> work.Report:
            return work.ToolsListed(order.item_id, await self._servers.list_tools(order.server))

        def failed(code: str, message: str) -> work.Report:
            return work.ToolListFailed(order.item_id, code, message)

        who = f"The MCP server {order.server.server_label!r}"
        await self._reported(listed(), failed, self._list_deadline_s, who)

    async def _call(self, order: CallTool) -> None:
        async def called() -> work.Report:
            output = await self._servers.call(order.server, order.name, order.arguments)
            return work.ToolCalled(order.item_id, output)

        def failed(code: str, message: str) -> work.Report:
            return work.ToolCallFailed(order.item_id, code, message)

        await self._reported(called(), failed, self._call_deadline_s, f"The tool {order.name!r}")

    async def _reported(
        self,
        work_done: Coroutine[Any, Any, work.Report],
        failed: Callable[[str, str], work.Report],
        deadline_s: float,
        who: str,
    ) -> None:
        try:
            async with asyncio.timeout(deadline_s):
                report = await work_done
        except EngineError as error:
            report = failed(error.code, str(error))
        except TimeoutError:
            report = failed(TIMEOUT, f"{who} did not answer in {deadline_s:g} seconds.")
        except Exception:
            log.exception("An MCP server's answer could not be used")
            report = failed("internal_error", f"{who} failed.")
        self._report(report)
