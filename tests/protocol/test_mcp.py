"""Tools of MCP servers: lists, calls, approvals, and the answers to what tools have said."""

from typing import Any

import msgspec
import pytest

from openvoicelive.protocol import work
from openvoicelive.protocol.session.items import (
    FunctionCallItem,
    FunctionCallOutputItem,
    McpTool,
    MessageItem,
)
from openvoicelive.protocol.session.mcp.coordinator import MAX_OPEN_CALLS
from tests.protocol.wire import Event, Wire, error_of, types

LOCATION = {"type": "object", "properties": {"location": {"type": "string"}}}
WEATHER = McpTool(name="get_weather", description="The weather.", input_schema=LOCATION)
FORECAST = McpTool(name="get_forecast", input_schema=LOCATION)

BEFORE_THE_TOOL = [
    "response.output_item.added",
    "conversation.item.created",
    "response.mcp_call_arguments.delta",
]
COMPLETED = ["response.mcp_call.completed", "response.output_item.done"]
FAILED = ["response.mcp_call.failed", "response.output_item.done"]
ANSWER = ["response.created"]


def server(label: str = "weather", **options: Any) -> Event:
    return {
        "type": "mcp",
        "server_label": label,
        "server_url": f"https://{label}.example.com/mcp",
        "require_approval": "never",
        **options,
    }


def listed(*tools: Event, known: tuple[McpTool, ...] = (WEATHER, FORECAST)) -> Wire:
    """A session whose servers have told their tools."""
    wire = Wire()
    wire.update(tools=list(tools or (server(),)), turn_detection=None)
    for order in wire.ordered(work.ListTools):
        wire.report(work.ToolsListed(order.item_id, known))
    return wire


def call(wire: Wire, name: str = "get_weather", call_id: str = "call_1") -> list[Event]:
    """Let the model call a tool in the response that was ordered last."""
    response_id = wire.ordered(work.Reply)[-1].response_id
    events = wire.report(work.ToolCallBegan(response_id, call_id, name))
    return events + wire.report(work.ToolCallArguments(response_id, call_id, '{"location":"Oslo"}'))


def finish(wire: Wire) -> list[Event]:
    return wire.report(work.ReplyEnded(wire.ordered(work.Reply)[-1].response_id, "tool_calls"))


def called(wire: Wire, name: str = "get_weather") -> list[Event]:
    """Ask something, and let the model answer it with one call."""
    wire.write("How is the weather?")
    wire.create_response()
    return call(wire, name) + finish(wire)


def approve(wire: Wire, request_id: str, *, approve: bool) -> list[Event]:
    return wire.say(created("mcp_approval_response", approval_request_id=request_id, approve=approve))


def created(kind: str, **item: Any) -> Event:
    return {"type": "conversation.item.create", "item": {"type": kind, **item}}


def functions(wire: Wire) -> list[str]:
    """The names that a model is offered in the next answer."""
    wire.create_response()
    names = [tool.name for tool in wire.ordered(work.Reply)[-1].request.tools]
    wire.say({"type": "response.cancel"})
    return names


# --- lists ---


def test_a_server_is_asked_for_its_tools_when_the_session_names_it() -> None:
    wire = Wire()
    events = wire.update(tools=[server()])
    assert types(events) == ["session.updated", "conversation.item.created", "mcp_list_tools.in_progress"]
    item = events[1]["item"]
    assert (item["type"], item["server_label"], item["tools"]) == ("mcp_list_tools", "weather", [])
    (order,) = wire.ordered(work.ListTools)
    assert types(wire.report(work.ToolsListed(order.item_id, (WEATHER,)))) == ["mcp_list_tools.completed"]
    (shown,) = wire.say({"type": "conversation.item.retrieve", "item_id": item["id"]})
    assert [tool["name"] for tool in shown["item"]["tools"]] == ["get_weather"]


def test_a_list_that_fails_says_why_and_is_asked_for_again_with_the_next_update() -> None:
    wire = Wire()
    wire.update(tools=[server()])
    (order,) = wire.ordered(work.ListTools)
    events = wire.report(work.ToolListFailed(order.item_id, "mcp_timeout", "It did not answer."))
    assert types(events) == ["mcp_list_tools.failed", "warning"]
    assert events[1]["warning"]["message"] == "It did not answer."
    wire.update(tools=[server()])
    assert len(wire.ordered(work.ListTools)) == 2


