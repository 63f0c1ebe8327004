"""Which objects of our own classes are alive, while Python's garbage collector is off.

Without the collector an object is freed when the last reference to it goes, so what is left over is held by
somebody, or by a reference cycle.
"""

import asyncio
import gc
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

PACKAGE = "openvoicelive."
LAST_STEPS_S = 5.0
"""How long a thread or a callback may be at its last step after a conversation has ended."""


@contextmanager
def without_collector() -> Iterator[None]:
    """Begin with nothing to collect, and collect nothing meanwhile."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def nothing_logged() -> Iterator[None]:
    """Log nothing: pytest keeps what is logged, with its exceptions, and so all that their frames hold."""
    logging.disable()
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


async def assert_nothing_is_left(
    converse: Callable[[], Awaitable[None]], times: int, *, apart_from: tuple[str, ...] = ()
) -> None:
    """Hold a conversation often, after a first one; fail if objects are left, but for those named."""

    def left() -> Counter[str]:
        more = live_objects() - before
        return Counter({name: number for name, number in more.items() if not name.startswith(apart_from)})

    await converse()
    with without_collector():
        before = live_objects()
        for _ in range(times):
            await converse()
        # Looked at again, it could be what a thread makes in its last step and frees right after.
        remaining = left()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_STEPS_S):
                while remaining:
                    await asyncio.sleep(0.1)
                    remaining = left()
        assert not remaining, f"These objects are left: {dict(remaining)}"


def live_objects() -> Counter[str]:
    """Count the instances of our classes, also of those that a subclass makes in a test."""
    # No name may hold an object longer than needed: that would keep it alive.
    return Counter(name for name in map(_name_of_class, gc.get_objects()) if name)


def _name_of_class(instance: object) -> str | None:
    for kind in type(instance).__mro__:
        if str(kind.__module__).startswith(PACKAGE):
            return f"{kind.__module__}.{kind.__qualname__}"
    return None
