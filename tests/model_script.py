"""The script of the chat model in tests: what it says, and which tools it calls, for what it is asked.

Its answers are what the official live tests and our own wait for.
"""

import json
from dataclasses import dataclass
from typing import Any

Message = dict[str, Any]
Request = dict[str, Any]
"""The body of a chat-completions request."""

LAKE = (
    "The largest lake in the world is the Caspian Sea. It lies between Europe and Asia, "
    "and its water is slightly salty."
)
WEATHER = "It is sunny in Beijing today, and the temperature is 25 degrees."
STORY = " ".join(
    f"Wave number {number} rolled over the wide blue ocean and broke on the quiet shore."
    for number in range(1, 61)
)
ANNOUNCEMENT = "I will get the weather for you. Please wait a moment."
"""Said before a call where the instructions ask for it, word for word."""

PLACE = "Beijing"
"""The value of every argument of every call."""


@dataclass(frozen=True)
class ScriptedAnswer:
    """What the model says, and the function that it calls after that, with arguments as JSON."""

    text: str
    function: str | None = None
    arguments: str = ""


def scripted_answer(request: Request) -> ScriptedAnswer:
    """Return the script's answer to a request."""
    last = request["messages"][-1]
    if last["role"] == "tool":
        return ScriptedAnswer(WEATHER)
    said = _text(last) if last["role"] == "user" else ""
    function = _chosen_function(request, said.lower())
    if function is not None:
        arguments = json.dumps(dict.fromkeys(_parameters(function), PLACE), separators=(",", ":"))
        return ScriptedAnswer(_announcement(request), function["name"], arguments)
    if "story" in said.lower():
        return ScriptedAnswer(STORY)
    if "lake" in said.lower():
        return ScriptedAnswer(LAKE)
    return ScriptedAnswer(f"You said: {said or 'nothing'}. Thank you, that was clear.")


def _chosen_function(request: Request, said: str) -> Message | None:
    """Return the function that was chosen for the model, or else the first that what was said is about."""
    functions: list[Message] = [tool["function"] for tool in request.get("tools") or []]
    choice = request.get("tool_choice")
    if choice == "none":
        return None
    if isinstance(choice, dict):
        wanted = choice["function"]["name"]
        return next((function for function in functions if function["name"] == wanted), None)
    for function in functions:
        subject = function["name"].removeprefix("get_").replace("_", " ")
        if subject in said or not _parameters(function):
            return function
    return functions[0] if functions and choice == "required" else None


def _announcement(request: Request) -> str:
    instructions = (
        _text(message) for message in request["messages"] if message["role"] in {"system", "developer"}
    )
    begin = ANNOUNCEMENT.partition(".")[0]
    return ANNOUNCEMENT if any(begin in text for text in instructions) else ""


def _parameters(function: Message) -> dict[str, Any]:
    return (function.get("parameters") or {}).get("properties") or {}


def _text(message: Message) -> str:
    content = message.get("content") or ""
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)
