"""Tool calls put together from the pieces in which servers stream them."""

from collections.abc import Callable, Iterator

from openvoicelive.chat.interface import ToolCallArguments, ToolCallBegan


class ToolCallStream:
    """The calls of one answer, several perhaps at the same time.

    Servers differ: a name may come in pieces or again with every piece, an id not at all, all calls may bear
    the same index. A call begins when its first arguments arrive, because its name is whole by then.
    """

    def __init__(self, new_call_id: Callable[[], str]) -> None:
        self._new_call_id = new_call_id
        self._calls: dict[int, _Call] = {}
        self._latest: _Call | None = None

    def feed(
        self, index: int | None, *, call_id: str | None, name: str | None, arguments: str | None
    ) -> Iterator[ToolCallBegan | ToolCallArguments]:
        """Take one piece of a call."""
        call = self._latest if index is None else self._calls.get(index)
        is_another = call is not None and bool(call_id and name and call.call_id and call_id != call.call_id)
        if call is None or is_another:
            yield from self.flush()
            call = _Call()
        self._latest = call
        self._calls[index if index is not None else len(self._calls)] = call
        call.call_id = call.call_id or call_id or ""
        if name and name != call.name:
            call.name += name
        if arguments:
            yield from self._begin(call)
            yield ToolCallArguments(call.call_id, arguments)

    def flush(self) -> Iterator[ToolCallBegan]:
        """Begin the calls that have no arguments yet, since another one or the end follows."""
        for call in self._calls.values():
            yield from self._begin(call)

    def _begin(self, call: "_Call") -> Iterator[ToolCallBegan]:
        if not call.has_begun:
            call.has_begun = True
            call.call_id = call.call_id or self._new_call_id()
            yield ToolCallBegan(call.call_id, call.name)


class _Call:
    def __init__(self) -> None:
        self.call_id = ""
        self.name = ""
        self.has_begun = False
