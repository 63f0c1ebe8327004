"""Whatever happens in whatever order, calls of MCP tools keep to the contract and none is forgotten."""

from collections.abc import Callable
from copy import deepcopy
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from openvoicelive.protocol import work
from openvoicelive.protocol.session.items import McpTool
from tests.protocol.wire import Event, Wire, types

TOOLS = tuple(McpTool(name=name, input_schema={}) for name in ("free", "guarded"))


def server(label: str) -> Event:
    return {
        "type": "mcp",
        "server_label": label,
        "server_url": f"https://{label}.example.com",
        "require_approval": {"never": ["free"]},
    }


class Talk:
    """A session, and what a client, a user, a model and servers may do to it."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.wire.update(tools=[server("one")])
        self._numbers = count()
        self.list_tools()

    def list_tools(self) -> None:
        for order in self.wire.ordered(work.ListTools):
            self.wire.report(work.ToolsListed(order.item_id, TOOLS))

    def change_servers(self) -> None:
        self.wire.update(tools=[server(f"server{next(self._numbers) % 3}"), server("one")])

    def ask(self) -> None:
        self.wire.write("Well?")
        self.wire.say({"type": "response.create"})

    def ask_for_an_answer(self) -> None:
        was_active = self.wire.checker.response_id is not None
        if not self.wire.say({"type": "response.create"}) and not was_active:
            deepcopy(self).assert_that_an_answer_comes()

    def assert_that_an_answer_comes(self) -> None:
        """A request that nothing follows is answered by what comes, or came, to what tools have said."""
        self.settle()
        events = types(self.wire.events)
        results = ("response.mcp_call.completed", "response.mcp_call.failed")
        newest = max(place for place, kind in enumerate(events) if kind in results)
        assert "response.created" in events[newest:]

    def cancel(self) -> None:
        self.wire.say({"type": "response.cancel"})

    def call_free(self) -> None:
        self._call("free")

    def call_guarded(self) -> None:
        self._call("guarded")

    def ask_and_call(self) -> None:
        self.ask()
        self._call("free")
        self._call("guarded")

    def ask_call_and_end(self) -> None:
        self.ask_and_call()
        self.end()

    def ask_and_use_a_tool(self) -> None:
        self.ask_call_and_end()
        self.answer_tool()

    def write(self) -> None:
        self.wire.report(work.Wrote(self._response_id, "Well."))

    def end(self) -> None:
        self.wire.report(work.ReplyEnded(self._response_id))

    def end_at_limit(self) -> None:
        self.wire.report(work.ReplyEnded(self._response_id, "length"))

    def fail(self) -> None:
        self.wire.report(work.ReplyFailed(self._response_id, "engine_error", "It failed."))

    def answer_tool(self) -> None:
        for order in self.wire.ordered(work.CallTool)[-1:]:
            self.wire.report(work.ToolCalled(order.item_id, "Done."))

    def fail_tool(self) -> None:
        for order in self.wire.ordered(work.CallTool)[:1]:
            self.wire.report(work.ToolCallFailed(order.item_id, "mcp_timeout", "It did not answer."))

    def approve(self) -> None:
        self._decide(approve=True)

    def deny(self) -> None:
        self._decide(approve=False)

    def begin_to_speak(self) -> None:
        self.wire.report(work.SpeechBegan(0))

    def speak_in_vain(self) -> None:
        self.begin_to_speak()
        self.wire.say({"type": "input_audio_buffer.clear"})

    def say_something(self) -> None:
        self.wire.report(work.SpeechEnded(0, 1_000))
        for order in self.wire.ordered(work.Transcribe)[-1:]:
            self.wire.report(work.Transcribed(order.item_id, "Well?"))

    def settle(self) -> None:
        """Let all that is under way come to its end."""
        self.say_something()
        for _ in range(40):
            self._decide(approve=False)
            for order in self.wire.ordered(work.CallTool):
                self.wire.report(work.ToolCalled(order.item_id, "Done."))
            self.end()

    def _call(self, name: str) -> None:
        call_id = f"call_{next(self._numbers)}"
        self.wire.report(work.ToolCallBegan(self._response_id, call_id, name))
        self.wire.report(work.ToolCallArguments(self._response_id, call_id, "{}"))

    def _decide(self, *, approve: bool) -> None:
        for event in self.wire.events:
            if (
                event["type"] == "conversation.item.created"
                and event["item"]["type"] == "mcp_approval_request"
            ):
                item = {
                    "type": "mcp_approval_response",
                    "approval_request_id": event["item"]["id"],
                    "approve": approve,
                }
                self.wire.say({"type": "conversation.item.create", "item": item})

    @property
    def _response_id(self) -> str:
        replies = self.wire.ordered(work.Reply)
        return replies[-1].response_id if replies else "resp_0"


ACTIONS: list[Callable[[Talk], None]] = [
    *(Talk.list_tools, Talk.change_servers, Talk.ask, Talk.ask_for_an_answer, Talk.cancel),
    *(Talk.ask_and_call, Talk.ask_call_and_end, Talk.ask_and_use_a_tool),
    *(Talk.call_free, Talk.call_guarded, Talk.write, Talk.end, Talk.end_at_limit, Talk.fail),
    *(Talk.answer_tool, Talk.fail_tool, Talk.approve, Talk.deny),
    *(Talk.begin_to_speak, Talk.speak_in_vain, Talk.say_something),
]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(ACTIONS), max_size=40))
def test_every_call_ends_and_every_event_keeps_to_the_contract(
    actions: list[Callable[[Talk], None]],
) -> None:
    talk = Talk()
    for action in actions:
        action(talk)
    talk.settle()
    talk.wire.checker.finish()
    added = [
        event["item"]["id"]
        for event in talk.wire.events
        if event["type"] == "response.output_item.added" and event["item"]["type"] == "mcp_call"
    ]
    done = [
        event["item"]["id"]
        for event in talk.wire.events
        if event["type"] == "response.output_item.done" and event["item"]["type"] == "mcp_call"
    ]
    assert sorted(added) == sorted(done)
