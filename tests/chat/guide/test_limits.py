"""Whatever a client sends, the guide's work has a bound: it is done on the event loop of all sessions.

The time itself is not measured: it follows from how much is read.
"""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openvoicelive.chat.guide.folding import LONGEST_READ_CHARACTERS, last_words
from openvoicelive.chat.guide.texts import load_texts
from openvoicelive.chat.guide.tools import LONGEST_OUTPUT_CHARACTERS, MOST_CHOICES, MOST_TOOLS
from openvoicelive.chat.interface import FunctionTool, Message, ToolResult
from openvoicelive.errors import EngineError
from tests.chat.guide.test_guide import WEATHER, answer_to, call_for, user

LANGUAGES = tuple(load_texts())
# Each begins something that a pattern of some language looks for.
BEGINNINGS = (
    "what is ",
    "what time is it? ",
    "the time in ",
    "how do i connect ",
    "repeat after me: ",
    "say ",
    "can you please ",
    "1+",
    "square root of ",
    "- ",
    "y ",
    "...",
    "   \n",
    "che ora e ",
    "ripeti ",
    "quanto fa due piu ",
    "que horas sao ",
    "repita ",
    "cuanto es ",
    "repite ",
    "stop the ",
    "nothing of all this ",
)
beginnings = st.lists(st.sampled_from(BEGINNINGS), max_size=60).map("".join)


@given(beginnings, beginnings, beginnings, st.sampled_from(sorted(LANGUAGES)))
@settings(max_examples=60)
async def test_an_answer_depends_only_on_the_end_of_a_long_text(
    before: str, instead: str, end: str, language: str
) -> None:
    end = (end or "so be it ") + "and so on " * (LONGEST_READ_CHARACTERS // 10)
    texts = [start + end[-LONGEST_READ_CHARACTERS - 9 :] for start in ("x" + before, "x" + instead)]
    answers = [await answer_to(user(text), language=language) for text in texts]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("beginning", BEGINNINGS)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_text_of_any_length_is_answered_in_few_words(beginning: str, language: str) -> None:
    answer = await answer_to(user(beginning * 2_000), language=language)
    assert len(answer) < 2 * LONGEST_READ_CHARACTERS


@pytest.mark.parametrize(
    ("question", "answer"),
    [("What time is it?", "It is 2:05 PM."), ("How do I connect Azure?", "AZURE_VOICE_LIVE_ENDPOINT")],
)
@pytest.mark.parametrize("space", ["", " \n" * 5_000])
async def test_who_writes_much_is_answered_the_question_at_the_end(
    question: str, answer: str, space: str
) -> None:
    story = "There is much to tell. " * 5_000
    assert answer in await answer_to(user(story + question + space))
    assert answer not in await answer_to(user(question + story))


def test_only_whole_words_of_a_long_text_are_read() -> None:
    words = last_words("numbers " * 200).split()
    assert set(words) == {"numbers"}
    assert last_words("number one") == "number one"


async def test_runs_of_spaces_are_read_as_one() -> None:
    assert await answer_to(user("Say one" + " " * 500 + "two")) == "one two"
    assert await answer_to(user("What" + "\n" * 500 + "time is it?")) == "It is 2:05 PM."


async def test_what_is_said_again_has_a_bound_too() -> None:
    spoken = Message("assistant", "word " * 10_000 + " " * 10_000)
    assert len(await answer_to(spoken, user("Say that again"))) <= LONGEST_READ_CHARACTERS


@pytest.mark.parametrize("sum_", ["1" + "+1" * 60, "1" + "+1" * 400, "-" * 900 + "1", "2" + "^1" * 400])
async def test_what_is_too_long_for_a_sum_is_none(sum_: str) -> None:
    assert "only the guide" in await answer_to(user(sum_))


async def test_the_root_of_a_number_that_is_too_large_to_say_is_not_taken() -> None:
    assert "too large" in await answer_to(user("square root of 999999999 to the power of 64"))


@pytest.mark.parametrize("output", ["[" * 10_000 + "]" * 10_000, "[" * 400 + "]" * 400, "[1," * 10**6])
async def test_a_result_that_nobody_could_follow_is_read_from_its_beginning(output: str) -> None:
    answer = await answer_to(ToolResult(call_id="1", output=output))
    assert len(answer) < 400


def nested(times: int, depth: int, schema: Any) -> Any:
    for _ in range(depth):
        schema = {"type": "array", "minItems": times, "items": schema}
    return schema


@pytest.mark.parametrize(
    "schema",
    [
        nested(10**9, 1, {"type": "null"}),
        nested(100, 20, {"type": "null"}),
        nested(1, 400, {"type": "null"}),
        nested(100, 1, {"const": "word" * 10_000}),
        {"properties": {f"property_{number}": {"type": "string"} for number in range(10_000)}},
    ],
    ids=["many items", "nested items", "deep", "long items", "many properties"],
)
async def test_a_function_that_wants_too_much_is_not_called(schema: dict[str, Any]) -> None:
    with pytest.raises(EngineError, match="so many arguments"):
        await call_for("Go", "required", FunctionTool("go", None, schema))


async def test_a_long_question_gives_a_function_no_more_than_its_end() -> None:
    _, arguments = await call_for("in " * 30_000 + "in Beijing", "required", WEATHER)
    assert len(json.loads(arguments)["location"]) <= LONGEST_READ_CHARACTERS


async def test_only_the_first_of_many_functions_and_choices_are_compared_with_the_question() -> None:
    lamp = FunctionTool("lamp", None, {"enum": ["red"] * MOST_CHOICES + ["green"]})
    others = [FunctionTool(f"function_{number}", "go " * 10_000) for number in range(MOST_TOOLS)]
    assert await call_for("Green lamp", "required", lamp, *others) == ("lamp", '"red"')
    name, _ = await call_for("Green lamp", "required", *others, lamp)
    assert name == "function_0"


@pytest.mark.parametrize(
    ("length", "beginning"),
    [(LONGEST_OUTPUT_CHARACTERS - 100, "word, word"), (LONGEST_OUTPUT_CHARACTERS + 100, '["word", "word"')],
)
async def test_a_result_that_is_too_long_is_not_read_as_json(length: int, beginning: str) -> None:
    output = json.dumps(["word"] * (length // len('"word", ')))
    assert beginning in await answer_to(ToolResult("1", output))
