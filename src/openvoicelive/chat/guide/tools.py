"""Calls a client's function, and reads out its result."""

import json
import re
from typing import Any

from openvoicelive.chat.guide.folding import LONGEST_READ_CHARACTERS, folded
from openvoicelive.chat.guide.texts import GuideTexts
from openvoicelive.chat.interface import ChatRequest, FunctionTool
from openvoicelive.errors import EngineError

LONGEST_READING_CHARACTERS = 300
LONGEST_OUTPUT_CHARACTERS = 100_000
"""Of a longer result only the beginning is read."""
# All this runs on the event loop, so the work for a client's functions has bounds.
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


def arguments_for(tool: FunctionTool, question: str, texts: GuideTexts) -> str:
    """Return the smallest arguments that the function's schema allows, as JSON.

    If the schema wants text, it gets the user's words.

    Raises:
        EngineError: If the function wants more than a person could have asked for.

    """
    arguments = _Arguments(question, texts).value(tool.parameters or {})
    return json.dumps(arguments, separators=(",", ":"), ensure_ascii=False)


def read_out(output: str, texts: GuideTexts) -> str:
    """Say a function's result: the text itself, or the entries of its JSON."""
    output = output[:LONGEST_OUTPUT_CHARACTERS]
    try:
        text = _spoken(json.loads(output), texts)
    except (ValueError, RecursionError):  # no JSON, or nested deeper than anybody could follow
        text = output
    text = text.strip().rstrip(".")
    if not text:
        return texts.says.tool_empty
    if len(text) > LONGEST_READING_CHARACTERS:
        text = text[:LONGEST_READING_CHARACTERS].rsplit(" ", 1)[0]
    return texts.says.tool_answer.format(text=text)


def _spoken(value: Any, texts: GuideTexts) -> str:
    match value:
        case dict():
            entries = ((str(name), _spoken(entry, texts)) for name, entry in value.items())
            pair = texts.says.pair
            return ", ".join(
                pair.format(name=name.replace("_", " "), value=said) for name, said in entries if said
            )
        case list():
            return ", ".join(filter(None, (_spoken(entry, texts) for entry in value)))
        case None:
            return ""
        case bool():
            return texts.says.yes if value else texts.says.no
        case int() | float():
            return texts.number(str(value))
        case _:
            return str(value)


def _words_of(tool: FunctionTool) -> set[str]:
    return _words(f"{tool.name} {tool.description or ''}"[:LONGEST_READ_CHARACTERS])


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", folded(text)))


class _Arguments:
    """Finds the values for one call."""

    def __init__(self, question: str, texts: GuideTexts) -> None:
        self._question = question
        found = texts.place.search(folded(question))
        self._about = question[slice(*found.span("words"))] if found else question.strip(" .?!\u00bf\u00a1")
        """What the request is about: "Beijing" of "What is the weather in Beijing?"."""
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
            named = (choice for choice in choices[:MOST_CHOICES] if str(choice).lower() in asked)
            return next(named, choices[0])
        if options := schema.get("anyOf") or schema.get("oneOf"):
            return self.value(options[0])
        kind = schema.get("type", "object")
        return self._value_of_type(kind[0] if isinstance(kind, list) else kind, schema)

    def _value_of_type(self, kind: str, schema: dict[str, Any]) -> Any:
        match kind:
            case "object":
                properties = schema.get("properties", {})
                wanted = schema.get("required", properties)
                return {name: self.value(properties.get(name, {})) for name in wanted}
            case "array":
                return self._array(schema)
            case "number":
                return self._number(schema)
            case "integer":
                return int(self._number(schema))
            case "boolean" | "null":
                return True if kind == "boolean" else None
            case _:
                return self._about

    def _array(self, schema: dict[str, Any]) -> list[Any]:
        times = int(schema.get("minItems", 0))
        item = self.value(schema.get("items", {"type": "string"}))
        if times * len(json.dumps(item)) > LONGEST_REPETITION_CHARACTERS:
            raise _too_many_arguments()
        return [item] * times

    def _number(self, schema: dict[str, Any]) -> float:
        found = re.search(r"-?\d+(?:[.,]\d+)?", self._question)
        number = float(found.group().replace(",", ".")) if found else 0.0
        number = float(min(max(number, schema.get("minimum", number)), schema.get("maximum", number)))
        return int(number) if number.is_integer() else number


def _too_many_arguments() -> EngineError:
    return EngineError(
        "The guide cannot fill in so many arguments; connect a model that can.", code="too_many_arguments"
    )
