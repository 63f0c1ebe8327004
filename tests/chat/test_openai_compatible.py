"""The model behind the OpenAI API, over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import pytest

from openvoicelive.chat.interface import (
    ChatDelta,
    ChatEnd,
    ChatMessage,
    ChatRequest,
    FunctionTool,
    Image,
    Message,
    TextDelta,
    ToolCall,
    ToolCallArguments,
    ToolCallBegan,
    ToolResult,
)
from openvoicelive.chat.openai_compatible import Deadlines, OpenAICompatibleModel, find_ollama
from openvoicelive.errors import EngineError
from tests.chat.fake_server import EVENT_STREAM, event, json_answer, serving
from tests.scripted_model import scripted_model

KEY = "sk-a-key-that-nobody-may-see"
DONE = "data: [DONE]\n\n"
WHOLE = (EVENT_STREAM, event({"content": "Yes."}), event({}, finish="stop"), DONE)
WEATHER = FunctionTool(
    "get_weather", "The weather", {"type": "object", "properties": {"location": {"type": "string"}}}
)


def user(text: str) -> Message:
    return Message("user", text)


def asking(*items: ChatMessage, **more: Any) -> ChatRequest:
    return ChatRequest("Be brief.", items or (user("Hello"),), **more)


@asynccontextmanager
async def model_at(url: str, **deadlines: float) -> AsyncIterator[OpenAICompatibleModel]:
    ids = count(1)
    model = OpenAICompatibleModel(
        url, new_call_id=lambda: f"call_{next(ids)}", model="m", api_key=KEY, deadlines=Deadlines(**deadlines)
    )
    try:
        yield model
    finally:
        await model.close()


async def answer_of(url: str, request: ChatRequest, **deadlines: float) -> list[ChatDelta]:
    async with model_at(url, **deadlines) as model:
        return [delta async for delta in model.reply(request)]


async def failure_of(url: str, **deadlines: float) -> EngineError:
    with pytest.raises(EngineError) as failed:
        await answer_of(url, asking(), **deadlines)
    assert KEY not in str(failed.value)
    assert str(failed.value).endswith(".")
    return failed.value


async def messages_for(*items: ChatMessage, **more: Any) -> list[dict[str, Any]]:
    async with serving(*WHOLE) as server:
        await answer_of(server.url, asking(*items, **more))
        messages: list[dict[str, Any]] = server.requests[0]["messages"]
        return messages


@pytest.fixture(scope="module")
def scripted() -> Iterator[str]:
    with scripted_model() as url:
        yield url


async def test_an_answer_streams_word_by_word_and_ends_with_its_usage(scripted: str) -> None:
    *words, end = await answer_of(scripted, asking(user("Tell me about a lake.")))
    assert len(words) > 10
    text = "".join(word.text for word in words if isinstance(word, TextDelta))
    assert text.startswith("The largest lake in the world is the Caspian Sea. It lies")
    assert all(isinstance(word, TextDelta) and word.text for word in words)
    assert end == ChatEnd("stop", prompt_tokens=10, completion_tokens=len(text.split()) + 1)


async def test_a_function_is_called_and_its_result_is_spoken(scripted: str) -> None:
    question = user("What is the weather in Beijing?")
    began, *arguments, end = await answer_of(scripted, asking(question, tools=(WEATHER,)))
    assert isinstance(began, ToolCallBegan)
    assert began.name == "get_weather"
    assert len(arguments) > 1
    pieces = [piece for piece in arguments if isinstance(piece, ToolCallArguments)]
    assert {piece.call_id for piece in pieces} == {began.call_id}
    assert "".join(piece.delta for piece in pieces) == '{"location":"Beijing"}'
    assert isinstance(end, ChatEnd)
    assert end.finish_reason == "tool_calls"

    call = ToolCall(name="get_weather", call_id=began.call_id, arguments='{"location":"Beijing"}')
    result = ToolResult(call_id=began.call_id, output="sunny")
    deltas = await answer_of(scripted, asking(question, call, result, tools=(WEATHER,)))
    assert "".join(delta.text for delta in deltas if isinstance(delta, TextDelta)).startswith("It is sunny")


async def test_without_a_name_the_first_model_of_the_server_answers(scripted: str) -> None:
    model = OpenAICompatibleModel(scripted, new_call_id=lambda: "call")
    assert await model.model_name() == "scripted"
    assert "scripted" in model.name
    await model.close()


async def test_a_server_without_a_model_is_refused_with_what_to_do() -> None:
    async with serving(json_answer({"object": "list", "data": []})) as server:
        model = OpenAICompatibleModel(server.url, new_call_id=lambda: "call")
        with pytest.raises(EngineError, match="VOICE_LIVE_CHAT_MODEL"):
            await model.model_name()
        await model.close()


async def test_the_conversation_becomes_messages() -> None:
    messages = await messages_for(
        Message("system", "Speak slowly."),
        Message("user", "Hello there"),
        Message("assistant", "Good morning."),
        Message("user", "What is this?", (Image("data:image/png;base64,AA"),)),
        Message("assistant", ""),
        Message("assistant", "A cat.", (Image("data:image/png;base64,AA"),)),
    )
    assert messages == [
        {"role": "system", "content": "Be brief."},
        {"role": "system", "content": "Speak slowly."},
        {"role": "user", "content": "Hello there"},
        {"role": "assistant", "content": "Good morning."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA", "detail": "auto"}},
            ],
        },
        {"role": "assistant", "content": "A cat."},
    ]


async def test_calls_of_one_turn_become_one_message_followed_by_their_results() -> None:
    _, _, called, *results = await messages_for(
        user("Weather?"),
        ToolCall(name="a", call_id="1", arguments="{}"),
        ToolCall(name="b", call_id="2", arguments=""),
        user("Well?"),
        ToolResult(call_id="2", output="two"),
        ToolResult(call_id="1", output="one"),
    )
    assert [call["id"] for call in called["tool_calls"]] == ["1", "2"]
    assert [call["function"] for call in called["tool_calls"]] == [
        {"name": "a", "arguments": "{}"},
        {"name": "b", "arguments": "{}"},
    ]
    assert results == [
        {"role": "tool", "tool_call_id": "1", "content": "one"},
        {"role": "tool", "tool_call_id": "2", "content": "two"},
        {"role": "user", "content": "Well?"},
    ]


async def test_a_result_without_its_call_is_left_out_and_a_call_without_result_gets_one() -> None:
    _, called, result = await messages_for(
        ToolResult(call_id="lost", output="?"),
        ToolCall(name="a", call_id="1", arguments="{}"),
        ToolCall(name="a", call_id="1", arguments="{}"),
    )
    assert [call["id"] for call in called["tool_calls"]] == ["1"]
    assert result["role"] == "tool"
    assert result["content"]


async def test_an_empty_result_is_not_left_out() -> None:
    _, _, result = await messages_for(ToolCall("1", "a", "{}"), ToolResult("1", ""))
    assert result == {"role": "tool", "tool_call_id": "1", "content": "Done."}


async def test_the_options_of_a_request_reach_the_model() -> None:
    request = asking(
        tools=(WEATHER,),
        tool_choice="function:get_weather",
        temperature=0.7,
        max_tokens=100,
        parallel_tool_calls=False,
        reasoning_effort="low",
        model="gpt-realtime",
    )
    async with serving(*WHOLE) as server:
        await answer_of(server.url, request)
        (sent,) = server.requests
    del sent["messages"]
    parameters = {"type": "object", "properties": {"location": {"type": "string"}}}
    offered = {"name": "get_weather", "description": "The weather", "parameters": parameters}
    assert sent == {
        "model": "m",
        "stream": True,
        "stream_options": {"include_usage": True},
        "tools": [{"type": "function", "function": offered}],
        "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
        "parallel_tool_calls": False,
        "temperature": 0.7,
        "max_tokens": 100,
        "reasoning_effort": "low",
    }


async def test_without_tools_none_of_their_options_is_sent() -> None:
    async with serving(*WHOLE) as server:
        await answer_of(server.url, asking(tool_choice="required"))
        assert server.requests[0].keys() == {"model", "messages", "stream", "stream_options"}


def call_delta(
    index: int | None, call_id: str | None = None, name: str | None = None, arguments: str = ""
) -> str:
    function = {"arguments": arguments} | ({"name": name} if name else {})
    return event(
        {"tool_calls": [{"index": index, "function": function} | ({"id": call_id} if call_id else {})]}
    )


@pytest.mark.parametrize(
    "pieces",
    [
        [
            call_delta(0, "x", "a"),
            call_delta(0, arguments='{"n":'),
            call_delta(0, arguments="1}"),
            call_delta(1, "y", "b"),
        ],
        [call_delta(0, "x", "a", '{"n":1}'), call_delta(0, "y", "b")],
        [call_delta(0, "x", "a", '{"n"'), call_delta(1, "y", "b"), call_delta(0, "x", "a", ":1}")],
    ],
    ids=["one after the other", "with the same index", "interleaved, with the name repeated"],
)
async def test_several_calls_are_told_apart(pieces: list[str]) -> None:
    async with serving(EVENT_STREAM, *pieces, event({}, finish="tool_calls"), DONE) as server:
        deltas = await answer_of(server.url, asking())
    assert [delta for delta in deltas if isinstance(delta, ToolCallBegan)] == [
        ToolCallBegan("x", "a"),
        ToolCallBegan("y", "b"),
    ]
    arguments = [delta for delta in deltas if isinstance(delta, ToolCallArguments)]
    assert {delta.call_id for delta in arguments} == {"x"}
    assert "".join(delta.delta for delta in arguments) == '{"n":1}'
    assert deltas[-1] == ChatEnd("tool_calls")


async def test_a_name_in_pieces_is_joined_and_a_missing_id_invented() -> None:
    pieces = [call_delta(0, name="get_"), call_delta(0, name="weather"), call_delta(0, arguments="{}")]
    async with serving(EVENT_STREAM, *pieces, event({}, finish="tool_calls"), DONE) as server:
        deltas = await answer_of(server.url, asking())
    assert deltas == [
        ToolCallBegan("call_1", "get_weather"),
        ToolCallArguments("call_1", "{}"),
        ChatEnd("tool_calls"),
    ]


async def test_leaving_the_answer_closes_the_connection_to_the_model() -> None:
    async with (
        serving(EVENT_STREAM, event({"content": "One"}), hang=True) as server,
        model_at(server.url) as model,
    ):
        answer = model.reply(asking())
        assert await anext(answer) == TextDelta("One")
        await answer.aclose()
        async with asyncio.timeout(5):
            await server.gone.wait()


async def test_a_model_that_is_not_there_is_unreachable() -> None:
    async with serving() as server:
        url = server.url
    failure = await failure_of(url)
    assert failure.code == "model_unreachable"
    assert "VOICE_LIVE_CHAT_URL" in str(failure)


@pytest.mark.parametrize(
    "answer", [(), (EVENT_STREAM,), (EVENT_STREAM, event({"role": "assistant", "content": ""}))]
)
async def test_a_model_that_says_nothing_is_given_up(answer: tuple[str, ...]) -> None:
    async with serving(*answer, hang=True) as server:
        assert (await failure_of(server.url, first_token_s=0.3)).code == "model_timeout"


async def test_a_model_that_falls_silent_in_mid_answer_is_given_up() -> None:
    async with serving(EVENT_STREAM, event({"content": "One"}), hang=True) as server:
        assert (await failure_of(server.url, next_token_s=0.3)).code == "model_timeout"


async def test_a_model_that_dies_in_mid_answer_is_told_after_what_it_said() -> None:
    async with serving(EVENT_STREAM, event({"content": "One"})) as server, model_at(server.url) as model:
        answer = model.reply(asking())
        assert await anext(answer) == TextDelta("One")
        with pytest.raises(EngineError) as failed:
            await anext(answer)
    assert failed.value.code == "model_died"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (json_answer({"error": {"message": f"wrong key {KEY}"}}, 401), "model_refused"),
        (json_answer({"error": {"message": "no such model"}}, 404), "model_refused"),
        (json_answer({"error": {"message": "bad"}}, 400), "model_refused"),
        (json_answer({"error": {"message": "slow down"}}, 429), "model_rate_limited"),
        (json_answer({"error": {"message": "oops"}}, 500), "model_died"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<garbage>", "model_died"),
        ("not even http\r\n\r\n", "model_unreachable"),
        (EVENT_STREAM + "data: {not json}\n\n", "model_died"),
        (EVENT_STREAM + "data: [1, 2]\n\n", "model_died"),
        (EVENT_STREAM + 'data: {"error": {"message": "out of memory"}}\n\n', "model_died"),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nda",
            "model_died",
        ),
    ],
)
async def test_what_a_model_does_wrong_becomes_a_sentence_with_a_code(answer: str, code: str) -> None:
    async with serving(answer) as server:
        assert (await failure_of(server.url)).code == code
        assert len(server.headers) == 1  # nothing is tried again behind a person's back


async def test_a_wrong_key_is_named_by_its_setting() -> None:
    async with serving(json_answer({}, 401)) as server:
        assert "VOICE_LIVE_CHAT_API_KEY" in str(await failure_of(server.url))


async def test_once_the_answer_is_whole_nothing_after_it_matters() -> None:
    async with serving(
        EVENT_STREAM, event({"content": "Yes."}), event({}, finish="length"), hang=True
    ) as server:
        deltas = await answer_of(server.url, asking(), next_token_s=0.3)
    assert deltas == [TextDelta("Yes."), ChatEnd("length")]


async def test_an_answer_without_a_finish_reason_is_whole_when_the_server_says_that_it_is_done() -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 2}
    pieces = (EVENT_STREAM, event({"content": "Yes."}), event(usage=usage))
    async with serving(*pieces, DONE) as server:
        assert await answer_of(server.url, asking()) == [TextDelta("Yes."), ChatEnd("stop", 3, 2)]
    async with serving(*pieces, DONE, hang=True) as server:
        deltas = await answer_of(server.url, asking(), next_token_s=0.3)
        assert deltas == [TextDelta("Yes."), ChatEnd("stop", 3, 2)]
    async with serving(*pieces) as server:
        assert (await failure_of(server.url)).code == "model_died"


async def test_a_server_that_is_done_without_having_said_anything_has_failed() -> None:
    async with serving(EVENT_STREAM, event({"role": "assistant"}), DONE) as server:
        assert (await failure_of(server.url)).code == "model_died"


@pytest.mark.parametrize("tokens", ["x", "7", 10.5, -5, True, None, 10**30, [3], {"n": 3}])
async def test_a_number_of_tokens_that_makes_no_sense_is_as_if_it_had_not_been_told(tokens: Any) -> None:
    usage = {"prompt_tokens": tokens, "completion_tokens": 2}
    async with serving(*WHOLE[:-1], event(usage=usage), DONE) as server:
        assert (await answer_of(server.url, asking()))[-1] == ChatEnd("stop", None, 2)


@pytest.mark.parametrize("usage", ["a lot", 7, [1], {}, None])
async def test_usage_in_no_known_form_does_not_spoil_the_answer(usage: Any) -> None:
    async with serving(*WHOLE[:-1], event(usage=usage), DONE) as server:
        assert await answer_of(server.url, asking()) == [TextDelta("Yes."), ChatEnd("stop")]


async def test_an_ollama_with_a_model_is_found_and_anything_else_is_not(scripted: str) -> None:
    assert await find_ollama(scripted.removesuffix("/v1"), deadline_s=5) == scripted
    async with serving(json_answer({"object": "list", "data": []})) as server:
        assert await find_ollama(server.url.removesuffix("/v1"), deadline_s=5) is None
        url = server.url.removesuffix("/v1")
    assert await find_ollama(url, deadline_s=5) is None
    async with serving("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi") as server:
        assert await find_ollama(server.url.removesuffix("/v1"), deadline_s=5) is None
    async with serving(hang=True) as server:
        assert await find_ollama(server.url.removesuffix("/v1"), deadline_s=0.2) is None
