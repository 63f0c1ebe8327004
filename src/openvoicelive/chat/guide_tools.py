"""How the guide calls a client's function, and reads out what it gave."""

import json
import re
from collections.abc import Callable
from functools import cached_property
from typing import Any

from openvoicelive.chat.arithmetic import as_spoken
from openvoicelive.chat.folding import LONGEST_READ_CHARACTERS, folded
from openvoicelive.chat.guide_phrases import Phrases
from openvoicelive.chat.interface import ChatRequest, FunctionTool
from openvoicelive.errors import EngineError

LONGEST_READING_CHARACTERS = 300
LONGEST_OUTPUT_CHARACTERS = 100_000
"""Of what a function gave, no more is looked at: its beginning is read out."""
# All this runs on the event loop, so what a client's functions may cost has a bound, too.
MOST_TOOLS = 128
MOST_VALUES = 200
LONGEST_REPETITION_CHARACTERS = 100_000
MOST_CHOICES = 1_000


def chosen_tool(request: ChatRequest, question: str) -> FunctionTool | None:
    """Return the function that the request forces: the one it names, or the one most like the question."""
    name = request.tool_choice.removeprefix("function:")
    if name != request.tool_choice:
        return next((tool for tool in request.tools if tool.name == name), None)
    if request.tool_choice != "required" or not request.tools:
        return None
    asked = _words(question)
    return max(request.tools[:MOST_TOOLS], key=lambda tool: len(asked & _words_of(tool)))


def arguments_for(schema: dict[str, Any], question: str, phrases: Phrases) -> Any:
    """Return the smallest value that the schema allows, with the user's words where it wants text.

    Raises:
        EngineError: If it wants more than a person could have asked for.

    """
    return _Arguments(question, phrases).value(schema)


def read_out(output: str, phrases: Phrases) -> str:
    """Say what a function gave: the text itself, or the entries of its JSON."""
    output = output[:LONGEST_OUTPUT_CHARACTERS]
    try:
        text = _spoken(json.loads(output), phrases)
    except (ValueError, RecursionError):  # no JSON, or nested deeper than anybody could follow
        text = output
    text = text.strip().rstrip(".")
    if not text:
        return phrases.tool_empty
    if len(text) > LONGEST_READING_CHARACTERS:
        text = text[:LONGEST_READING_CHARACTERS].rsplit(" ", 1)[0]
    return phrases.tool_answer.format(text=text)


def _spoken(value: Any, phrases: Phrases) -> str:
    match value:
        case dict():
            entries = (
                (str(name).replace("_", " "), _spoken(entry, phrases)) for name, entry in value.items()
            )
            return ", ".join(phrases.pair.format(name=name, value=entry) for name, entry in entries if entry)
        case list():
            return ", ".join(filter(None, (_spoken(entry, phrases) for entry in value)))
        case None:
            return ""
        case bool():
            return phrases.yes if value else phrases.no
        case int() | float():
            return as_spoken(str(value), phrases.mathematics)
        case _:
            return str(value)


def _words_of(tool: FunctionTool) -> set[str]:
    return _words(f"{tool.name} {tool.description or ''}"[:LONGEST_READ_CHARACTERS])


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", folded(text)))


class _Arguments:
    """Finds the values for one call."""

    def __init__(self, question: str, phrases: Phrases) -> None:
        self._question = question
        self._phrases = phrases
        self._values = 0

    def value(self, schema: dict[str, Any]) -> Any:
        self._values += 1
        if self._values > MOST_VALUES:
            raise _too_many_arguments()
        for fixed in ("const", "default"):
            if fixed in schema:
                return schema[fixed]
        if choices := schema.get("enum"):
            asked = self._question.lower()
            return next(
                (choice for choice in choices[:MOST_CHOICES] if str(choice).lower() in asked), choices[0]
            )
        if options := schema.get("anyOf") or schema.get("oneOf"):
            return self.value(options[0])
        kind = schema.get("type", "object")
        return _OF_TYPE[kind[0] if isinstance(kind, list) else kind](self, schema)

    @cached_property
    def about(self) -> str:
        """The words that the request is about: "Beijing" of "What is the weather in Beijing?"."""
        found = re.search(self._phrases.place, folded(self._question))
        if found:
            return self._question[slice(*found.span("words"))]
        return self._question.strip(" .?!\u00bf\u00a1")

    def object(self, schema: dict[str, Any]) -> dict[str, Any]:
        properties = schema.get("properties", {})
        wanted = schema.get("required", properties)
        return {name: self.value(properties.get(name, {})) for name in wanted}

    def array(self, schema: dict[str, Any]) -> list[Any]:
        times = int(schema.get("minItems", 0))
        item = self.value(schema.get("items", {"type": "string"}))
        if times * len(json.dumps(item)) > LONGEST_REPETITION_CHARACTERS:
            raise _too_many_arguments()
        return [item] * times

    def number(self, schema: dict[str, Any]) -> float:
        found = re.search(r"-?\d+(?:[.,]\d+)?", self._question)
        number = float(found.group().replace(",", ".")) if found else 0.0
        number = float(min(max(number, schema.get("minimum", number)), schema.get("maximum", number)))
        return int(number) if number.is_integer() else number


def _too_many_arguments() -> EngineError:
    return EngineError(
        "The guide cannot fill in so many arguments; connect a model that can.", code="too_many_arguments"
    )


_OF_TYPE: dict[str, Callable[[_Arguments, dict[str, Any]], Any]] = {
    "string": lambda arguments, _: arguments.about,
    "integer": lambda arguments, schema: int(arguments.number(schema)),
    "number": _Arguments.number,
    "boolean": lambda _arguments, _: True,
    "null": lambda _arguments, _: None,
    "array": _Arguments.array,
    "object": _Arguments.object,
}
