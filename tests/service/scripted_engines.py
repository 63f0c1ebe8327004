"""Engines that do what a test tells them: what is heard, thought and said is known to the millisecond.

`ScriptedEngines` holds one of each, puts them together as the service's `Engines`, and keeps what they were
asked. The parts between them are the real ones: turn detection, the recognition queue, pacing.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from openvoicelive.audio.pcm import FloatSamples, Int16Samples, float_from_int16
from openvoicelive.audio.voice_activity import VoiceActivityModel
from openvoicelive.audio.windows import WINDOW_SAMPLES
from openvoicelive.chat import interface as chat
from openvoicelive.recognition import interface as recognition
from openvoicelive.service.engines import Engines, synthesis_lane
from openvoicelive.service.hearing.recognition_queue import RecognitionQueue
from openvoicelive.service.lanes import LIMITS
from openvoicelive.synthesis import interface as synthesis
from tests.service.virtual_time import InlineExecutor

LOUD = 0.05
TONE_HZ = 440
TONE_LEVEL = 8_000


def tone(duration_ms: int, rate_hz: int = 24_000) -> Int16Samples:
    """Return a tone, which counts as speech."""
    time_s = np.arange(duration_ms * rate_hz // 1000) / rate_hz
    return (np.cos(2 * np.pi * TONE_HZ * time_s) * TONE_LEVEL).astype(np.int16)


def silence(duration_ms: int, rate_hz: int = 24_000) -> Int16Samples:
    """Return nothing, for as long."""
    return np.zeros(duration_ms * rate_hz // 1000, np.int16)


class ScriptedVoiceActivity(VoiceActivityModel):
    """Sound is speech."""

    def __init__(self) -> None:
        self.fails: Exception | None = None

    def run(self, samples: FloatSamples, state: FloatSamples) -> tuple[float, FloatSamples]:
        if self.fails is not None:
            raise self.fails
        window = samples[0, -WINDOW_SAMPLES:]
        return float(np.abs(window).max() > LOUD), state


@dataclass
class HeardUtterance:
    """What one utterance was given, and what it answered."""

    recognizer: "ScriptedRecognizer"
    language: str | None
    phrases: tuple[str, ...]
    heard_ms: float = 0.0
    longest_ms: float = 0.0
    """The longest stretch of sound that it was given at once."""
    loudest: float = 0.0
    transcripts: list[str] = field(default_factory=list)

    def hear(self, samples: recognition.Samples) -> None:
        if self.recognizer.fails_to_hear is not None:
            raise self.recognizer.fails_to_hear
        self.longest_ms = max(self.longest_ms, samples.size * 1000 / recognition.RECOGNITION_RATE_HZ)
        self.heard_ms += samples.size * 1000 / recognition.RECOGNITION_RATE_HZ
        self.loudest = max(self.loudest, float(np.abs(samples).max(initial=0)))

    def transcript(self) -> str:
        transcript = self.recognizer.next_transcript()
        self.transcripts.append(transcript)
        return transcript


class ScriptedRecognizer:
    """Understands what the script says next, whatever it hears; an exception in the script is raised."""

    name = "a script"
    capabilities = recognition.Capabilities(frozenset({"en"}))

    def __init__(self, script: Iterable[str | Exception] = ()) -> None:
        self.script = list(script)
        self.utterances: list[HeardUtterance] = []
        self.asked = 0
        self.fails_to_start: Exception | None = None
        self.fails_to_hear: Exception | None = None
        self.before_transcript: Callable[[], object] = lambda: None
        """Called in the recogniser's thread; may block it."""
        self.closed = 0

    def start(self, *, language: str | None = None, phrases: tuple[str, ...] = ()) -> HeardUtterance:
        if self.fails_to_start is not None:
            raise self.fails_to_start
        self.utterances.append(HeardUtterance(self, language, phrases))
        return self.utterances[-1]

    def next_transcript(self) -> str:
        self.asked += 1
        self.before_transcript()
        if not self.script:
            raise AssertionError(f"The recogniser was asked {self.asked} times, more than the script says.")
        transcript = self.script.pop(0)
        if isinstance(transcript, Exception):
            try:
                raise transcript
            finally:
                del transcript  # this frame must not hold the error whose traceback holds it
        return transcript

    def close(self) -> None:
        self.closed += 1


