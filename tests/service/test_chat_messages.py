"""What a chat model is given of a conversation."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.chat.interface import Image, Message, ToolCall, ToolResult
from openvoicelive.protocol.session.items import (
    AudioPart,
    FunctionCallItem,
    FunctionCallOutputItem,
    InputAudioPart,
    InputImagePart,
    InputTextPart,
    Item,
    McpListToolsItem,
    MessageItem,
    TextPart,
)
from openvoicelive.service.answering.chat_messages import chat_messages


async def test_written_and_spoken_words_are_text_and_pictures_stay_beside_them() -> None:
    spoken = MessageItem(role="user", content=(InputAudioPart(transcript="Look at this."),))
    shown = MessageItem(
        role="user", content=(InputTextPart("What is it?"), InputImagePart("https://a/cat.png", "low"))
    )
    answered = MessageItem(role="assistant", content=(AudioPart("A cat."), TextPart("It sleeps.")))
    assert await chat_messages([spoken, shown, answered]) == (
        Message("user", "Look at this."),
        Message("user", "What is it?", (Image("https://a/cat.png", "low"),)),
        Message("assistant", "A cat. It sleeps."),
    )


async def test_calls_and_their_outputs_keep_their_places() -> None:
    call = FunctionCallItem(call_id="1", name="weather", arguments='{"city":"Rome"}')
    output = FunctionCallOutputItem(call_id="1", output="sunny")
    listed = McpListToolsItem(id="tools", server_label="maps")
    assert await chat_messages([call, listed, output]) == (
        ToolCall("1", "weather", '{"city":"Rome"}'),
        ToolResult("1", "sunny"),
    )


@given(st.lists(st.text(max_size=3), max_size=600))
def test_a_long_conversation_is_read_in_slices_and_as_a_whole(texts: list[str]) -> None:
    items: list[Item] = [MessageItem(role="user", content=(InputTextPart(text),)) for text in texts]
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def read() -> tuple[object, ...]:
        counting = asyncio.create_task(count_turns())
        messages = await chat_messages(items)
        counting.cancel()
        return messages

    assert asyncio.run(read()) == tuple(Message("user", text) for text in texts)
    assert turns >= len(texts) // 256