def test_a_list_is_kept_while_its_server_stays_the_same() -> None:
    wire = listed()
    wire.update(instructions="Be brief.")
    wire.update(tools=[server(), {"type": "function", "name": "ping"}])
    assert len(wire.ordered(work.ListTools)) == 1
    assert functions(wire) == ["ping", "get_weather", "get_forecast"]
    wire.update(tools=[server(authorization="other")])
    assert len(wire.ordered(work.ListTools)) == 2
    assert functions(wire) == []


def test_a_server_that_is_named_no_longer_is_forgotten() -> None:
    wire = Wire()
    wire.update(tools=[server()])
    wire.update(tools=None)
    (order,) = wire.ordered(work.ListTools)
    assert wire.report(work.ToolsListed(order.item_id, (WEATHER,))) == []
    assert wire.report(work.ToolListFailed(order.item_id, "mcp_timeout", "It did not answer.")) == []
    assert functions(wire) == []


def test_secrets_are_never_said_again() -> None:
    wire = Wire()
    secret = server(authorization="secret-token", headers={"X-Key": "secret-key"})
    wire.update(tools=[secret])
    wire.update(instructions="Be brief.")
    assert "secret" not in msgspec.json.encode(wire.events).decode()
    (order,) = wire.ordered(work.ListTools)
    assert (order.server.authorization, order.server.headers) == ("secret-token", {"X-Key": "secret-key"})
    assert "secret" not in repr(order)


def test_only_the_tools_that_the_client_allows_are_offered() -> None:
    assert functions(listed(server(allowed_tools=["get_forecast"]))) == ["get_forecast"]


def test_names_that_two_servers_share_get_the_servers_label_in_front() -> None:
    wire = listed(server("north"), server("south sea"), {"type": "function", "name": "get_forecast"})
    assert functions(wire) == [
        "get_forecast",
        *("north_get_weather", "north_get_forecast"),
        *("south_sea_get_weather", "south_sea_get_forecast"),
    ]
    wire.create_response()
    call(wire, "south_sea_get_weather")
    finish(wire)
    (order,) = wire.ordered(work.CallTool)
    assert (order.server.server_label, order.name) == ("south sea", "get_weather")


@pytest.mark.parametrize(
    "tools",
    [
        [server(), server()],
        [server("")],
        [server(str(number)) for number in range(9)],
        [server(require_approval="sometimes")],
        [{"type": "mcp", "server_label": "x"}],
    ],
)
def test_servers_that_cannot_be_told_apart_or_understood_are_refused(tools: list[Event]) -> None:
    wire = Wire()
    details = error_of(wire.update(tools=tools))
    assert details["param"].startswith("session.tools")
    assert not wire.ordered(work.ListTools)


def test_a_name_made_of_label_and_name_never_hides_a_tool() -> None:
    tools = (McpTool(name="b", input_schema={}), McpTool(name="a_b", input_schema={}))
    wire = listed(server("a"), server("c"), known=tools)
    names = functions(wire)
    assert len(set(names)) == 4
    odd = (McpTool(name="", input_schema={}), McpTool(name="wie spät?", input_schema={}))
    assert functions(listed(known=odd)) == ["_", "wie_sp_t_"]


def test_a_name_made_of_label_and_name_is_counted_on_where_the_client_has_functions_of_that_name() -> None:
    taken = ["get_weather", "weather_get_weather", "weather_get_weather_2"]
    wire = listed(server(), *({"type": "function", "name": name} for name in taken), known=(WEATHER,))
    assert functions(wire) == [*taken, "weather_get_weather_3"]


def test_one_response_may_limit_a_server_of_the_session_and_name_no_other() -> None:
    wire = listed()
    wire.create_response(tools=[server(allowed_tools=["get_weather"], require_approval="always")])
    assert [tool.name for tool in wire.ordered(work.Reply)[-1].request.tools] == ["get_weather"]
    call(wire)
    finish(wire)
    assert not wire.ordered(work.CallTool)
    other = {"type": "response.create", "response": {"tools": [server("other")]}}
    assert error_of(wire.say(other))["param"] == "response.tools"


# --- calls ---


