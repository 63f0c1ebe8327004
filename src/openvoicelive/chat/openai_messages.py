"""A conversation as the messages of the OpenAI chat-completions API.

The API wants every tool call answered, right after the message that made it, and no answer without its call.
A conversation over the wire may have lost either, or have a user who spoke in between.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from openvoicelive.chat.interface import (
    ChatMessage,
    ChatRequest,
    FunctionTool,
    Message,
    ToolCall,
    ToolResult,
)

ApiMessage = dict[str, Any]

NO_RESULT_YET = "There is no result yet."


def messages_of(request: ChatRequest) -> Iterator[ApiMessage]:
    """Yield the instructions and the conversation; what the API would refuse is mended or left out.

    A conversation may have 10,000 items, so each message is made when it is asked for.
    """
    for message in _all_messages(request):
        if message.get("content") or message.get("tool_calls"):
            yield message


def _all_messages(request: ChatRequest) -> Iterator[ApiMessage]:
    if request.instructions:
        yield {"role": "system", "content": request.instructions}
    results = _results(request.messages)
    answered: set[str] = set()
    for kind, items in groupby(request.messages, type):
        if kind is Message:
            yield from (_said(item) for item in items if isinstance(item, Message))
        elif kind is ToolCall:
            calls = [item for item in items if isinstance(item, ToolCall)]
            fresh = list(_unanswered(calls, answered))
            yield from _called(fresh, results)


def tools_of(request: ChatRequest) -> dict[str, Any]:
    """Return the parameters that offer the client's functions; none if there are none."""
    if not request.tools:
        return {}
    parameters: dict[str, Any] = {"tools": [_offered(tool) for tool in request.tools]}
    chosen = request.tool_choice.removeprefix("function:")
    if chosen != request.tool_choice:
        parameters["tool_choice"] = {"type": "function", "function": {"name": chosen}}
    elif chosen != "auto":
        parameters["tool_choice"] = chosen
    if not request.parallel_tool_calls:
        parameters["parallel_tool_calls"] = False
    return parameters


def _results(items: Iterable[ChatMessage]) -> dict[str, str]:
    return {item.call_id: item.output for item in items if isinstance(item, ToolResult)}


def _unanswered(calls: Iterable[ToolCall], answered: set[str]) -> Iterator[ToolCall]:
    for call in calls:
        if call.call_id not in answered:
            answered.add(call.call_id)
            yield call


def _said(message: Message) -> ApiMessage:
    if not message.images or message.role != "user":
        return {"role": message.role, "content": message.text}
    content: list[ApiMessage] = [{"type": "text", "text": message.text}] if message.text else []
    content += [
        {"type": "image_url", "image_url": {"url": image.address, "detail": image.detail}}
        for image in message.images
    ]
    return {"role": "user", "content": content}


def _called(calls: list[ToolCall], results: dict[str, str]) -> Iterator[ApiMessage]:
    """Yield one message with the calls of a turn, then their results."""
    if not calls:
        return
    yield {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": call.call_id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments or "{}"},
            }
            for call in calls
        ],
    }
    for call in calls:
        content = results.get(call.call_id, NO_RESULT_YET) or "Done."
        yield {"role": "tool", "tool_call_id": call.call_id, "content": content}


def _offered(tool: FunctionTool) -> ApiMessage:
    function: ApiMessage = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    if tool.parameters is not None:
        function["parameters"] = tool.parameters
    return {"type": "function", "function": function}
