"""Cancel a library that cleans up after its own errors, and forgets to after a cancellation."""

import asyncio
import types
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any, TypeVar

Result = TypeVar("Result")


@types.coroutine
def cancelled_as(error: Exception, work: Coroutine[Any, Any, Result]) -> Generator[Any, Any, Result]:
    """Await `work`; a cancellation reaches it as `error`, and the caller as the cancellation that it is.

    `work` goes on until its clean-up has ended. A second cancellation reaches it unchanged, so that a
    clean-up that hangs can be ended, too.

    Only the coroutine protocol is used, https://docs.python.org/3/reference/datamodel.html#coroutine-objects:
    what `work` waits for goes up to the event loop, and what the loop throws goes down.

    Raises:
        asyncio.CancelledError: If `work` ended with an error after it was cancelled.

    """
    cancellation: asyncio.CancelledError | None = None
    step: Callable[[], Any] = partial(work.send, None)
    while True:
        try:
            waits_for = step()
        except StopIteration as end:
            result: Result = end.value
            return result
        except Exception:
            if cancellation is not None:
                raise cancellation from None
            raise
        try:
            yield waits_for
        except asyncio.CancelledError as thrown:
            step = partial(work.throw, thrown if cancellation else error)
            cancellation = cancellation or thrown
        except BaseException as thrown:  # noqa: BLE001 - whatever it is, it goes on to the work
            step = partial(work.throw, thrown)
        else:
            step = partial(work.send, None)