def test_a_tool_runs_when_its_response_is_over_and_the_model_answers_unasked() -> None:
    wire = listed()
    events = called(wire)
    assert types(events) == [
        *BEFORE_THE_TOOL,
        "response.mcp_call_arguments.done",
        "response.done",
        "response.mcp_call.in_progress",
    ]
    (order,) = wire.ordered(work.CallTool)
    assert (order.name, order.arguments) == ("get_weather", '{"location":"Oslo"}')
    events = wire.report(work.ToolCalled(order.item_id, "Sunny."))
    assert types(events) == [*COMPLETED, *ANSWER]
    assert events[1]["item"]["output"] == "Sunny."
    request = wire.ordered(work.Reply)[-1].request
    made, answered = request.items[-2:]
    assert isinstance(made, FunctionCallItem)
    assert isinstance(answered, FunctionCallOutputItem)
    assert (made.name, made.call_id, answered.output) == ("get_weather", answered.call_id, "Sunny.")
    assert not [item for item in request.items if not isinstance(item, MessageItem)][2:]


def test_a_call_without_arguments_has_an_empty_object() -> None:
    wire = listed()
    wire.create_response()
    wire.report(work.ToolCallBegan(wire.ordered(work.Reply)[-1].response_id, "call_1", "get_weather"))
    finish(wire)
    assert wire.ordered(work.CallTool)[0].arguments == "{}"


def test_what_a_tool_fails_with_is_told_to_the_model() -> None:
    wire = listed()
    called(wire)
    item_id = wire.ordered(work.CallTool)[0].item_id
    events = wire.report(work.ToolCallFailed(item_id, "mcp_timeout", "It did not answer in 30 seconds."))
    assert types(events) == [*FAILED, *ANSWER]
    assert events[1]["item"]["error"]["code"] == "mcp_timeout"
    assert wire.ordered(work.Reply)[-1].request.items[-1].output == "It did not answer in 30 seconds."


def test_so_many_calls_that_nobody_could_approve_them_fail_but_for_the_first() -> None:
    wire = listed(server(require_approval="always"))
    wire.write("How is the weather everywhere?")
    wire.create_response()
    for number in range(MAX_OPEN_CALLS + 1):
        call(wire, call_id=f"call_{number}")
    events = finish(wire)
    assert types(events).count("response.mcp_call.failed") == 1
    requests = [event for event in events if event.get("item", {}).get("type") == "mcp_approval_request"]
    assert len(requests) == MAX_OPEN_CALLS


def test_what_a_tool_says_to_a_call_that_nobody_knows_is_ignored() -> None:
    assert listed().report(work.ToolCallFailed("nobody", "mcp_timeout", "It did not answer.")) == []


def test_several_calls_run_at_once_and_are_answered_once() -> None:
    wire = listed()
    wire.create_response()
    call(wire, "get_weather", "call_1")
    call(wire, "get_forecast", "call_2")
    events = finish(wire)
    assert types(events)[-2:] == ["response.mcp_call.in_progress"] * 2
    first, second = wire.ordered(work.CallTool)
    assert types(wire.report(work.ToolCalled(second.item_id, "Rain."))) == COMPLETED
    assert types(wire.report(work.ToolCalled(first.item_id, "Sun."))) == [*COMPLETED, *ANSWER]
    kinds = [type(item) for item in wire.ordered(work.Reply)[-1].request.items]
    assert kinds == [FunctionCallItem, FunctionCallItem, FunctionCallOutputItem, FunctionCallOutputItem]


def test_a_client_that_asks_for_the_answer_gets_the_one_that_comes_anyway() -> None:
    wire = listed()
    called(wire)
    wire.report(work.ToolCalled(wire.ordered(work.CallTool)[0].item_id, "Sunny."))
    assert wire.say({"type": "response.create"}) == []
    assert (
        error_of(wire.say({"type": "response.create"}))["code"] == "conversation_already_has_active_response"
    )


def test_a_client_that_asks_early_waits_for_the_other_tools() -> None:
    wire = listed()
    wire.create_response()
    call(wire, "get_weather", "call_1")
    call(wire, "get_forecast", "call_2")
    finish(wire)
    first, second = wire.ordered(work.CallTool)
    wire.report(work.ToolCalled(first.item_id, "Sun."))
    assert wire.say({"type": "response.create"}) == []
    assert types(wire.report(work.ToolCalled(second.item_id, "Rain."))) == [*COMPLETED, *ANSWER]


