"""The guide answers without a model, and says so."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from openvoicelive.chat.guide.guide import Guide
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
from openvoicelive.errors import EngineError

NOW = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)


def user(text: str) -> Message:
    return Message("user", text)


async def deltas_for(*items: ChatMessage, **more: Any) -> list[ChatDelta]:
    guide = Guide(now=lambda: NOW, new_call_id=lambda: "call_1")
    return [delta async for delta in guide.reply(ChatRequest("", items, **more))]


async def answer_to(*items: ChatMessage, **more: Any) -> str:
    *words, end = await deltas_for(*items, **more)
    assert end == ChatEnd("stop")
    assert all(isinstance(word, TextDelta) and word.text for word in words)
    return "".join(word.text for word in words if isinstance(word, TextDelta))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How do I connect Azure?", "AZURE_VOICE_LIVE_ENDPOINT"),
        ("how do i use ollama", "Start Ollama"),
        ("Can I connect another model?", "VOICE_LIVE_CHAT_URL"),
        ("How do I use an OpenAI-compatible endpoint?", "VOICE_LIVE_CHAT_MODEL"),
        ("What can you do?", "do sums"),
        ("Who are you?", "without a language model"),
        ("Are you a human?", "without a language model"),
        ("Is my voice sent anywhere?", "no further"),
        ("How do I interrupt you?", "I stop"),
        ("Which engines do you use?", "Moonshine"),
        ("How can I change the voice?", "VOICE_LIVE_VOICE"),
        ("Where is the source code?", "MIT"),
        ("What is the license?", "MIT"),
        ("Do you speak Italian?", "English"),
        ("You can't hear me, what about my microphone?", "Allow the microphone"),
        ("Do you record me?", "no further"),
        ("What is this thing?", "openvoicelive"),
        ("How does it work?", "Silero"),
        ("What can I ask?", "do sums"),
        ("Stop.", "All right."),
        ("I'd like to send an email", "only the guide"),
        ("What is the day after tomorrow?", "The day after tomorrow is Sunday, November 22, 2026."),
        ("what's the date tomorrow", "Tomorrow is Saturday, November 21, 2026."),
        ("What is tomorrow's date?", "Tomorrow is Saturday, November 21, 2026."),
        ("What day of the week is it tomorrow?", "Tomorrow is Saturday, November 21, 2026."),
        ("What day will it be the day after tomorrow?", "is Sunday, November 22, 2026."),
        ("What was yesterday?", "Yesterday was Thursday, November 19, 2026."),
        ("Which day was it the day before yesterday, please?", "The day before yesterday was Wednesday"),
        ("Can you tell me what day it is?", "Today is Friday, November 20, 2026."),
        ("Do you know the date? I forgot.", "Today is Friday, November 20, 2026."),
        ("Whats the date and time", "Today is Friday, November 20, 2026."),
        ("What's the date next Monday?", "only the guide"),
        ("What day is Christmas?", "only the guide"),
        ("What day is it in three days?", "only the guide"),
        ("Hello!", "I am the guide"),
        ("Thank you.", "welcome"),
        ("Goodbye", "Goodbye"),
        ("What time is it?", "It is 2:05 PM."),
        ("What\N{RIGHT SINGLE QUOTATION MARK}s the date today?", "Today is Friday, November 20, 2026."),
        ("What day is it?", "Today is Friday, November 20, 2026."),
        ("What is twelve times seven?", "That is 84."),
        ("What is one divided by three?", "That is about 0.3333."),
        ("What is five divided by zero?", "Nothing can be divided by zero."),
        ("What is 99 to the power of 60?", "That number is too large to say."),
        ("...", "I did not catch that"),
    ],
)
async def test_a_question_is_answered(question: str, expected: str) -> None:
    assert expected in await answer_to(user(question))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Repeat after me: the sky is blue.", "the sky is blue."),
        ("Please say Good Morning, Anna", "Good Morning, Anna"),
        ("Can you repeat what is two plus two", "what is two plus two"),
    ],
)
async def test_what_is_to_be_repeated_is_repeated(question: str, words: str) -> None:
    assert await answer_to(user(question)) == words


@pytest.mark.parametrize(
    "request_",
    [
        "repeat after me",
        "Repeat after me.",
        "Can you repeat after me, please?",
        "Say...",
        "repeat what I say",
    ],
)
async def test_who_does_not_say_what_to_repeat_is_asked_and_then_repeated(request_: str) -> None:
    asked = await answer_to(user(request_))
    assert asked == "What shall I repeat?"
    conversation = (user(request_), Message("assistant", asked))
    assert await answer_to(*conversation, user("What time is it?")) == "What time is it?"
    assert await answer_to(*conversation, user("Repeat after me: good night")) == "good night"
    assert await answer_to(*conversation, user("What did you say?")) == asked


async def test_only_the_words_after_the_question_what_to_repeat_are_repeated() -> None:
    asked, repeated = (Message("assistant", said) for said in ("What shall I repeat?", "Hello"))
    said = await answer_to(user("Repeat after me"), asked, user("Hello"), repeated, user("Who are you?"))
    assert "I am the guide" in said


async def test_the_day_changes_with_the_month_and_the_year() -> None:
    guide = Guide(now=lambda: datetime(2026, 12, 31, 23, 59, tzinfo=UTC), new_call_id=lambda: "call_1")
    deltas = guide.reply(ChatRequest("", (user("What day is tomorrow?"),)))
    answer = "".join([delta.text async for delta in deltas if isinstance(delta, TextDelta)])
    assert answer == "Tomorrow is Friday, January 1, 2027."


async def test_the_last_answer_is_said_again() -> None:
    spoken = Message("assistant", "That is 4.")
    assert (
        await answer_to(user("What is two plus two?"), spoken, user("Say that again, please")) == "That is 4."
    )
    assert "did not catch" in await answer_to(user("Can you repeat that?"))


async def test_what_it_does_not_know_it_says_with_what_it_understood_and_how_to_connect_a_model() -> None:
    answer = await answer_to(user("Why do cats purr?"))
    assert "Why do cats purr" in answer
    assert "VOICE_LIVE_CHAT_URL" in answer
    assert answer.count(".") == 1
    # A recogniser may end with a comma what the speaker has not ended.
    assert "understood: Today, but" in await answer_to(user("Today,"))


async def test_it_greets_when_nobody_has_spoken_yet() -> None:
    assert "guide" in await answer_to()
    assert "guide" in await answer_to(Message("system", "Be brief."))


async def test_only_what_the_user_said_last_is_answered() -> None:
    answer = await answer_to(user("Hello"), user("What is two plus two?"))
    assert answer == "That is 4."


async def test_an_answer_comes_word_by_word() -> None:
    words = [delta.text for delta in await deltas_for(user("Hello")) if isinstance(delta, TextDelta)]
    assert words[:3] == ["Hello.", " I", " am"]


async def test_a_language_that_it_does_not_speak_is_answered_in_english() -> None:
    assert await answer_to(user("What is two plus two?"), language="fr-FR") == "That is 4."


WEATHER = FunctionTool(
    "get_weather",
    "Tells the weather of a place",
    {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]},
)
LIGHTS = FunctionTool(
    "switch_lights",
    None,
    {
        "type": "object",
        "properties": {
            "room": {"enum": ["kitchen", "hall"]},
            "level": {"type": "integer", "minimum": 1, "maximum": 10},
            "warmth": {"type": ["number", "null"]},
            "slowly": {"type": "boolean"},
            "scenes": {"type": "array", "items": {"type": "string"}},
            "colour": {"anyOf": [{"type": "null"}, {"type": "string"}]},
            "options": {"type": "object", "properties": {"colour": {"type": "string", "default": "white"}}},
        },
    },
)


async def call_for(question: str, tool_choice: str, *tools: FunctionTool) -> tuple[str, str]:
    began, arguments, end = await deltas_for(user(question), tools=tools, tool_choice=tool_choice)
    assert isinstance(began, ToolCallBegan)
    assert isinstance(arguments, ToolCallArguments)
    assert began.call_id == arguments.call_id == "call_1"
    assert end == ChatEnd("tool_calls")
    return began.name, arguments.delta


async def test_a_function_that_must_be_called_gets_the_users_words() -> None:
    question = "What is the weather in Beijing today?"
    assert await call_for(question, "function:get_weather", LIGHTS, WEATHER) == (
        "get_weather",
        '{"location":"Beijing"}',
    )
    assert await call_for(question, "required", LIGHTS, WEATHER) == ("get_weather", '{"location":"Beijing"}')


async def test_arguments_have_the_types_of_the_schema() -> None:
    name, arguments = await call_for("Put the lights of the hall to 42", "required", LIGHTS)
    assert name == "switch_lights"
    assert json.loads(arguments) == {
        "room": "hall",
        "level": 10,
        "warmth": 42,
        "slowly": True,
        "scenes": [],
        "colour": None,
        "options": {"colour": "white"},
    }


async def test_a_function_without_parameters_is_called_with_none() -> None:
    assert await call_for("Go", "required", FunctionTool("go")) == ("go", "{}")


@pytest.mark.parametrize("choice", ["auto", "none"])
async def test_a_function_that_need_not_be_called_is_not(choice: str) -> None:
    assert (
        await answer_to(user("What is two plus two?"), tools=(WEATHER,), tool_choice=choice) == "That is 4."
    )


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        ("It is sunny.", "Here is the answer: It is sunny."),
        (
            '{"temperature": 25, "sky_state": "sunny", "alerts": []}',
            "Here is the answer: temperature is 25, sky state is sunny.",
        ),
        ('["one", 2, true]', "Here is the answer: one, 2, true."),
        ("", "That is done."),
        ("null", "That is done."),
    ],
)
async def test_what_a_function_gave_is_read_out_even_if_it_must_be_called(output: str, answer: str) -> None:
    items = (
        user("Weather?"),
        ToolCall(name="get_weather", call_id="1", arguments="{}"),
        ToolResult(call_id="1", output=output),
    )
    assert await answer_to(*items, tools=(WEATHER,), tool_choice="required") == answer


async def test_a_long_result_is_cut_between_words() -> None:
    answer = await answer_to(ToolResult(call_id="1", output="word " * 500))
    assert len(answer) < 400
    assert answer.endswith("word.")


async def test_a_picture_is_refused_in_words() -> None:
    picture = Message("user", "", (Image("data:image/png;base64,AAAA"),))
    with pytest.raises(EngineError, match="cannot see pictures"):
        await answer_to(picture)
