"""Performs a session's orders to hear: finds turns in its sound and has them transcribed.

Sound and orders come from a queue, in order; what comes of them is reported. The follower decides about turns
(`turn_follower.py`); here are the tasks. Recognition begins early, in a pause that may be the end of a turn,
so most of the wait for silence is used for it.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

from openvoicelive.audio.pcm import FloatSamples
from openvoicelive.audio.voice_activity import VoiceActivity
from openvoicelive.audio.windows import WINDOW_RATE_HZ, Windows
from openvoicelive.errors import EngineError
from openvoicelive.protocol import work
from openvoicelive.protocol.options import Transcription
from openvoicelive.protocol.work import (
    ConfigureListening,
    ForgetAudio,
    OwnVoice,
    OwnVoiceStopped,
    Transcribe,
    TranscribeAudio,
)
from openvoicelive.service.engines import Engines
from openvoicelive.service.hearing.catching_up import Pace
from openvoicelive.service.hearing.heard_language import heard_language
from openvoicelive.service.hearing.input_chain import InputChain, decode_once
from openvoicelive.service.hearing.input_queue import InputQueue
from openvoicelive.service.hearing.recording import Recording
from openvoicelive.service.hearing.transcriptions import Transcriptions, known_words
from openvoicelive.service.hearing.turn_follower import (
    AddSound,
    Announced,
    AskForSilence,
    AskForWords,
    Begun,
    Continued,
    Decision,
    Ended,
    EndPossible,
    FeedAhead,
    Forgotten,
    Resumed,
    TurnFollower,
)
from openvoicelive.service.hearing.turn_transcript import TurnTranscript
from openvoicelive.task_group import TaskGroup
from openvoicelive.turns.policy import TurnPolicy

log = logging.getLogger(__name__)

# A turn may be this long; of a longer one the end is transcribed.
MAX_TURN_MS = 300_000
# Sound outside of turns is kept so long, for a client that commits by itself.
IDLE_MS = 30_000
NO_TURNS = "The end of speech is not detected any more; commit the sound yourself."


@dataclass(frozen=True)
class _Recognition:
    """How turns are transcribed."""

    language: str | None = None
    phrases: tuple[str, ...] = ()
    failure: EngineError | None = None
    """Why nothing is, if that is known already."""


@dataclass
class _Detection:
    """Finds turns in a stream of sound."""

    activity: VoiceActivity
    follower: TurnFollower
    windows: Windows = field(default_factory=Windows)


class Listener:
    """Hears one session; `run` is its task."""

    def __init__(
        self,
        engines: Engines,
        queue: InputQueue,
        report: Callable[[work.Report], None],
        *,
        assistant_speaks: Callable[[], bool] = lambda: False,
    ) -> None:
        self._engines = engines
        self._queue = queue
        self._report = report
        self._assistant_speaks = assistant_speaks
        self._recording = Recording(MAX_TURN_MS)
        self._pace = Pace(engines.catching_up)
        self._transcriptions = Transcriptions(report)
        self._recognition = _Recognition()
        self._input: InputChain | None = None
        self._policy: TurnPolicy | None = None
        self._detection: _Detection | None = None
        self._turn: TurnTranscript | None = None
        """The turn that is going on."""
        self._ended: dict[tuple[int, int], TurnTranscript] = {}
        """Turns that are over and not committed yet, by where they begin and end."""

    async def run(self) -> None:
        """Work until cancelled."""
        async with TaskGroup() as tasks:
            while True:
                match await self._queue.get():
                    case bytes() as audio:
                        await self._hear(audio, tasks)
                    case ConfigureListening() as order:
                        await self._configure(order)
                    case OwnVoice(audio, audio_format):
                        if self._input is not None:
                            self._input.play(audio, audio_format)
                    case OwnVoiceStopped():
                        if self._input is not None:
                            self._input.stop_playing()
                    case ForgetAudio():
                        await self._forget_turns()
                    case Transcribe() | TranscribeAudio() as order:
                        await self._transcribe(order, tasks)
                    case never:
                        assert_never(never)

    async def _configure(self, order: ConfigureListening) -> None:
        options = (order.audio_format, order.echo_cancellation, order.noise_reduction)
        if self._input is None or self._input.options != options:
            await self._catch_up()
            self._input = InputChain(*options)
        self._configure_recognition(order.transcription)
        if order.turn_detection is None:
            self._detection = self._turn = self._policy = None
            return
        known = self._engines.recognition.recognizer.capabilities.languages
        # If the client leaves the language to a recogniser of several, the rules for English serve.
        language = self._recognition.language or (next(iter(known)) if len(known) == 1 else "en")
        self._policy = TurnPolicy(order.turn_detection, language)
        if self._detection is None:
            self._begin_detection(self._policy)

    def _configure_recognition(self, transcription: Transcription | None) -> None:
        told = str(self._recognition.failure)
        phrases = (transcription.phrase_list or ()) if transcription else ()
        installed = self._engines.recognition.recognizer.capabilities.languages
        try:
            self._recognition = _Recognition(heard_language(transcription, installed), phrases)
        except EngineError as error:
            self._recognition = _Recognition(None, phrases, error.without_traceback())
            if str(error) != told:
                self._report(work.LanguageNotRecognised(error.code, str(error)))

    def _begin_detection(self, policy: TurnPolicy) -> None:
        try:
            activity = self._engines.new_voice_activity()
        except EngineError as error:
            self._detect_no_turns(error)
            return
        follower = TurnFollower(policy.options, start_ms=self._recording.end_ms)
        self._detection = _Detection(activity, follower)

    def _detect_no_turns(self, error: EngineError) -> None:
        log.warning("Turns are not detected. %s", error)
        self._detection = self._turn = None
        self._report(work.TurnsNotDetected(error.code, str(error)))

    async def _hear(self, audio: bytes, tasks: asyncio.TaskGroup) -> None:
        if self._input is None:
            return
        for processed in self._input.process(audio):
            self._recording.append(processed.samples)
            if self._detection is not None and self._policy is not None:
                await self._find_turns(processed.for_turns, self._detection, self._policy, tasks)
            await self._pace.worked(processed.samples.size * 1_000 / WINDOW_RATE_HZ)

    async def _find_turns(
        self, samples: FloatSamples, detection: _Detection, policy: TurnPolicy, tasks: asyncio.TaskGroup
    ) -> None:
        options = policy.options_under_answer if self._assistant_speaks() else policy.options
        for window in detection.windows.cut(samples):
            try:
                probability = detection.activity.probability(window)
            except Exception:
                log.exception("Voice activity failed")
                self._detect_no_turns(EngineError(NO_TURNS, code="internal_error"))
                return
            can_feed = self._turn is not None and self._turn.can_feed
            decisions = detection.follower.window(
                probability, options, holds_back=policy.holds_back, can_feed=can_feed
            )
            while decisions:
                decisions = await self._perform(decisions, detection.follower, policy, tasks)
        if self._turn is None:
            self._recording.forget_before(self._recording.end_ms - IDLE_MS)

    async def _perform(
        self, decisions: list[Decision], follower: TurnFollower, policy: TurnPolicy, tasks: asyncio.TaskGroup
    ) -> list[Decision]:
        """Perform decisions; return what follows from the answer if the last one is a question."""
        for decision in decisions:
            match decision:
                case Begun(start_ms):
                    self._turn = self._new_turn(start_ms)
                case EndPossible():
                    turn = self._current_turn()
                    tasks.create_task(self._transcriptions.report_partial(turn, lambda: self._turn))
                case FeedAhead():
                    tasks.create_task(self._current_turn().feed_ahead())
                case AskForWords():
                    transcript = await known_words(self._current_turn())
                    return follower.words(has_words=policy.has_words(transcript))
                case AskForSilence():
                    return follower.silence(policy.silence_ms(await known_words(self._current_turn())))
                case _:
                    self._note(decision, self._current_turn())
        return []

    def _note(
        self,
        decision: Announced | AddSound | Continued | Resumed | Ended | Forgotten,
        turn: TurnTranscript,
    ) -> None:
        """Note what became of a turn."""
        match decision:
            case Announced(start_ms, noticed_at_ms):
                self._report(work.SpeechBegan(start_ms, heard_ms=noticed_at_ms))
            case AddSound(until_ms):
                self._add_sound(turn, until_ms)
            case Continued():
                turn.reopen()
            case Resumed():
                turn.reopen()
                self._report(work.PartialTranscript(None))
            case Ended(start_ms, at_ms):
                self._turn, self._ended[start_ms, at_ms] = None, turn
                self._report(work.SpeechEnded(start_ms, at_ms))
            case Forgotten():
                self._turn = None
            case never:
                assert_never(never)

    def _current_turn(self) -> TurnTranscript:
        if self._turn is None:
            raise RuntimeError("Something was decided about a turn, but none goes on.")
        return self._turn

    async def _transcribe(self, order: Transcribe | TranscribeAudio, tasks: asyncio.TaskGroup) -> None:
        """Have a turn transcribed; waits while many are, before its sound is decoded."""
        sound_ms = self._turn_ms(order)
        await self._transcriptions.acquire(sound_ms)
        if isinstance(order, TranscribeAudio):
            turn = await self._turn_of_audio(order.audio)
        else:
            turn = await self._ended_turn(order)
        self._transcriptions.begin(order.item_id, turn, sound_ms, tasks)

    def _turn_ms(self, order: Transcribe | TranscribeAudio) -> int:
        if isinstance(order, TranscribeAudio):
            return self._input.options[0].duration_ms(len(order.audio)) if self._input else 0
        return min(order.end_ms - order.start_ms, MAX_TURN_MS)

    async def _ended_turn(self, order: Transcribe) -> TurnTranscript:
        """Return the turn that was found there, or make one of what the client committed."""
        turn = self._ended.pop((order.start_ms, order.end_ms), None)
        if turn is None:
            await self._catch_up()
            turn = self._new_turn(order.start_ms)
            self._add_sound(turn, order.end_ms)
            await self._forget_turns()
        return turn

    async def _turn_of_audio(self, audio: bytes) -> TurnTranscript:
        turn = self._new_turn(0)
        if self._input is not None:
            for piece in decode_once(audio, self._input.options[0]):
                turn.add([piece], 0)
                await asyncio.sleep(0)
        return turn

    def _new_turn(self, start_ms: int) -> TurnTranscript:
        return TurnTranscript(
            start_ms,
            self._engines.recognition,
            language=self._recognition.language,
            phrases=self._recognition.phrases,
            failure=self._recognition.failure,
        )

    def _add_sound(self, turn: TurnTranscript, until_ms: int) -> None:
        turn.add(self._recording.between(turn.added_until_ms, until_ms), until_ms)

    async def _catch_up(self) -> None:
        """Have all the sound that came, also what is not judged yet."""
        for processed in self._input.release() if self._input is not None else ():
            self._recording.append(processed.samples)
            await asyncio.sleep(0)

    async def _forget_turns(self) -> None:
        await self._catch_up()
        for turn in (self._turn, *self._ended.values()):
            if turn is not None:
                turn.reopen()  # its transcript is not needed any more
        self._turn = None
        self._ended.clear()
        if self._detection is not None and self._policy is not None:
            # What is noticed from here on is noticed in later sound, never in half a window of the old.
            self._begin_detection(self._policy)