TYPED = [
    {"type": "input_text.delta", "id": "typed", "delta": "And tomorrow?"},
    {"type": "input_text.done", "id": "typed"},
]


@pytest.mark.parametrize(
    ("added", "answers"),
    [
        ([created("message", role="user", content=[])], ANSWER),
        ([created("message", role="system", content=[])], ANSWER),
        ([created("function_call_output", call_id="call_0", output="Rain.")], ANSWER),
        (TYPED, ANSWER),
        ([created("message", role="assistant", content=[])], []),
        ([created("function_call", name="f", call_id="call_1")], []),
        ([], []),
    ],
)
def test_what_is_added_after_the_answer_gets_an_answer_of_its_own(
    added: list[Event], answers: list[str]
) -> None:
    wire = listed()
    wire.say(created("message", id="typed", role="user", content=[]))
    wire.say(created("function_call", name="f", call_id="call_0"))
    called(wire)
    wire.report(work.ToolCalled(wire.ordered(work.CallTool)[0].item_id, "Sunny."))
    finish(wire)
    for event in added:
        wire.say(event)
    assert types(wire.say({"type": "response.create"})) == answers


def test_an_answer_under_way_is_finished_before_the_tools_are_answered() -> None:
    wire = listed()
    called(wire)
    wire.write("Are you there?")
    wire.create_response()
    order = wire.ordered(work.CallTool)[0]
    assert types(wire.report(work.ToolCalled(order.item_id, "Sunny."))) == COMPLETED
    assert types(finish(wire)) == ["response.done", *ANSWER]


def test_what_the_user_says_while_a_tool_runs_is_answered_once_with_what_the_tool_said() -> None:
    wire = listed()
    wire.update(turn_detection={"type": "server_vad"})
    called(wire)
    wire.report(work.SpeechBegan(0))
    order = wire.ordered(work.CallTool)[0]
    assert types(wire.report(work.ToolCalled(order.item_id, "Sunny."))) == COMPLETED
    wire.report(work.SpeechEnded(0, 1_000))
    events = wire.report(work.Transcribed(wire.ordered(work.Transcribe)[-1].item_id, "Well?"))
    assert types(events)[-1] == "response.created"
    assert types(finish(wire)) == ["response.done"]


def test_a_call_that_had_to_be_made_is_not_made_again() -> None:
    wire = listed()
    wire.write("How is the weather?")
    wire.create_response(tool_choice="required", instructions="Be quick.")
    call(wire)
    finish(wire)
    wire.report(work.ToolCalled(wire.ordered(work.CallTool)[0].item_id, "Sunny."))
    request = wire.ordered(work.Reply)[-1].request
    assert (request.tool_choice, request.instructions) == ("auto", "Be quick.")


def test_a_model_that_calls_in_circles_is_stopped() -> None:
    wire = listed()
    called(wire)
    for _ in range(40):
        order = wire.ordered(work.CallTool)[-1]
        if types(wire.report(work.ToolCalled(order.item_id, "Again.")))[-1] != "response.created":
            break
        call(wire)
        finish(wire)
    assert len(wire.ordered(work.Reply)) == 17
    assert types(wire.say({"type": "response.create"})) == ["response.created"]


def test_a_function_of_the_client_beside_a_tool_leaves_the_answer_to_the_client() -> None:
    wire = listed(server(), {"type": "function", "name": "ping"})
    wire.create_response()
    call(wire, "get_weather", "call_1")
    call(wire, "ping", "call_2")
    finish(wire)
    order = wire.ordered(work.CallTool)[0]
    assert types(wire.report(work.ToolCalled(order.item_id, "Sunny."))) == COMPLETED
    item = {"type": "function_call_output", "call_id": "call_2", "output": "pong"}
    wire.say({"type": "conversation.item.create", "item": item})
    assert types(wire.say({"type": "response.create"})) == ["response.created"]


def test_a_response_outside_of_the_conversation_calls_no_tools() -> None:
    wire = listed(server(), {"type": "function", "name": "ping"})
    wire.create_response(conversation="none")
    assert [tool.name for tool in wire.ordered(work.Reply)[-1].request.tools] == ["ping"]


# --- cancelling ---


