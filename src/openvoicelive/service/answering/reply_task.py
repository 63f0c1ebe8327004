"""Makes one reply: streams the chat model's text, cuts it into clauses and has them spoken.

It works at most `STRETCHES_AHEAD` reports ahead of its reader: while nobody reads, no text is generated and
nothing is spoken. So a reply can begin speculatively, before it is certain that it will be wanted.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from openvoicelive.chat import interface as chat
from openvoicelive.errors import EngineError
from openvoicelive.logs import log_failure
from openvoicelive.protocol import work
from openvoicelive.protocol.options import NamedFunction
from openvoicelive.protocol.usage import CHARACTERS_PER_TOKEN
from openvoicelive.protocol.work import ReplyRequest
from openvoicelive.service.answering import interim
from openvoicelive.service.answering.chat_messages import chat_messages
from openvoicelive.service.answering.pace import STRETCHES_AHEAD
from openvoicelive.service.answering.speech_track import SpeechTrack
from openvoicelive.service.answering.voice_choice import voice_request, volume_of
from openvoicelive.service.engines import Engines
from openvoicelive.synthesis.sentences import Piece, SentenceCutter

log = logging.getLogger(__name__)

Put = Callable[[work.AnsweringReport], Awaitable[None]]


class ReplyTask:
    """Makes the reply to one request, in a task of its own."""

    def __init__(
        self, response_id: str, request: ReplyRequest, engines: Engines, tasks: asyncio.TaskGroup
    ) -> None:
        self.response_id = response_id
        self.request = request
        self._engines = engines
        self._reports: asyncio.Queue[work.AnsweringReport] = asyncio.Queue(STRETCHES_AHEAD)
        self._put = self._reports.put
        self._task = tasks.create_task(self._make())

    async def next_report(self) -> work.AnsweringReport:
        """Wait for the next report; the last is `ReplyEnded` or `ReplyFailed`."""
        return await self._reports.get()

    def stop(self) -> None:
        """Stop the chat model and the synthesizer."""
        self._task.cancel()

    async def _make(self) -> None:
        try:
            await self._generate()
        except EngineError as error:
            log_failure(log, "A reply failed", error)
            await self._put(work.ReplyFailed(self.response_id, error.code, str(error)))
        except Exception:
            log.exception("A reply failed")
            await self._put(work.ReplyFailed(self.response_id, "internal_error", "The answer failed."))

    async def _generate(self) -> None:
        spent_characters = 0
        message = self._new_message()
        end = chat.ChatEnd()
        async with aclosing(self._deltas()) as deltas:
            async for delta in deltas:
                match delta:
                    case chat.TextDelta(text):
                        text, end = self._within_limit(text, spent_characters)
                        spent_characters += len(text)
                        await message.add(text)
                        if end.finish_reason == "length":
                            break
                    case chat.ToolCallBegan(call_id, name):
                        await message.end()
                        message = self._new_message()
                        if not spent_characters:
                            await self._say_interim("tool")
                        await self._put(work.ToolCallBegan(self.response_id, call_id, name))
                    case chat.ToolCallArguments(call_id, arguments):
                        await self._put(work.ToolCallArguments(self.response_id, call_id, arguments))
                    case chat.ChatEnd():
                        end = delta
        await message.end()
        await self._put(
            work.ReplyEnded(self.response_id, end.finish_reason, end.prompt_tokens, end.completion_tokens)
        )

    async def _deltas(self) -> AsyncGenerator[chat.ChatDelta, None]:
        """Yield the model's stream. If its first part takes long, say the interim response meanwhile."""
        if self.request.verbatim is not None:
            yield chat.TextDelta(self.request.verbatim)
            return
        request = await _chat_request(self.request)
        async with aclosing(self._engines.chat.reply(request)) as deltas:
            first = asyncio.ensure_future(anext(deltas, None))
            try:
                threshold_s = interim.latency_threshold_s(self.request.interim_response)
                if not (await asyncio.wait({first}, timeout=threshold_s))[0]:
                    await self._say_interim("latency", answer=first)
                delta = await first
            finally:
                # The stream cannot be closed while a task waits for its next part.
                await _ended(first)
                del first  # a failed one holds its error, whose traceback holds this frame
            while delta is not None:
                yield delta
                delta = await anext(deltas, None)

    async def _say_interim(
        self, trigger: interim.Trigger, answer: "asyncio.Future[Any] | None" = None
    ) -> None:
        """Say the interim response in a message of its own, if the client wants one for this trigger.

        Generating it never delays the answer: if the answer comes first, nothing is said. Once it is being
        spoken, it is spoken to its end.
        """
        thinking = asyncio.ensure_future(interim.text(self.request, trigger, self._engines.chat))
        try:
            awaited = {thinking} if answer is None else {thinking, answer}
            deadline_s = interim.TOOL_DEADLINE_S if trigger == "tool" else None
            await asyncio.wait(awaited, timeout=deadline_s, return_when=asyncio.FIRST_COMPLETED)
            is_late = not thinking.done() or (answer is not None and answer.done())
            text = "" if is_late else thinking.result()
        finally:
            await _ended(thinking)
        if text:
            message = self._new_message()
            await message.add(text)
            await message.end()
            await self._put(work.MessageEnded(self.response_id))

    def _within_limit(self, text: str, spent_characters: int) -> tuple[str, chat.ChatEnd]:
        """Cut the text at the client's limit, because not every model respects it."""
        if self.request.max_tokens is None:
            return text, chat.ChatEnd()
        left_characters = self.request.max_tokens * CHARACTERS_PER_TOKEN - spent_characters
        if len(text) <= left_characters:
            return text, chat.ChatEnd()
        return text[:left_characters], chat.ChatEnd("length")

    def _new_message(self) -> "_WrittenMessage | _SpokenMessage":
        if self.request.speaks:
            return _SpokenMessage(self.response_id, self.request, self._engines, self._put)
        return _WrittenMessage(self.response_id, self._put)