class ScriptedSynthesizer:
    """Says each word as a tone of `word_ms`, a word at a time, back to back."""

    name = "a tone"

    def __init__(self, word_ms: int = 200, rate_hz: int = 24_000) -> None:
        self.capabilities = synthesis.Capabilities(frozenset({"en"}))
        self.rate_hz = rate_hz
        self.word_ms = word_ms
        self.fails: Exception | None = None
        self.asked: list[str] = []
        self.voices: list[synthesis.VoiceRequest] = []
        self.words_spoken = 0
        self.now_speaking = 0
        self.closed = 0

    def speak(self, text: str, voice: synthesis.VoiceRequest) -> Generator[synthesis.Speech, None, None]:
        self.asked.append(text)
        self.voices.append(voice)
        self.now_speaking += 1
        try:
            at_char = 0
            for number, word in enumerate(text.split()):
                if self.fails is not None:
                    raise self.fails
                start_char = text.index(word, at_char)
                at_char = start_char + len(word)
                timed = synthesis.Word(word, number * self.word_ms, self.word_ms, start_char)
                self.words_spoken += 1
                sound = float_from_int16(tone(self.word_ms, self.rate_hz))
                yield synthesis.Speech(sound, self.rate_hz, (timed,))
        finally:
            self.now_speaking -= 1

    def close(self) -> None:
        self.closed += 1


@dataclass(frozen=True)
class Wait:
    """The model thinks; without a time, for ever."""

    seconds: float | None = None


ChatStep = str | Wait | chat.ToolCallBegan | chat.ToolCallArguments | chat.ChatEnd | Exception


@dataclass
class ChatCall:
    """One request, and how its stream ended."""

    request: chat.ChatRequest
    is_open: bool = True
    was_whole: bool = False

    @property
    def said_last(self) -> str:
        """The text of the conversation's last message."""
        last = self.request.messages[-1]
        assert isinstance(last, chat.Message)
        return last.text


class ScriptedChatModel:
    """Answers each request with the next list of steps."""

    name = "a script"

    def __init__(self, script: Iterable[Iterable[ChatStep]] = ()) -> None:
        self.script = [list(answer) for answer in script]
        self.calls: list[ChatCall] = []
        self.closed = 0

    async def reply(self, request: chat.ChatRequest) -> AsyncGenerator[chat.ChatDelta, None]:
        call = ChatCall(request)
        self.calls.append(call)
        try:
            if not self.script:
                raise AssertionError(
                    f"The model was asked {len(self.calls)} times, more than the script says."
                )
            end = chat.ChatEnd()
            for step in self.script.pop(0):
                match step:
                    case str(text):
                        yield chat.TextDelta(text)
                    case Wait(None):
                        await asyncio.Event().wait()
                    case Wait(seconds):
                        await asyncio.sleep(seconds or 0)
                    case chat.ChatEnd():
                        end = step
                    case Exception():
                        try:
                            raise step
                        finally:
                            del step  # this frame must not hold the error whose traceback holds it
                    case _:
                        yield step
            call.was_whole = True
            yield end
        finally:
            call.is_open = False

    async def close(self) -> None:
        self.closed += 1


@dataclass
class ScriptedEngines:
    """One of each."""

    recognizer: ScriptedRecognizer = field(default_factory=ScriptedRecognizer)
    chat: ScriptedChatModel = field(default_factory=ScriptedChatModel)
    synthesizer: ScriptedSynthesizer = field(default_factory=ScriptedSynthesizer)
    voice_activity: ScriptedVoiceActivity | None = field(default_factory=ScriptedVoiceActivity)
    recognition_executor: Executor = field(default_factory=InlineExecutor)
    ahead_executor: Executor = field(default_factory=InlineExecutor)
    synthesis_executor: Executor = field(default_factory=InlineExecutor)
    recognition_deadline_s: float = LIMITS["recognition"].deadline_s

    def together(self) -> Engines:
        """Return what a service runs on."""
        return Engines(
            voice_activity=self.voice_activity,
            recognition=RecognitionQueue(
                self.recognizer,
                executor=self.recognition_executor,
                ahead_executor=self.ahead_executor,
                deadline_s=self.recognition_deadline_s,
            ),
            synthesizer=self.synthesizer,
            chat=self.chat,
            synthesis=synthesis_lane(self.synthesis_executor),
        )

    def forget(self) -> None:
        """Keep nothing of what was asked so far."""
        self.recognizer.utterances.clear()
        self.chat.calls.clear()
        self.synthesizer.asked.clear()
        self.synthesizer.voices.clear()

    def assert_script_is_done(self) -> None:
        """Fail if something of the script was never asked for, or is still under way."""
        assert not self.recognizer.script, f"never asked for: {self.recognizer.script}"
        assert not self.chat.script, f"never asked for: {self.chat.script}"
        assert not [call for call in self.chat.calls if call.is_open], "a model's stream was left open"
        assert self.synthesizer.now_speaking == 0, "the synthesizer was left in the middle of a text"


def scripted(
    heard: Iterable[str | Exception] = (), answers: Iterable[Iterable[ChatStep] | str] = (), **parts: Any
) -> ScriptedEngines:
    """Return engines that hear these transcripts and give these answers."""
    return ScriptedEngines(
        recognizer=ScriptedRecognizer(heard),
        chat=ScriptedChatModel([answer] if isinstance(answer, str) else answer for answer in answers),
        **parts,
    )
