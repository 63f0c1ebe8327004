"""A task group that leaves no reference cycles: what a conversation held is freed the moment it ends.

An exception holds its traceback, a traceback holds frames, and a frame holds its variables. If one of these
frames can reach the exception, that is a cycle, and it keeps all that the conversation held. Python's garbage
collector finds it late, because we let it run rarely (`serving/server.py`).
"""

import asyncio
from collections.abc import Coroutine, Generator
from contextvars import Context
from types import TracebackType
from typing import Any, TypeVar

Result = TypeVar("Result")


class TaskGroup(asyncio.TaskGroup):
    """asyncio's, whose cancelled tasks and own errors keep no frames."""

    def create_task(
        self,
        coro: Generator[Any, None, Result] | Coroutine[Any, Any, Result],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[Result]:
        """Begin a task; the group waits for it."""
        task = super().create_task(coro, name=name, context=context)
        task.add_done_callback(forget_cancellation)
        return task

    async def __aexit__(
        self,
        et: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Wait for all tasks.

        Raises:
            BaseExceptionGroup: If tasks failed.

        """
        try:
            await super().__aexit__(et, exc, tb)
        except BaseException as error:  # noqa: BLE001 - every error is raised again
            # Before Python 3.13.1 asyncio's frame, which the traceback would hold, holds the error:
            # https://github.com/python/cpython/issues/124958.
            raise error.with_traceback(tb if error is exc else None)  # noqa: B904 - it is the same error
        finally:
            del exc, tb


def forget_cancellation(task: asyncio.Future[Any]) -> None:
    """Let a cancelled task forget its error: it keeps it until somebody asks for it, and nobody may ask."""
    if task.cancelled():
        try:
            task.exception()
        except asyncio.CancelledError:
            return