class _WrittenMessage:
    """Reports text as it comes."""

    def __init__(self, response_id: str, put: Put) -> None:
        self._response_id = response_id
        self._put = put

    async def add(self, text: str) -> None:
        if text:
            await self._put(work.Wrote(self._response_id, text))

    async def end(self) -> None:
        pass


class _SpokenMessage:
    """Has each clause spoken as soon as it is complete."""

    def __init__(self, response_id: str, request: ReplyRequest, engines: Engines, put: Put) -> None:
        self._engines = engines
        self._put = put
        self._voice = voice_request(request.voice, request.language)
        self._cutter = SentenceCutter(request.language)
        self._track = SpeechTrack(response_id, request.audio_format, volume_of(request.voice))

    async def add(self, text: str) -> None:
        for piece in self._cutter.feed(text):
            await self._speak(piece)

    async def end(self) -> None:
        for piece in self._cutter.flush():
            await self._speak(piece)

    async def _speak(self, piece: Piece) -> None:
        self._track.begin(piece)
        if piece.spoken.text:
            async with aclosing(self._engines.speak(piece.spoken.text, self._voice)) as stretches:
                async for speech in stretches:
                    for report in self._track.add(speech, piece):
                        await self._put(report)
        for report in self._track.flush():
            await self._put(report)


async def _ended(task: asyncio.Future[Any]) -> None:
    """Cancel a task and wait for its end, even if the wait itself is cancelled.

    That happens when a session ends while a stopped reply cleans up.
    """
    task.cancel()
    stopped_again: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            stopped_again = error
    if stopped_again is not None:
        raise stopped_again


async def _chat_request(request: ReplyRequest) -> chat.ChatRequest:
    choice = request.tool_choice
    return chat.ChatRequest(
        instructions=request.instructions,
        messages=await chat_messages(request.items),
        tools=tuple(
            chat.FunctionTool(tool.name, tool.description, tool.parameters) for tool in request.tools
        ),
        tool_choice=f"function:{choice.name}" if isinstance(choice, NamedFunction) else choice,
        model=request.model,
        temperature=request.temperature,
        max_tokens=request.max_tokens,
        parallel_tool_calls=request.parallel_tool_calls,
        reasoning_effort=request.reasoning_effort,
        language=request.language or "en",
    )
