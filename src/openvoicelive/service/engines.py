"""Builds the engines from the settings, once for all sessions, and knows whether they are ready."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

import numpy as np

from openvoicelive.allowed_servers import AllowedServers
from openvoicelive.audio.voice_activity import VoiceActivity, VoiceActivityModel, silero_model_path
from openvoicelive.audio.windows import WINDOW_SAMPLES
from openvoicelive.chat.guide import Guide
from openvoicelive.chat.interface import ChatModel
from openvoicelive.chat.ollama import is_listening
from openvoicelive.errors import EngineError
from openvoicelive.recognition.engines import load_recognizer
from openvoicelive.recognition.interface import Recognizer
from openvoicelive.service.ids import new_id_factory
from openvoicelive.service.lanes import Lane, LaneLimits
from openvoicelive.service.missing_engines import CODE, MissingRecognizer, MissingSynthesizer
from openvoicelive.service.recognition_queue import RecognitionQueue
from openvoicelive.settings import Settings
from openvoicelive.synthesis.engines import load_synthesizer
from openvoicelive.synthesis.interface import Speech, Synthesizer, VoiceRequest
from openvoicelive.tools.interface import ToolServers
from openvoicelive.tools.no_servers import NOT_INSTALLED, NoServers

log = logging.getLogger(__name__)

# Two cores are the smallest machine that is meant; more threads than cores only wait for each other.
SYNTHESIS_THREADS = 2
# Each stretch of sound is a job, so a session waits for one or two at once: an answer, and perhaps a draft.
SYNTHESIS_LIMITS = LaneLimits(SYNTHESIS_THREADS, most_waiting=256, deadline_s=15.0)

Engine = TypeVar("Engine")


@dataclass
class Engines:
    """What hears, thinks and speaks for all sessions."""

    voice_activity: VoiceActivityModel | None
    recognition: RecognitionQueue
    synthesizer: Synthesizer
    chat: ChatModel
    synthesis: Lane
    """Where the synthesizer works."""
    problems: tuple[str, ...] = ()
    """A sentence for each engine that could not be loaded."""
    unused: tuple[str, ...] = ()
    """A sentence for each setting that is of no use as things are."""
    tool_servers: Callable[[asyncio.TaskGroup], ToolServers] = lambda _: NoServers()
    """Begins to talk to MCP servers for one session, in tasks of its own."""

    def new_voice_activity(self) -> VoiceActivity:
        """Begin to watch a stream of sound.

        Raises:
            EngineError: If the model did not load.

        """
        if self.voice_activity is None:
            raise EngineError("This server cannot tell speech from silence.", code=CODE)
        return VoiceActivity(self.voice_activity)

    def speak(self, text: str, voice: VoiceRequest) -> AsyncGenerator[Speech, None]:
        """Synthesise in the lane of synthesis, a stretch at a time.

        Raises:
            EngineError: If there is no voice, or it failed or took too long.

        """
        return self.synthesis.each(self.synthesizer.speak(text, voice))

    async def close(self) -> None:
        """Free everything."""
        await self.chat.close()
        self.recognition.close()
        self.synthesis.close()
        self.synthesizer.close()


async def load_engines(settings: Settings) -> Engines:
    """Load and warm up all engines; one that does not load is named in `problems`, the others work."""
    problems: list[str] = []

    async def load(engine: Callable[[], Engine]) -> Engine | None:
        try:
            return await asyncio.to_thread(engine)
        except EngineError as error:
            log.warning("%s", error)
            problems.append(str(error))
            return None

    voice_activity, recognizer, synthesizer, chat = await asyncio.gather(
        load(_voice_activity), load(_recognizer), load(_synthesizer), _choose_chat(settings)
    )
    why = " ".join(problems)
    log.info("Answers come from %s.", chat.name)
    unused = _unused(settings, chat)
    for sentence in unused:
        log.warning("%s", sentence)
    return Engines(
        voice_activity=voice_activity,
        recognition=RecognitionQueue(recognizer or MissingRecognizer(why)),
        synthesizer=synthesizer or MissingSynthesizer(why),
        chat=chat,
        synthesis=synthesis_lane(),
        problems=tuple(problems),
        unused=unused,
        tool_servers=_tool_servers(settings.mcp_servers),
    )


def synthesis_lane(executor: Executor | None = None) -> Lane:
    """Return the lane in which a synthesizer works, by default in threads of its own."""
    return Lane("The voice", "synthesis", SYNTHESIS_LIMITS, executor)


def _voice_activity() -> VoiceActivityModel:
    model = VoiceActivityModel(silero_model_path())
    VoiceActivity(model).probability(np.zeros(WINDOW_SAMPLES, np.float32))
    return model


def _recognizer() -> Recognizer:
    loaded = load_recognizer()
    for reason in loaded.passed_over:
        log.warning("%s", reason)
    utterance = loaded.recognizer.start()
    utterance.hear(np.zeros(WINDOW_SAMPLES, np.float32))
    utterance.transcript()
    log.info("Speech is recognised by %s.", loaded.recognizer.name)
    return loaded.recognizer


def _synthesizer() -> Synthesizer:
    synthesizer = load_synthesizer()
    for _ in synthesizer.speak("Ready.", VoiceRequest()):
        pass
    log.info("Answers are spoken by %s.", synthesizer.name)
    return synthesizer


def _tool_servers(allowed: AllowedServers) -> Callable[[asyncio.TaskGroup], ToolServers]:
    if not allowed.entries:
        return lambda _: NoServers()
    try:
        # Only who uses it pays for it: the client is an extra, takes a second to import and 27 MB.
        from openvoicelive.tools.mcp import McpServers  # noqa: PLC0415 - see above
    except ImportError:
        log.warning("VOICE_LIVE_MCP_SERVERS is set, but the MCP client is not installed.")
        return lambda _: NoServers(NOT_INSTALLED)
    return partial(McpServers, allowed)


async def _choose_chat(settings: Settings) -> ChatModel:
    """Take the operator's model, else an Ollama on this machine, else the guide."""
    new_call_id = partial(new_id_factory(), "call")
    guide = Guide(now=lambda: datetime.now().astimezone(), new_call_id=new_call_id)
    url, api_key = settings.chat_url, settings.chat_api_key
    if url is None and not await is_listening():
        return guide
    from openvoicelive.chat.openai_compatible import (  # noqa: PLC0415 - see chat/ollama.py
        OpenAICompatibleModel,
        find_ollama,
    )

    if url is None:
        url, api_key = await find_ollama(), None
        if url is None:
            return guide
        log.info("An Ollama runs on this machine and answers.")
    model = OpenAICompatibleModel(url, api_key=api_key, model=settings.chat_model, new_call_id=new_call_id)
    try:
        await model.model_name()
    except EngineError as error:
        # It may come later; until then each answer fails with the same sentence.
        log.warning("%s", error)
    return model


def _unused(settings: Settings, chat: ChatModel) -> tuple[str, ...]:
    """Name what was set for a model that is not there; an Ollama that is found takes the name, but no key."""
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
