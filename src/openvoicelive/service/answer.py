"""One answer in the making: the model's words, cut into pieces, spoken.

It works ahead of whoever takes the reports, but only a little: what nobody takes is neither thought nor
spoken. So an answer may also be begun as a draft, before it is sure that it will be wanted.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from openvoicelive.chat import interface as chat
from openvoicelive.errors import EngineError
from openvoicelive.protocol import work
from openvoicelive.protocol.options import NamedFunction
from openvoicelive.protocol.voices import AzureStandardVoice, Voice, name_of
from openvoicelive.protocol.work import ReplyRequest
from openvoicelive.service.engines import Engines
from openvoicelive.service.speech_track import SpeechTrack
from openvoicelive.synthesis.interface import VoiceRequest
from openvoicelive.synthesis.sentences import Piece, SentenceCutter
from openvoicelive.synthesis.voices import voice_named

log = logging.getLogger(__name__)

ReplyReport = (
    work.Wrote | work.Spoke | work.ToolCallBegan | work.ToolCallArguments | work.ReplyEnded | work.ReplyFailed
)
Put = Callable[[ReplyReport], Awaitable[None]]

# In a trial a fast synthesizer filled the inbox and the user's "stop" waited 304 ms behind it; with two
# stretches of sound ahead it waited 4 ms.
AHEAD = 2


class Answer:
    """Makes the answer to one request, in a task of its own."""

    def __init__(self, request: ReplyRequest, engines: Engines, tasks: asyncio.TaskGroup) -> None:
        self.request = request
        self._engines = engines
        self._reports: asyncio.Queue[ReplyReport] = asyncio.Queue(AHEAD)
        self._task = tasks.create_task(self._make())

    async def take(self) -> ReplyReport:
        """Wait for the next report, without a response's id; the last is `ReplyEnded` or `ReplyFailed`."""
        return await self._reports.get()

    def stop(self) -> None:
        """Stop thinking and speaking."""
        self._task.cancel()

    async def _make(self) -> None:
        try:
            await self._think()
        except EngineError as error:
            await self._reports.put(work.ReplyFailed("", error.code, str(error)))
        except Exception:
            log.exception("An answer failed")
            await self._reports.put(work.ReplyFailed("", "internal_error", "The answer failed."))

    async def _think(self) -> None:
        put = self._reports.put
        message = self._new_message()
        end = chat.ChatEnd()
        async with aclosing(self._engines.chat.reply(_chat_request(self.request))) as deltas:
            async for delta in deltas:
                match delta:
                    case chat.TextDelta(text):
                        await message.add(text)
                    case chat.ToolCallBegan(call_id, name):
                        await message.end()
                        message = self._new_message()
                        await put(work.ToolCallBegan("", call_id, name))
                    case chat.ToolCallArguments(call_id, arguments):
                        await put(work.ToolCallArguments("", call_id, arguments))
                    case chat.ChatEnd():
                        end = delta
        await message.end()
        await put(work.ReplyEnded("", end.finish_reason, end.prompt_tokens, end.completion_tokens))

    def _new_message(self) -> "_WrittenMessage | _SpokenMessage":
        if self.request.speaks:
            return _SpokenMessage(self.request, self._engines, self._reports.put)
        return _WrittenMessage(self._reports.put)


class _WrittenMessage:
    """Text goes out as it comes."""

    def __init__(self, put: Put) -> None:
        self._put = put

    async def add(self, text: str) -> None:
        await self._put(work.Wrote("", text))

    async def end(self) -> None:
        pass


class _SpokenMessage:
    """Text is spoken as soon as there is a piece of it that can be."""

    def __init__(self, request: ReplyRequest, engines: Engines, put: Put) -> None:
        self._engines = engines
        self._put = put
        self._voice = _voice_request(request.voice, request.language)
        self._cutter = SentenceCutter()
        self._track = SpeechTrack(request.audio_format, engines.synthesizer.capabilities.rate_hz)

    async def add(self, text: str) -> None:
        for piece in self._cutter.feed(text):
            await self._speak(piece)

    async def end(self) -> None:
        for piece in self._cutter.flush():
            await self._speak(piece)
        for report in self._track.end():
            await self._put(report)

    async def _speak(self, piece: Piece) -> None:
        self._track.begin(piece)
        if piece.spoken.text:
            async with aclosing(self._engines.speak(piece.spoken.text, self._voice)) as stretches:
                async for speech in stretches:
                    for report in self._track.add(speech, piece):
                        await self._put(report)
        for report in self._track.flush():
            await self._put(report)


def _voice_request(voice: Voice, language: str | None) -> VoiceRequest:
    locale = voice.locale if isinstance(voice, AzureStandardVoice) else None
    return voice_named(name_of(voice), language=locale or language)


def _chat_request(request: ReplyRequest) -> chat.ChatRequest:
    choice = request.tool_choice
    return chat.ChatRequest(
        instructions=request.instructions,
        items=request.items,
        tools=tuple(
            chat.FunctionTool(tool.name, tool.description, tool.parameters) for tool in request.tools
        ),
        tool_choice=f"function:{choice.function_name}" if isinstance(choice, NamedFunction) else choice,
        model=request.model,
        temperature=request.temperature,
        max_tokens=request.max_tokens,
        parallel_tool_calls=request.parallel_tool_calls,
        reasoning_effort=request.reasoning_effort,
        language=request.language or "en",
    )
