"""Which objects of our own classes are alive, while Python's garbage collector is off.

Without the collector an object is freed when the last reference to it goes, so what is left over is held by
somebody, or by a reference cycle.
"""

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

PACKAGE = "openvoicelive."


@contextmanager
def without_collector() -> Iterator[None]:
    """Begin with nothing to collect, and collect nothing meanwhile."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def live_objects() -> Counter[str]:
    """Count the instances of our classes, also of those that a subclass makes in a test."""
    # No name may hold an object longer than needed: that would keep it alive.
    return Counter(name for name in map(_name_of_class, gc.get_objects()) if name)


def _name_of_class(instance: object) -> str | None:
    for kind in type(instance).__mro__:
        if str(kind.__module__).startswith(PACKAGE):
            return f"{kind.__module__}.{kind.__qualname__}"
    return None
