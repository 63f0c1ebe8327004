"""Answers about this project, tells the time and the date, does sums, repeats, and calls functions.

To anything else it says what it understood and how to connect a model.
"""

import re
from collections.abc import AsyncGenerator, Callable
from datetime import datetime

from openvoicelive.chat.guide.folding import folded, last_words
from openvoicelive.chat.guide.sums import DivisionByZeroError, TooLargeError, solve, written
from openvoicelive.chat.guide.texts import GuideTexts, load_texts
from openvoicelive.chat.guide.tools import arguments_for, chosen_tool, read_out
from openvoicelive.chat.interface import (
    ChatDelta,
    ChatEnd,
    ChatMessage,
    ChatRequest,
    Message,
    TextDelta,
    ToolCallArguments,
    ToolCallBegan,
    ToolResult,
)
from openvoicelive.errors import EngineError
from openvoicelive.language.registry import primary_subtag

_AROUND_A_SENTENCE = " .,;:?!\u00bf\u00a1\u2026-"


class Guide:
    """Answers without a model, in English if it has no texts in a session's language.

    `now` tells the time at the service; `new_call_id` names a function call.
    """

    name = "guide"

    def __init__(self, *, now: Callable[[], datetime], new_call_id: Callable[[], str]) -> None:
        self._now = now
        self._new_call_id = new_call_id
        self._texts = load_texts()

    async def reply(self, request: ChatRequest) -> AsyncGenerator[ChatDelta, None]:
        """Answer word by word, or call the function that must be called.

        Raises:
            EngineError: If the last message shows a picture, or the function wants too many arguments.

        """
        texts = self._texts.get(primary_subtag(request.language), self._texts["en"])
        last = request.messages[-1] if request.messages else None
        if isinstance(last, Message) and last.images:
            raise EngineError(
                "The guide cannot see pictures; connect a model that can.", code="image_not_supported"
            )
        question = _last_words(request.messages, "user")
        tool = None if isinstance(last, ToolResult) else chosen_tool(request, question)
        if tool is not None:
            call_id, arguments = self._new_call_id(), arguments_for(tool, question, texts)
            yield ToolCallBegan(call_id, tool.name)
            yield ToolCallArguments(call_id, arguments)
            yield ChatEnd("tool_calls")
            return
        for word in re.findall(r"\s*\S+", self._answer(request.messages, last, question, texts)):
            yield TextDelta(word)
        yield ChatEnd()

    async def close(self) -> None:
        """Do nothing, because the guide holds no resources."""

    def _answer(
        self, messages: tuple[ChatMessage, ...], last: ChatMessage | None, question: str, texts: GuideTexts
    ) -> str:
        if isinstance(last, ToolResult):
            return read_out(last.output, texts)
        if not any(isinstance(message, Message) and message.role == "user" for message in messages):
            return texts.says.greeting
        if not any(map(str.isalnum, question)):
            return texts.says.not_heard
        # Someone who speaks another language may still ask in English: most recognisers write it.
        english = self._texts["en"]
        heard_as = (texts,) if texts is english else (texts, english)
        asked, before = folded(question), _last_words(messages, "assistant")
        if before == texts.says.repeat_what and not any(
            heard.repeat.search(asked) or heard.again.search(asked) for heard in heard_as
        ):
            return question
        answers = (self._understood(question, asked, before, heard, texts) for heard in heard_as)
        not_known = texts.says.not_known.format(text=question.strip(_AROUND_A_SENTENCE))
        return next(filter(None, answers), not_known)

    def _understood(
        self, question: str, asked: str, before: str, heard: GuideTexts, texts: GuideTexts
    ) -> str | None:
        """Answer a question in the words of `heard` with those of `texts`; None if it is not understood."""
        if heard.again.search(asked):
            return before or texts.says.not_heard
        if repeated := heard.repeat.search(asked):
            return question[slice(*repeated.span("words"))] if repeated["words"] else texts.says.repeat_what
        if heard.time_asked.search(asked):
            return texts.time(self._now())
        if date := heard.date_asked.search(asked):
            away = next((away for day, away in heard.days if day.search(date.group())), 0)
            return texts.date(self._now(), away)
        topics = (topic for topic, pattern in heard.topics.items() if pattern.search(asked))
        return _sum(asked, heard, texts) or texts.answers.get(next(topics, ""))


def _last_words(messages: tuple[ChatMessage, ...], role: str) -> str:
    """Return what a side said last, as much as is read of it."""
    said = (
        message.text
        for message in reversed(messages)
        if isinstance(message, Message) and message.role == role
    )
    return last_words(next(said, ""))


def _sum(asked: str, heard: GuideTexts, texts: GuideTexts) -> str | None:
    says = texts.says
    try:
        result = solve(asked, heard)
        if result is None:
            return None
        digits, is_exact = written(result)
    except DivisionByZeroError:
        return says.division_by_zero
    except TooLargeError:
        return says.too_large
    return (says.result if is_exact else says.rounded_result).format(number=texts.number(digits))
