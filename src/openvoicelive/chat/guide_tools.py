"""How the guide calls a client's function, and reads out what it gave."""

import json
import re
from collections.abc import Callable
from typing import Any

from openvoicelive.chat.arithmetic import as_spoken
from openvoicelive.chat.folding import folded
from openvoicelive.chat.guide_phrases import Phrases
from openvoicelive.chat.interface import ChatRequest, FunctionTool

LONGEST_READING_CHARACTERS = 300


def chosen_tool(request: ChatRequest, question: str) -> FunctionTool | None:
    """Return the function that the request forces: the one it names, or the one most like the question."""
    name = request.tool_choice.removeprefix("function:")
    if name != request.tool_choice:
        return next((tool for tool in request.tools if tool.name == name), None)
    if request.tool_choice != "required" or not request.tools:
        return None
    asked = _words(question)
    return max(request.tools, key=lambda tool: len(asked & _words(f"{tool.name} {tool.description or ''}")))


def arguments_for(schema: dict[str, Any], question: str, phrases: Phrases) -> Any:
    """Return the smallest value that the schema allows, with the user's words where it wants text."""
    for fixed in ("const", "default"):
        if fixed in schema:
            return schema[fixed]
    if choices := schema.get("enum"):
        return next((choice for choice in choices if str(choice).lower() in question.lower()), choices[0])
    if options := schema.get("anyOf") or schema.get("oneOf"):
        return arguments_for(options[0], question, phrases)
    kind = schema.get("type", "object")
    return _OF_TYPE[kind[0] if isinstance(kind, list) else kind](schema, question, phrases)


def read_out(output: str, phrases: Phrases) -> str:
    """Say what a function gave: the text itself, or the entries of its JSON."""
    try:
        value = json.loads(output)
    except ValueError:
        value = output
    text = _spoken(value, phrases).strip().rstrip(".")
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


def _about(question: str, phrases: Phrases) -> str:
    """Return the words that a request is about: "Beijing" of "What is the weather in Beijing?"."""
    found = re.search(phrases.place, folded(question))
    return question[slice(*found.span("words"))] if found else question.strip(" .?!\u00bf\u00a1")


def _object(schema: dict[str, Any], question: str, phrases: Phrases) -> dict[str, Any]:
    properties = schema.get("properties", {})
    wanted = schema.get("required", properties)
    return {name: arguments_for(properties.get(name, {}), question, phrases) for name in wanted}


def _array(schema: dict[str, Any], question: str, phrases: Phrases) -> list[Any]:
    item = schema.get("items", {"type": "string"})
    return [arguments_for(item, question, phrases)] * int(schema.get("minItems", 0))


def _number(schema: dict[str, Any], question: str) -> float:
    found = re.search(r"-?\d+(?:[.,]\d+)?", question)
    number = float(found.group().replace(",", ".")) if found else 0.0
    number = float(min(max(number, schema.get("minimum", number)), schema.get("maximum", number)))
    return int(number) if number.is_integer() else number


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", folded(text)))


_OF_TYPE: dict[str, Callable[[dict[str, Any], str, Phrases], Any]] = {
    "string": lambda _schema, question, phrases: _about(question, phrases),
    "integer": lambda schema, question, _phrases: int(_number(schema, question)),
    "number": lambda schema, question, _phrases: _number(schema, question),
    "boolean": lambda _schema, _question, _phrases: True,
    "null": lambda _schema, _question, _phrases: None,
    "array": _array,
    "object": _object,
}
