"""A request to a chat model is encoded in slices, whatever is in it."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.chat.interface import ChatRequest, Message, TextDelta
from openvoicelive.chat.openai_body import PIECE_BYTES, encoded
from openvoicelive.chat.openai_compatible import OpenAICompatibleModel
from tests.chat.fake_server import EVENT_STREAM, event, serving
from tests.loop_guard import no_callback_takes_long

# Longer than a slice; the escapes and letters of several bytes fall on its edges.
LONG = '"\\\n\u0001é€😀' * 5_000

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.just(LONG)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def joined(body: dict[str, Any]) -> bytes:
    return b"".join(asyncio.run(encoded(body)))


@given(st.dictionaries(texts, values, max_size=4))
def test_the_pieces_are_the_json_of_the_whole(body: dict[str, Any]) -> None:
    assert json.loads(joined(body)) == body


def test_what_is_nested_deeply_is_encoded_too() -> None:
    value: Any = LONG
    for _ in range(20):
        value = {"deeper": [value]}
    assert json.loads(joined({"value": value})) == {"value": value}


@given(st.lists(values, max_size=4))
def test_an_iterator_becomes_an_array(elements: list[Any]) -> None:
    assert json.loads(joined({"messages": iter(elements)})) == {"messages": elements}


def test_no_piece_is_large_and_others_go_on_between_them() -> None:
    async def others() -> int:
        turns = 0
        encoding = asyncio.ensure_future(encoded({"messages": [{"content": LONG}] * 10}))
        while not encoding.done():
            turns += 1
            await asyncio.sleep(0)
        pieces = await encoding
        assert max(map(len, pieces)) < 3 * PIECE_BYTES
        assert turns >= len(pieces)
        return len(pieces)

    assert asyncio.run(others()) > 10


@pytest.mark.parametrize(("items", "text"), [(8, "a word " * 600_000), (10_000, "a word " * 450)])
def test_a_conversation_of_32_mib_does_not_hold_the_event_loop(items: int, text: str) -> None:
    async def conversation() -> None:
        answer = (EVENT_STREAM, event({"content": "Yes."}), event({}, finish="stop"))
        async with serving(*answer, keeps=False) as server:
            model = OpenAICompatibleModel(server.url, new_call_id=lambda: "call_1", model="m")
            request = ChatRequest("", (Message("user", text),) * items)
            with no_callback_takes_long():
                deltas = [delta async for delta in model.reply(request)]
            assert deltas[0] == TextDelta("Yes.")
            assert server.received_bytes > items * len(text)
            await model.close()

    asyncio.run(conversation())
