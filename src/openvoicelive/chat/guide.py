"""The guide: a small agent without any model, which says so.

It answers about this project, tells the time, does sums, repeats, and calls a function when it must. For all
else it says what it understood and how to connect a model.
"""

import json
import re
from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from typing import Any

from openvoicelive.chat.arithmetic import DivisionByZeroError, TooLargeError, as_spoken, solve, written
from openvoicelive.chat.folding import folded, last_words
from openvoicelive.chat.guide_english import ENGLISH
from openvoicelive.chat.guide_italian import ITALIAN
from openvoicelive.chat.guide_phrases import Phrases
from openvoicelive.chat.guide_portuguese import PORTUGUESE
from openvoicelive.chat.guide_spanish import SPANISH
from openvoicelive.chat.guide_tools import arguments_for, chosen_tool, read_out
from openvoicelive.chat.interface import (
    ChatDelta,
    ChatEnd,
    ChatRequest,
    FunctionTool,
    TextDelta,
    ToolCallArguments,
    ToolCallBegan,
)
from openvoicelive.errors import EngineError
from openvoicelive.language.registry import primary_subtag
from openvoicelive.protocol.session.items import (
    FunctionCallOutputItem,
    InputImagePart,
    Item,
    MessageItem,
    text_of,
)

LANGUAGES: dict[str, Phrases] = {"en": ENGLISH, "it": ITALIAN, "pt": PORTUGUESE, "es": SPANISH}
"""By primary subtag; who speaks another language is answered in English."""

_AROUND_A_SENTENCE = " .,;:?!\u00bf\u00a1\u2026-"


class Guide:
    """Answers without a model.

    `now` tells the time where the service is; `new_call_id` names a function call.
    """

    name = "guide"

    def __init__(self, *, now: Callable[[], datetime], new_call_id: Callable[[], str]) -> None:
        self._now = now
        self._new_call_id = new_call_id

    async def reply(self, request: ChatRequest) -> AsyncGenerator[ChatDelta, None]:
        """Answer word by word, or call the function that must be called.

        Raises:
            EngineError: If the last message shows a picture, or the function wants too many arguments.

        """
        phrases = LANGUAGES.get(primary_subtag(request.language), ENGLISH)
        last = request.items[-1] if request.items else None
        if isinstance(last, MessageItem) and any(isinstance(part, InputImagePart) for part in last.content):
            raise EngineError(
                "The guide cannot see pictures; connect a model that can.", code="image_not_supported"
            )
        question = _question(request.items)
        tool = None if isinstance(last, FunctionCallOutputItem) else chosen_tool(request, question)
        if tool is not None:
            call_id, arguments = self._new_call_id(), _arguments(tool, question, phrases)
            yield ToolCallBegan(call_id, tool.name)
            yield ToolCallArguments(call_id, arguments)
            yield ChatEnd("tool_calls")
            return
        for word in re.findall(r"\s*\S+", self._answer(request.items, last, question, phrases)):
            yield TextDelta(word)
        yield ChatEnd()

    async def close(self) -> None:
        """Do nothing: there is nothing to free."""

    def _answer(self, items: tuple[Item, ...], last: Item | None, question: str, phrases: Phrases) -> str:
        if isinstance(last, FunctionCallOutputItem):
            return read_out(last.output, phrases)
        if not any(isinstance(item, MessageItem) and item.role == "user" for item in items):
            return phrases.greeting
        if not any(map(str.isalnum, question)):
            return phrases.not_heard
        # Who talks in another language may still ask in English: it is what most recognisers write.
        languages = (phrases, ENGLISH)
        if _last_words(items, "assistant") == phrases.repeat_what and not any(
            re.search(f"{heard.repeat}|{heard.again}", folded(question), re.DOTALL) for heard in languages
        ):
            return question
        answers = (self._understood(items, question, heard, phrases) for heard in languages)
        return next(filter(None, answers), phrases.not_known.format(text=question.strip(_AROUND_A_SENTENCE)))

    def _understood(
        self, items: tuple[Item, ...], question: str, heard: Phrases, phrases: Phrases
    ) -> str | None:
        """Answer what was asked in the words of `heard` with those of `phrases`, if it is understood."""
        asked = folded(question)
        if re.search(heard.again, asked):
            return _last_words(items, "assistant") or phrases.not_heard
        if repeated := re.search(heard.repeat, asked, re.DOTALL):
            return question[slice(*repeated.span("words"))] if repeated["words"] else phrases.repeat_what
        return (
            self._time_or_date(asked, heard, phrases)
            or _sum(asked, heard, phrases)
            or _about_topic(asked, heard, phrases)
        )

    def _time_or_date(self, asked: str, heard: Phrases, phrases: Phrases) -> str | None:
        if re.search(heard.time_asked, asked):
            return phrases.time(self._now())
        return phrases.dates.answer(asked, self._now(), heard.dates)


def _question(items: tuple[Item, ...]) -> str:
    """Return what the user said last."""
    return _last_words(items, "user")


def _last_words(items: tuple[Item, ...], role: str) -> str:
    """Return what a side said last, as much as is read of it."""
    said = (text_of(item) for item in reversed(items) if isinstance(item, MessageItem) and item.role == role)
    return last_words(next(said, ""))


def _sum(asked: str, heard: Phrases, phrases: Phrases) -> str | None:
    try:
        result = solve(asked, heard.mathematics)
        if result is None:
            return None
        digits, is_exact = written(result)
    except DivisionByZeroError:
        return phrases.division_by_zero
    except TooLargeError:
        return phrases.too_large
    number = as_spoken(digits, phrases.mathematics)
    return (phrases.result if is_exact else phrases.rounded_result).format(number=number)


def _about_topic(asked: str, heard: Phrases, phrases: Phrases) -> str | None:
    topic = next((topic for topic in heard.topics if re.search(topic.asked, asked)), None)
    return phrases.answer(topic.name) if topic else None


def _arguments(tool: FunctionTool, question: str, phrases: Phrases) -> str:
    arguments: Any = arguments_for(tool.parameters or {}, question, phrases)
    return json.dumps(arguments, separators=(",", ":"), ensure_ascii=False)
