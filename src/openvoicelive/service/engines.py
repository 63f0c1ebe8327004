"""Loads the engines that the settings choose, once for all sessions."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Executor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from importlib import import_module
from typing import TypeVar

import numpy as np

from openvoicelive.allowed_servers import AllowedServers
from openvoicelive.audio.voice_activity import VoiceActivity, VoiceActivityModel, silero_model_path
from openvoicelive.audio.windows import WINDOW_SAMPLES
from openvoicelive.chat.guide.guide import Guide
from openvoicelive.chat.interface import ChatModel
from openvoicelive.chat.ollama import is_listening
from openvoicelive.engine_loading import NotLoaded, try_to_load
from openvoicelive.errors import EngineError, EngineNotInstalled
from openvoicelive.recognition.engines import load_recognizer
from openvoicelive.service.conversations.ids import new_id_factory
from openvoicelive.service.hearing.catching_up import CatchingUp
from openvoicelive.service.hearing.recognition_queue import RecognitionQueue
from openvoicelive.service.lanes import LIMITS, Lane
from openvoicelive.service.missing_engines import CODE, MissingRecognizer, MissingSynthesizer
from openvoicelive.settings import Settings
from openvoicelive.synthesis.engines import load_synthesizer
from openvoicelive.synthesis.interface import Speech, Synthesizer, VoiceRequest
from openvoicelive.tools.interface import ToolServers
from openvoicelive.tools.no_servers import NOT_INSTALLED, NoServers

log = logging.getLogger(__name__)

Engine = TypeVar("Engine")


@dataclass
class Engines:
    """The engines that all sessions share."""

    voice_activity: VoiceActivityModel | None
    recognition: RecognitionQueue
    synthesizer: Synthesizer
    chat: ChatModel
    synthesis: Lane
    """The lane in which the synthesizer runs."""
    problems: tuple[str, ...] = ()
    """A sentence for each engine that could not be loaded."""
    damaged: tuple[str, ...] = ()
    """A sentence for each engine that is installed but broken, and that another one replaces."""
    unused: tuple[str, ...] = ()
    """A sentence for each setting that has no effect."""
    tool_servers: Callable[[asyncio.TaskGroup], ToolServers] = lambda _: NoServers()
    """Returns the MCP servers of one session, which run in the given task group."""
    catching_up: CatchingUp = field(default_factory=CatchingUp)
    """Limits how fast all sessions together process sound that came faster than real time."""

    def new_voice_activity(self) -> VoiceActivity:
        """Return the voice activity detector of a new stream of sound.

        Raises:
            EngineError: If the model did not load.

        """
        if self.voice_activity is None:
            raise EngineError("This server cannot tell speech from silence.", code=CODE)
        return VoiceActivity(self.voice_activity)

    def speak(self, text: str, voice: VoiceRequest) -> AsyncGenerator[Speech, None]:
        """Synthesize a text in the synthesis lane, a stretch at a time.

        Raises:
            EngineError: If there is no voice, or it failed or took too long.

        """
        return self.synthesis.each(self.synthesizer.speak(text, voice))

    async def close(self) -> None:
        """Free all engines once their work has ended, without holding the event loop.

        If one fails to close, the others are closed all the same.
        """
        async with AsyncExitStack() as closing:
            closing.push_async_callback(asyncio.to_thread, self.synthesizer.close)
            closing.push_async_callback(self.synthesis.close)
            closing.push_async_callback(self.recognition.close)
            closing.push_async_callback(self.chat.close)


async def load_engines(settings: Settings) -> Engines:
    """Load and try all engines. `problems` and `damaged` name those that do not load; the others work."""
    problems: list[str] = []

    async def load(name: str, engine: Callable[[], Engine]) -> Engine | None:
        loaded = await asyncio.to_thread(try_to_load, name, engine)
        if isinstance(loaded, NotLoaded):
            if not loaded.is_broken:  # else it was logged as an error already
                log.warning("%s", loaded.sentence)
            problems.append(loaded.sentence)
            return None
        return loaded

    async def load_chat() -> ChatModel:
        try:
            return await _choose_chat(settings)
        except Exception:
            log.exception("The client of chat models does not load")
            problems.append("The client of chat models does not load; the log says more.")
            return await asyncio.to_thread(_guide)

    voice_activity, recognition, voices, chat = await asyncio.gather(
        load("Voice activity", _voice_activity),
        load("Speech recognition", load_recognizer),
        load("The voice", load_synthesizer),
        load_chat(),
    )
    why = " ".join(problems)
    unused = _unused(settings, chat)
    recognizer = recognition.recognizer if recognition else MissingRecognizer(why)
    synthesizer = voices or MissingSynthesizer(why)
    log.info("Speech is recognised by %s.", recognizer.name)
    log.info("Answers are spoken by %s.", synthesizer.name)
    log.info("Answers come from %s.", chat.name)
    for sentence in unused:
        log.warning("%s", sentence)
    return Engines(
        voice_activity=voice_activity,
        recognition=RecognitionQueue(recognizer),
        synthesizer=synthesizer,
        chat=chat,
        synthesis=synthesis_lane(),
        problems=tuple(problems),
        damaged=(
            *_stood_in_for(recognition.passed_over if recognition else (), recognizer.name),
            *_stood_in_for(voices.passed_over if voices else (), synthesizer.name),
        ),
        unused=unused,
        tool_servers=_tool_servers(settings.mcp_servers),
    )


def _stood_in_for(passed_over: tuple[NotLoaded, ...], name: str) -> Iterator[str]:
    """Yield a sentence for each broken engine. Log those that are only not installed."""
    for reason in passed_over:
        sentence = f"{reason.sentence} {name} is used instead."
        if reason.is_broken:
            yield sentence
        else:
            log.info("%s", sentence)


def synthesis_lane(executor: Executor | None = None) -> Lane:
    """Return the lane for a synthesizer; without an executor it has threads of its own."""
    return Lane("The voice", "synthesis", LIMITS["synthesis"], executor)


def _voice_activity() -> VoiceActivityModel:
    model = VoiceActivityModel(silero_model_path())
    VoiceActivity(model).probability(np.zeros(WINDOW_SAMPLES, np.float32))
    return model


def _tool_servers(allowed: AllowedServers) -> Callable[[asyncio.TaskGroup], ToolServers]:
    if not allowed.entries:
        return lambda _: NoServers()
    servers = try_to_load("The MCP client", _mcp_servers)
    if isinstance(servers, NotLoaded):
        log.warning("VOICE_LIVE_MCP_SERVERS is set, but has no effect. %s", servers.sentence)
        return lambda _: NoServers(NOT_INSTALLED)
    return partial(servers, allowed)


def _mcp_servers() -> Callable[[AllowedServers, asyncio.TaskGroup], ToolServers]:
    # Imported only if it is used: the client is an extra, and takes a second and 27 MB.
    try:
        from openvoicelive.tools.mcp import McpServers  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        raise EngineNotInstalled(f"The MCP client needs {error.name}.") from error
    return McpServers


async def _choose_chat(settings: Settings) -> ChatModel:
    """Return the operator's model, otherwise an Ollama on this machine, otherwise the guide."""
    url, api_key = settings.chat_url, settings.chat_api_key
    if url is None and not await is_listening():
        return await asyncio.to_thread(_guide)
    # The import takes half a second, too long for the event loop.
    await asyncio.to_thread(import_module, "openvoicelive.chat.openai_compatible")
    from openvoicelive.chat.openai_compatible import (  # noqa: PLC0415 - see chat/ollama.py
        OpenAICompatibleModel,
        find_ollama,
    )

    if url is None:
        url, api_key = await find_ollama(), None
        if url is None:
            return await asyncio.to_thread(_guide)
        log.info("Ollama on this machine answers.")
    model = OpenAICompatibleModel(
        url, api_key=api_key, model=settings.chat_model, new_call_id=partial(new_id_factory(), "call")
    )
    try:
        await model.model_name()
    except EngineError as error:
        # The server may start later. Until then, each answer fails with this sentence.
        log.warning("%s", error)
    return model


def _guide() -> Guide:
    return Guide(now=lambda: datetime.now().astimezone(), new_call_id=partial(new_id_factory(), "call"))


def _unused(settings: Settings, chat: ChatModel) -> tuple[str, ...]:
    """Name the settings of a model that is not used. An Ollama that was found uses the name, but no key."""
    if settings.chat_url is not None:
        return ()
    sentences = []
    if settings.chat_model and isinstance(chat, Guide):
        sentences.append(
            "VOICE_LIVE_CHAT_MODEL has no effect: VOICE_LIVE_CHAT_URL is not set, and no Ollama runs here."
        )
    if settings.chat_api_key:
        sentences.append("VOICE_LIVE_CHAT_API_KEY has no effect: VOICE_LIVE_CHAT_URL is not set.")
    return tuple(sentences)
