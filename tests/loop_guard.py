"""Fails a test in which the service holds up the event loop.

What counts is the CPU time of the loop's thread, so that a busy machine fails no test, without the garbage
collector's, because a test run has a large heap, and without what a test does itself. The limit is many times
the 5 ms that are allowed, because a processor that is shared is slower.
"""

import asyncio
import gc
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from openvoicelive.serving.loop_watch import LoopWatch, Standstill

LIMIT_S = 0.1
INTERVAL_S = 0.005
LOOK_EVERY_S = 0.02
TESTS = Path(__file__).parent
SOURCE = TESTS.parent / "src"


@contextmanager
def no_callback_takes_long(limit_s: float = LIMIT_S) -> Iterator[None]:
    """Look at each callback of asyncio's own loops, in virtual time, too."""
    held_up: list[str] = []
    run: Callable[[asyncio.Handle], Any] = vars(asyncio.Handle)["_run"]

    def timed(handle: asyncio.Handle) -> Any:
        collected_s.clear()
        looking.stacks = []
        looking.since_s = time.monotonic()
        began_s = time.thread_time()
        result = run(handle)
        looking.since_s = None
        took_s = time.thread_time() - began_s - sum(collected_s)
        if took_s > limit_s and (stack := _most_often_of_the_service(looking.stacks)):
            held_up.append(_told(took_s, stack))
        return result

    with _collecting() as collected_s, _looking() as looking, pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio.Handle, "_run", timed)
        yield
    assert not held_up, "The event loop was held up for " + "\n".join(held_up)


@contextmanager
def no_standstill(limit_s: float = LIMIT_S) -> Iterator[None]:
    """Watch any loop that runs, also uvloop's."""
    held_up: list[str] = []

    def note(standstill: Standstill) -> None:
        took_s = standstill.cpu_s - INTERVAL_S - sum(collected_s)
        collected_s.clear()
        if took_s > limit_s and _is_of_the_service(standstill.stack):
            held_up.append(_told(took_s, standstill.stack))

    watch = LoopWatch(note, limit_s=limit_s, interval_s=INTERVAL_S)
    with _collecting() as collected_s:
        watch.start()
        try:
            yield
        finally:
            watch.stop()
    assert not held_up, "The event loop was held up for " + "\n".join(held_up)


class _Looking:
    """What a thread sees of the one that it looks at, when that is long at one thing."""

    def __init__(self) -> None:
        self.since_s: float | None = None
        self.stacks: list[traceback.StackSummary] = []


@contextmanager
def _looking() -> Iterator[_Looking]:
    """Look from a thread at what this one does."""
    looking, ended, watched = _Looking(), threading.Event(), threading.get_ident()

    def look() -> None:
        while not ended.wait(LOOK_EVERY_S):
            since_s = looking.since_s
            if since_s is not None and time.monotonic() - since_s > LOOK_EVERY_S:
                looking.stacks.append(traceback.extract_stack(sys._current_frames()[watched]))

    thread = threading.Thread(target=look, name="loop-guard", daemon=True)
    thread.start()
    try:
        yield looking
    finally:
        ended.set()
        thread.join()


@contextmanager
def _collecting() -> Iterator[list[float]]:
    """Yield a list of the times that the garbage collector takes."""
    times_s: list[float] = []
    began_s = 0.0

    def note(phase: str, _: object) -> None:
        nonlocal began_s
        if phase == "start":
            began_s = time.thread_time()
        else:
            times_s.append(time.thread_time() - began_s)

    gc.callbacks.append(note)
    try:
        yield times_s
    finally:
        gc.callbacks.remove(note)


def _most_often_of_the_service(stacks: list[traceback.StackSummary]) -> traceback.StackSummary | None:
    """Return where the service was, if that was so in most of the looks."""
    of_the_service = [stack for stack in stacks if _is_of_the_service(stack)]
    return of_the_service[0] if 2 * len(of_the_service) > len(stacks) else None


def _is_of_the_service(stack: traceback.StackSummary) -> bool:
    """Say whether this is the service's work: neither begun by a test nor a test's part in it.

    The outermost of the project's code is the task's or the callback's, the innermost what is at work.
    """
    paths = [Path(frame.filename) for frame in stack]
    ours = [
        path
        for path in paths
        if path.is_relative_to(SOURCE) or (path.is_relative_to(TESTS) and path.name != "loop_guard.py")
    ]
    return bool(ours) and ours[0].is_relative_to(SOURCE) and ours[-1].is_relative_to(SOURCE)


def _told(took_s: float, stack: traceback.StackSummary) -> str:
    return f"{took_s * 1_000:.0f} ms:\n{''.join(stack.format())}"
