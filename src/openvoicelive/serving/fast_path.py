"""A fast path for sound between a WebSocket and the application, beside ASGI's messages.

Our own server offers it as an extension of the ASGI scope (`uvicorn_protocols.py`). Other servers do not, and
the application then uses ASGI's messages for everything. docs/relay.md says what a fast path gains.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

EXTENSION = "openvoicelive.fast_path"
"""The name of the extension in the ASGI scope."""


class FastPath:
    """Binary messages of one WebSocket that skip ASGI's queue and tasks.

    Both directions keep the order of all messages. A message that cannot take the fast path takes ASGI's.
    """

    def __init__(self, write: Callable[[bytes], bool]) -> None:
        self.write = write
        """Write a binary message at once; returns False if that is not possible now."""

        self.take: Callable[[bytes], bool] | None = None
        """Set by the application: gets a binary message that has just arrived, returns whether it took it.

        The server calls it only while no earlier message waits in ASGI's queue.
        """


def fast_path_of(scope: Mapping[str, Any]) -> FastPath | None:
    """Return the fast path of a WebSocket's ASGI scope; `None` if the server has none."""
    extension = scope.get("extensions", {}).get(EXTENSION)
    return extension["path"] if extension else None


def missing_members(kind: type, *, methods: Iterable[str], attributes: Iterable[str]) -> list[str]:
    """Return the members that a class of another package does not have, as `Class.member`.

    The attributes are those that `__init__` sets. Code that relies on private members checks them with this
    and falls back to the package's public API.
    """
    code = getattr(vars(kind).get("__init__"), "__code__", None)
    initialised = code.co_names if code else ()
    absent = [name for name in methods if not callable(getattr(kind, name, None))]
    absent += [name for name in attributes if name not in initialised]
    return [f"{kind.__name__}.{name}" for name in absent]
