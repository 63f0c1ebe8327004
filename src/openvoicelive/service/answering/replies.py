"""Performs a session's orders to reply: at most one reply and one speculative reply at a time."""

import asyncio
from collections.abc import Callable
from typing import assert_never

from openvoicelive.protocol import work
from openvoicelive.protocol.work import DropSpeculativeReply, Reply, SpeculativeReply, StopReply
from openvoicelive.service.answering.pace import LEAD_S, Pace
from openvoicelive.service.answering.reply_task import ReplyTask
from openvoicelive.service.engines import Engines


class Replies:
    """Reports replies to the session, no faster than the client plays them."""

    def __init__(
        self,
        engines: Engines,
        report: Callable[[work.Report], None],
        tasks: asyncio.TaskGroup,
        *,
        lead_s: float = LEAD_S,
    ) -> None:
        self._engines = engines
        self._report = report
        self._tasks = tasks
        self._pace = Pace(lead_s)
        self._speculative: ReplyTask | None = None
        self._running: dict[str, tuple[ReplyTask, asyncio.Task[None]]] = {}

    @property
    def is_playing(self) -> bool:
        """Whether a client that plays what it is sent still has something to play."""
        return self._pace.is_playing

    def perform(self, order: work.AnsweringOrder) -> None:
        """Begin or stop a reply, without waiting."""
        match order:
            case SpeculativeReply(response_id, request):
                if not _is_for(self._speculative, response_id, request):
                    self._drop_speculative()
                    self._speculative = self._begun(response_id, request)
            case DropSpeculativeReply():
                self._drop_speculative()
            case Reply(response_id, request):
                reply = self._take_speculative(response_id, request) or self._begun(response_id, request)
                self._pace.begin_reply()
                self._running[response_id] = (reply, self._tasks.create_task(self._report_all(reply)))
            case StopReply(response_id):
                self._stop(response_id)
            case never:
                assert_never(never)

    def flush(self) -> None:
        """Note that the client plays nothing more of what it was sent, also of replies that have ended."""
        self._pace.flush()

    def report_is_sent(self) -> None:
        """Let the next report follow: the session has dealt with one, and its events are in the outbox."""
        self._pace.report_is_sent()

    def _begun(self, response_id: str, request: work.ReplyRequest) -> ReplyTask:
        return ReplyTask(response_id, request, self._engines, self._tasks)

    def _take_speculative(self, response_id: str, request: work.ReplyRequest) -> ReplyTask | None:
        """Take over the speculative reply if it is this one. Otherwise stop it."""
        if not _is_for(self._speculative, response_id, request):
            self._drop_speculative()
        taken, self._speculative = self._speculative, None
        return taken

    def _drop_speculative(self) -> None:
        if self._speculative is not None:
            self._speculative.stop()
            self._speculative = None

    def _stop(self, response_id: str) -> None:
        if self._speculative is not None and self._speculative.response_id == response_id:
            self._drop_speculative()
        reply, task = self._running.pop(response_id, (None, None))
        if reply is not None and task is not None:
            reply.stop()
            task.cancel()
            self.flush()

    async def _report_all(self, reply: ReplyTask) -> None:
        while True:
            report = await reply.next_report()
            await self._pace.wait(report.duration_ms if isinstance(report, work.Spoke) else 0.0)
            self._report(report)
            if isinstance(report, work.ReplyEnded | work.ReplyFailed):
                self._running.pop(reply.response_id, None)
                return


def _is_for(reply: ReplyTask | None, response_id: str, request: work.ReplyRequest) -> bool:
    return reply is not None and (reply.response_id, reply.request) == (response_id, request)
