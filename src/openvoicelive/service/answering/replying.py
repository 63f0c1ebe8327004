"""Performs a session's orders to answer: at most one answer and one draft at a time."""

import asyncio
from collections.abc import Callable

from openvoicelive.protocol import work
from openvoicelive.protocol.work import DropSpeculativeReply, Reply, SpeculativeReply, StopReply
from openvoicelive.service.answering.answer import AHEAD, Answer
from openvoicelive.service.engines import Engines

# Sound goes out at most so far ahead of real time. More would be spoken for nothing when the user interrupts,
# and an answer that is sent as a whole at once could not be interrupted by the service at all.
LEAD_S = 2.0


class Replying:
    """Gives the reports of answers to the session, no faster than they can be heard."""

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
        self._lead_s = lead_s
        self._draft: Answer | None = None
        self._answers: dict[str, tuple[Answer, asyncio.Task[None]]] = {}
        self._room = asyncio.Semaphore(AHEAD)
        self._heard_until_s = 0.0

    def perform(self, order: SpeculativeReply | DropSpeculativeReply | Reply | StopReply) -> None:
        """Begin or stop an answer; waits for nothing."""
        match order:
            case SpeculativeReply(response_id, request):
                if not _is_for(self._draft, response_id, request):
                    self._drop_draft()
                    self._draft = Answer(response_id, request, self._engines, self._tasks)
            case DropSpeculativeReply():
                self._drop_draft()
            case Reply(response_id, request):
                answer = self._draft_for(response_id, request) or Answer(
                    response_id, request, self._engines, self._tasks
                )
                self._answers[response_id] = (answer, self._tasks.create_task(self._forward(answer)))
            case StopReply(response_id):
                self._stop(response_id)

    def performed(self) -> None:
        """Note that a report of an answer has been dealt with, up to the wire."""
        self._room.release()

    @property
    def is_heard(self) -> bool:
        """Whether a client that plays what it is sent still has something to play."""
        return asyncio.get_running_loop().time() < self._heard_until_s

    def _draft_for(self, response_id: str, request: work.ReplyRequest) -> Answer | None:
        """Take over the draft if it answers this; else drop it."""
        if not _is_for(self._draft, response_id, request):
            self._drop_draft()
        draft, self._draft = self._draft, None
        return draft

    def _drop_draft(self) -> None:
        if self._draft is not None:
            self._draft.stop()
            self._draft = None

    def _stop(self, response_id: str) -> None:
        if self._draft is not None and self._draft.response_id == response_id:
            self._drop_draft()
        answer, task = self._answers.pop(response_id, (None, None))
        if answer is not None and task is not None:
            answer.stop()
            task.cancel()
            self._heard_until_s = 0.0

    async def _forward(self, answer: Answer) -> None:
        clock = asyncio.get_running_loop().time
        heard_until_s = clock()
        while True:
            report = await answer.take()
            if isinstance(report, work.Spoke):
                # The sound that was sent will have been played by then, if nothing stops it.
                heard_until_s = max(heard_until_s, clock()) + report.duration_ms / 1000
                self._heard_until_s = heard_until_s
                ahead_s = heard_until_s - clock() - self._lead_s
                if ahead_s > 0:
                    await asyncio.sleep(ahead_s)
            await self._room.acquire()
            self._report(report)
            if isinstance(report, work.ReplyEnded | work.ReplyFailed):
                self._answers.pop(answer.response_id, None)
                return


def _is_for(draft: Answer | None, response_id: str, request: work.ReplyRequest) -> bool:
    return draft is not None and (draft.response_id, draft.request) == (response_id, request)
