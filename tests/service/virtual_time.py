"""An event loop in which waiting takes no time: its clock jumps when nothing else is ready."""

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class NothingWillHappenError(AssertionError):
    """Everybody waits for somebody else."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Counts seconds from 0; the same program gives the same times in every run."""

    def __init__(self) -> None:
        self._now_s = 0.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self._now_s

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, work: Callable[[], Result]
    ) -> asyncio.Future[Result]:
        """Do the work here: a thread would take real time, in which no virtual time passes."""
        return asyncio.wrap_future((executor or InlineExecutor()).submit(work), loop=self)

    def jump(self, by_s: float) -> None:
        self._now_s += by_s

    @property
    def timers(self) -> set[asyncio.TimerHandle]:
        """All timers that run."""
        return {timer for timer in self._scheduled if not timer.cancelled()}  # type: ignore[attr-defined]

    def deadlock(self) -> NothingWillHappenError:
        waiting = sorted(str(task.get_coro()) for task in asyncio.all_tasks(self))
        return NothingWillHappenError(
            f"At {self._now_s:.3f} s nothing is ready and no timer runs; these wait for ever:\n"
            + "\n".join(waiting)
        )


class _JumpingSelector(selectors.DefaultSelector):
    """Never blocks: where the loop would sleep, the clock jumps."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[Any]:
        ready: list[Any] = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise self._loop.deadlock()
        self._loop.jump(timeout)
        return ready


class InlineExecutor(Executor):
    """Does the work where it is submitted, or a virtual time later, or never.

    `delays_s` are the times for one job each; when they are used up, `delay_s` is the time for each.
    """

    def __init__(self, delay_s: float = 0.0, *delays_s: float) -> None:
        self._delay_s = delay_s
        self._delays_s = list(delays_s)
        self.is_stuck = False
        self.submitted = 0

    def submit(
        self, work: Callable[Parameters, Result], /, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Future[Result]:
        job: Future[Result] = Future()
        job.set_running_or_notify_cancel()
        self.submitted += 1
        if self.is_stuck:
            return job

        def run() -> None:
            try:
                job.set_result(work(*args, **kwargs))
            except Exception as error:  # noqa: BLE001 - as every executor does
                job.set_exception(error)

        delay_s = self._delays_s.pop(0) if self._delays_s else self._delay_s
        if delay_s:
            asyncio.get_running_loop().call_later(delay_s, run)
        else:
            run()
        return job


class HeldExecutor(Executor):
    """Begins each job when a test says so, one after the other."""

    def __init__(self) -> None:
        self._held: list[Callable[[], None]] = []
        self._is_shut_down = False

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002
        """Take nothing more, as every executor does."""
        del wait, cancel_futures
        self._is_shut_down = True

    @property
    def held(self) -> int:
        """How many jobs were submitted and have not run."""
        return len(self._held)

    def submit(
        self, work: Callable[Parameters, Result], /, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Future[Result]:
        if self._is_shut_down:
            raise RuntimeError("cannot schedule new futures after shutdown")
        job: Future[Result] = Future()

        def run() -> None:
            if not job.set_running_or_notify_cancel():
                return
            try:
                job.set_result(work(*args, **kwargs))
            except Exception as error:  # noqa: BLE001 - as every executor does
                job.set_exception(error)

        self._held.append(run)
        return job

    async def release(self, jobs: int | None = None) -> None:
        """Run the oldest jobs, all that are held if no number is given, and let their askers know."""
        for _ in range(self.held if jobs is None else jobs):
            self._held.pop(0)()
        await asyncio.sleep(0.001)
