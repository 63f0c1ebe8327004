"""From the items of a conversation to what a chat model is given. Models know nothing of items."""

import asyncio
from collections.abc import Iterable

from openvoicelive.chat.interface import ChatMessage, Image, Message, ToolCall, ToolResult
from openvoicelive.protocol.session.items import (
    FunctionCallItem,
    FunctionCallOutputItem,
    InputImagePart,
    Item,
    MessageItem,
    text_of,
)

# So many take less than 1 ms; a conversation may have 10,000 items.
_ITEMS_AT_ONCE = 256


async def chat_messages(items: Iterable[Item]) -> tuple[ChatMessage, ...]:
    """Return the messages of a conversation; between slices of a long one, other conversations go on."""
    messages: list[ChatMessage] = []
    for number, item in enumerate(items, 1):
        message = _message(item)
        if message is not None:
            messages.append(message)
        if number % _ITEMS_AT_ONCE == 0:
            await asyncio.sleep(0)
    return tuple(messages)


def _message(item: Item) -> ChatMessage | None:
    """Return what a model is given of an item; of MCP's items, which the session has translated, nothing."""
    match item:
        case MessageItem(role=role, content=content):
            images = tuple(
                Image(part.address, part.detail) for part in content if isinstance(part, InputImagePart)
            )
            return Message(role, text_of(item), images)
        case FunctionCallItem():
            return ToolCall(item.call_id, item.name, item.arguments)
        case FunctionCallOutputItem():
            return ToolResult(item.call_id, item.output)
        case _:
            return None