def test_cancelling_stops_a_tool_that_runs() -> None:
    wire = listed()
    called(wire)
    order = wire.ordered(work.CallTool)[0]
    events = wire.say({"type": "response.cancel"})
    assert types(events) == FAILED
    assert events[1]["item"]["error"]["code"] == "mcp_call_cancelled"
    assert wire.ordered(work.StopCall) == [work.StopCall(order.item_id)]
    assert wire.report(work.ToolCalled(order.item_id, "Sunny.")) == []
    assert error_of(wire.say({"type": "response.cancel"}))["code"] == "response_cancel_not_active"


def test_a_call_of_a_response_that_is_cancelled_never_runs() -> None:
    wire = listed()
    wire.create_response()
    call(wire, "get_weather", "call_1")
    call(wire, "get_forecast", "call_2")
    events = wire.say({"type": "response.cancel"})
    assert types(events) == ["response.output_item.done"] * 2 + ["response.done"]
    assert {item["error"]["code"] for item in events[-1]["response"]["output"]} == {"mcp_call_cancelled"}
    assert not wire.ordered(work.CallTool)


# --- approval ---


def asked(wire: Wire) -> Event:
    """Let the model call, and return the question that the client is asked."""
    events = called(wire)
    assert types(events)[-2:] == ["response.done", "conversation.item.created"]
    request: Event = events[-1]["item"]
    assert request["type"] == "mcp_approval_request"
    assert (request["name"], request["arguments"]) == ("get_weather", '{"location":"Oslo"}')
    return request


def test_a_tool_runs_only_when_the_client_allows_it() -> None:
    wire = listed(server(require_approval="always"))
    request = asked(wire)
    assert not wire.ordered(work.CallTool)
    events = approve(wire, request["id"], approve=True)
    assert types(events) == ["conversation.item.created", "response.mcp_call.in_progress"]
    (order,) = wire.ordered(work.CallTool)
    events = wire.report(work.ToolCalled(order.item_id, "Sunny."))
    assert types(events) == [*COMPLETED, *ANSWER]
    assert events[1]["item"]["approval_request_id"] == request["id"]


def test_a_tool_that_is_not_allowed_never_runs_and_the_model_is_told() -> None:
    wire = listed(server(require_approval="always"))
    events = approve(wire, asked(wire)["id"], approve=False)
    assert types(events) == ["conversation.item.created", *FAILED, *ANSWER]
    assert not wire.ordered(work.CallTool)
    assert "not allow" in wire.ordered(work.Reply)[-1].request.items[-1].output


def test_an_approval_counts_once_and_only_for_a_call_that_waits() -> None:
    wire = listed(server(require_approval="always"))
    request = asked(wire)
    details = error_of(approve(wire, "item_0", approve=True))
    assert details["param"] == "item.approval_request_id"
    approve(wire, request["id"], approve=True)
    assert error_of(approve(wire, request["id"], approve=True))["code"] == "invalid_approval_request_id"
    assert len(wire.ordered(work.CallTool)) == 1


@pytest.mark.parametrize(
    ("require_approval", "asks"),
    [
        (None, True),
        ("always", True),
        ("never", False),
        ({"never": ["get_weather"]}, False),
        ({"never": ["get_forecast"]}, True),
        ({"always": ["get_forecast"]}, True),
        ({"always": ["get_weather"], "never": ["get_weather"]}, True),
        ({}, True),
    ],
)
def test_approval_is_needed_unless_it_is_waived(require_approval: Any, asks: bool) -> None:  # noqa: FBT001 - a table
    wire = listed(server(require_approval=require_approval))
    called(wire)
    assert bool(wire.ordered(work.CallTool)) is not asks


def test_the_model_can_answer_while_an_approval_is_awaited() -> None:
    wire = listed(server(require_approval="always"))
    request = asked(wire)
    wire.write("May it?")
    wire.create_response()
    finish(wire)
    approve(wire, request["id"], approve=True)
    (order,) = wire.ordered(work.CallTool)
    assert types(wire.report(work.ToolCalled(order.item_id, "Sunny."))) == [*COMPLETED, *ANSWER]


def test_a_client_cannot_put_calls_and_lists_into_the_conversation() -> None:
    wire = Wire()
    for kind in ("mcp_call", "mcp_list_tools", "mcp_approval_request"):
        item = {"type": kind, "server_label": "x", "name": "y", "arguments": "{}"}
        assert (
            error_of(wire.say({"type": "conversation.item.create", "item": item}))["code"] == "invalid_value"
        )
