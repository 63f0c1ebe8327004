"""One session's ear: finds turns in the sound and has them written down.

It takes sound and orders from a queue, in order, and answers with reports. Recognition begins early, when a
turn may be over but is not surely so: most of the waiting for silence is used for it.

Where the words decide something (`meaning.py`) no later sound is judged before they are known. So events
come at the same audio times however fast the sound arrives.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import assert_never

from openvoicelive.audio import turns
from openvoicelive.audio.pcm import FloatSamples
from openvoicelive.audio.turns import TurnDetector, TurnOptions
from openvoicelive.audio.voice_activity import VoiceActivity
from openvoicelive.audio.windows import WINDOW_RATE_HZ, Windows
from openvoicelive.errors import EngineError
from openvoicelive.logs import log_failure
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
from openvoicelive.service.budget import Budget
from openvoicelive.service.engines import Engines
from openvoicelive.service.hearing.catching_up import Pace
from openvoicelive.service.hearing.end_of_turn import turn_options
from openvoicelive.service.hearing.heard_language import heard_language
from openvoicelive.service.hearing.input_chain import InputChain, decode_once
from openvoicelive.service.hearing.input_queue import InputQueue
from openvoicelive.service.hearing.meaning import Meaning
from openvoicelive.service.hearing.recording import Recording
from openvoicelive.service.hearing.turn_transcript import TurnTranscript
from openvoicelive.task_group import TaskGroup

log = logging.getLogger(__name__)

# Turns that wait to be written down, or are, and the sound of all of them; after so many, or so much, the
# client that commits more must wait.
MAX_TURNS = 16
MAX_TURNS_MS = 300_000
# A turn may be this long; of a longer one the end is written down.
MAX_TURN_MS = 300_000
# Sound outside of turns is kept so long, for a client that commits by itself.
IDLE_MS = 30_000
# A turn that may be nothing but fillers is looked at so often: an "um" lasts about 300 ms.
FILLER_CHECK_MS = 320
# While somebody speaks, the recogniser hears each so much: of a long turn little is left to do when it ends.
HEAR_AHEAD_MS = 2_000
NO_TURNS = "The end of speech is not detected any more; commit the sound yourself."


class Listening:
    """Hears one session's sound and performs its orders; `run` is its task."""

    def __init__(
        self,
        engines: Engines,
        queue: InputQueue,
        report: Callable[[work.Report], None],
        *,
        assistant_speaks: Callable[[], bool] = lambda: False,
    ) -> None:
        self._engines = engines
        self._report = report
        self._assistant_speaks = assistant_speaks
        self._queue = queue
        self._turns = Budget(MAX_TURNS, MAX_TURNS_MS)
        self._recording = Recording(MAX_TURN_MS)
        self._pace = Pace(engines.catching_up)
        self._transcription: Transcription | None = None
        self._language: str | None = None
        self._not_recognised: EngineError | None = None
        self._input: InputChain | None = None
        self._windows = Windows()
        self._activity: VoiceActivity | None = None
        self._detector: TurnDetector | None = None
        self._options = self._options_under_answer = TurnOptions()
        self._meaning: Meaning | None = None
        self._next_check_ms = 0
        self._turn: TurnTranscript | None = None
        self._ended: dict[int, TurnTranscript] = {}
        # Turns are reported in the order in which they were spoken.
        self._reporting = asyncio.Lock()

    async def run(self) -> None:
        """Work until cancelled."""
        async with TaskGroup() as tasks:
            while True:
                match await self._queue.get():
                    case bytes() as audio:
                        await self._listen(audio, tasks)
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
                        await self._begin_transcript(order, tasks)
                    case never:
                        assert_never(never)

    async def _configure(self, order: ConfigureListening) -> None:
        options = (order.audio_format, order.echo_cancellation, order.noise_reduction)
        if self._input is None or self._input.options != options:
            await self._catch_up()
            self._input = InputChain(*options)
        self._configure_recognition(order.transcription)
        if order.turn_detection is None:
            self._detector = self._activity = self._turn = None
            return
        self._meaning = Meaning(order.turn_detection, self._language, self._engines.recognition.recognizer)
        self._options = turn_options(order.turn_detection)
        self._options_under_answer = turn_options(order.turn_detection, assistant_speaks=True)
        if self._detector is None:
            self._begin_detection()

    def _configure_recognition(self, transcription: Transcription | None) -> None:
        told = str(self._not_recognised)
        self._transcription, self._language, self._not_recognised = transcription, None, None
        installed = self._engines.recognition.recognizer.capabilities.languages
        try:
            self._language = heard_language(transcription, installed)
        except EngineError as error:
            self._not_recognised = error.without_traceback()
            if str(error) != told:
                self._report(work.LanguageNotRecognised(error.code, str(error)))

    def _begin_detection(self) -> None:
        try:
            self._activity = self._engines.new_voice_activity()
        except EngineError as error:
            self._detect_no_turns(error)
            return
        self._windows = Windows()
        self._detector = TurnDetector(self._options, start_ms=self._recording.end_ms)

    def _detect_no_turns(self, error: EngineError) -> None:
        log.warning("Turns are not detected. %s", error)
        self._detector = self._activity = self._turn = None
        self._report(work.TurnsNotDetected(error.code, str(error)))

    async def _listen(self, audio: bytes, tasks: asyncio.TaskGroup) -> None:
        if self._input is None:
            return
        for heard in self._input.process(audio):
            self._recording.append(heard.samples)
            await self._find_turns(heard.for_turns, tasks)
            await self._pace.worked(heard.samples.size * 1_000 / WINDOW_RATE_HZ)

    async def _find_turns(self, samples: FloatSamples, tasks: asyncio.TaskGroup) -> None:
        activity, detector = self._activity, self._detector
        if detector is None or activity is None:
            return
        detector.options = self._options_under_answer if self._assistant_speaks() else self._options
        for window in self._windows.cut(samples):
            try:
                probability = activity.probability(window)
            except Exception:
                log.exception("Voice activity failed")
                self._detect_no_turns(EngineError(NO_TURNS, code="internal_error"))
                return
            event = detector.process(probability)
            if event is not None:
                await self._on_turn(event, detector, tasks)
            if not detector.is_quiet:
                await self._check_for_words(detector.now_ms)
                self._hear_ahead(detector.now_ms, tasks)
        if self._turn is None:
            self._recording.forget_before(self._recording.end_ms - IDLE_MS)

    async def _on_turn(
        self, event: turns.TurnReport, detector: TurnDetector, tasks: asyncio.TaskGroup
    ) -> None:
        now_ms, turn, meaning = detector.now_ms, self._turn, self._meaning
        if isinstance(event, turns.SpeechBegan):
            self._on_begin(event.at_ms, now_ms)
            return
        if turn is None or meaning is None:
            return
        match event:
            case turns.Quiet():
                await self._on_pause(turn, now_ms, tasks)
            case turns.Resumed():
                turn.reopen()
                self._next_check_ms = now_ms + FILLER_CHECK_MS
                self._report(work.PartialTranscript(None))
            case turns.EndPossible():
                if not turn.complete:
                    await self._on_pause(turn, now_ms, tasks)
                ended = detector.decide(await meaning.silence_ms(turn))
                if ended is not None:
                    self._on_end(turn, ended.at_ms)
            case turns.SpeechEnded(at_ms):
                # After a pause that was not broken, all the speech was given already; the rest is silence.
                if not turn.complete:
                    self._give(turn, now_ms)
                    await self._announce_if_words(turn, now_ms)
                self._on_end(turn, at_ms)

    def _on_begin(self, at_ms: int, now_ms: int) -> None:
        self._turn = self._new_turn(at_ms)
        self._next_check_ms = now_ms + FILLER_CHECK_MS
        if self._meaning is None or not self._meaning.removes_fillers:
            self._announce(self._turn, now_ms)

    async def _on_pause(self, turn: TurnTranscript, now_ms: int, tasks: asyncio.TaskGroup) -> None:
        self._give(turn, now_ms)
        await self._announce_if_words(turn, now_ms)
        tasks.create_task(self._overhear(turn))

    def _on_end(self, turn: TurnTranscript, at_ms: int) -> None:
        self._turn = None
        if turn.announced:
            self._ended[turn.start_ms] = turn
            self._report(work.SpeechEnded(turn.start_ms, at_ms))

    def _announce(self, turn: TurnTranscript, now_ms: int) -> None:
        turn.announced = True
        self._report(work.SpeechBegan(turn.start_ms, heard_ms=now_ms))

    async def _check_for_words(self, now_ms: int) -> None:
        """Look now and then at a turn that may be nothing but fillers, while somebody speaks."""
        turn = self._turn
        if turn is None or turn.announced or turn.complete or now_ms < self._next_check_ms:
            return
        self._give(turn, now_ms)
        await self._announce_if_words(turn, now_ms)
        turn.reopen()
        self._next_check_ms = now_ms + FILLER_CHECK_MS

    def _hear_ahead(self, now_ms: int, tasks: asyncio.TaskGroup) -> None:
        """Let the recogniser hear now and then what was spoken, if it has nothing else to do."""
        turn = self._turn
        if turn is None or turn.complete or now_ms - turn.given_until_ms < HEAR_AHEAD_MS:
            return
        if turn.can_hear_ahead:
            self._give(turn, now_ms)
            turn.reopen()
            tasks.create_task(turn.hear_ahead())

    async def _announce_if_words(self, turn: TurnTranscript, now_ms: int) -> None:
        """Report a turn that was held back, unless there are only fillers in it so far."""
        if turn.announced or (self._meaning is not None and await self._meaning.is_nothing(turn)):
            return
        self._announce(turn, now_ms)

    async def _overhear(self, turn: TurnTranscript) -> None:
        """Write down what may be a whole turn, and report it if it still may be."""
        if not turn.complete:
            return
        try:
            transcript = await turn.transcript()
        except Exception as error:  # noqa: BLE001 - the turn is tried again when it ends, and that reports
            log.debug("Nothing was overheard: %s", error)
            return
        if transcript and turn is self._turn:
            self._report(work.PartialTranscript(transcript))

    async def _begin_transcript(self, order: Transcribe | TranscribeAudio, tasks: asyncio.TaskGroup) -> None:
        """Let a turn be written down in a task; waits while many wait already, before sound is decoded."""
        sound_ms = self._turn_ms(order)
        await self._turns.acquire(sound_ms)
        turn = await self._turn_of(order)
        task = tasks.create_task(self._transcribe(order.item_id, turn))
        task.add_done_callback(lambda _: self._turns.release(sound_ms))

    async def _transcribe(self, item_id: str, turn: TurnTranscript) -> None:
        async with self._reporting:
            try:
                transcript = await turn.transcript()
            except EngineError as error:
                log_failure(log, "A turn was not written down", error)
                self._report(work.NotTranscribed(item_id, error.code, str(error)))
            except Exception:
                log.exception("A turn could not be written down")
                self._report(
                    work.NotTranscribed(item_id, "internal_error", "Speech could not be recognised.")
                )
            else:
                self._report(work.Transcribed(item_id, transcript or ""))

    def _turn_ms(self, order: Transcribe | TranscribeAudio) -> int:
        if isinstance(order, TranscribeAudio):
            return self._input.options[0].duration_ms(len(order.audio)) if self._input else 0
        return min(order.end_ms - order.start_ms, MAX_TURN_MS)

    async def _turn_of(self, order: Transcribe | TranscribeAudio) -> TurnTranscript:
        """Return the turn that was found there, or make one of what the client committed or sent."""
        if isinstance(order, TranscribeAudio):
            return await self._turn_of_audio(order.audio)
        turn = self._ended.pop(order.start_ms, None)
        if turn is None:
            await self._catch_up()
            turn = self._new_turn(order.start_ms)
            self._give(turn, order.end_ms)
            await self._forget_turns()
        return turn

    async def _turn_of_audio(self, audio: bytes) -> TurnTranscript:
        turn = self._new_turn(0)
        if self._input is not None:
            for piece in decode_once(audio, self._input.options[0]):
                turn.give([piece], 0)
                await asyncio.sleep(0)
        return turn

    def _new_turn(self, start_ms: int) -> TurnTranscript:
        options = self._transcription
        return TurnTranscript(
            start_ms,
            self._engines.recognition,
            language=self._language,
            phrases=(options.phrase_list or ()) if options else (),
            failure=self._not_recognised,
        )

    def _give(self, turn: TurnTranscript, until_ms: int) -> None:
        turn.give(self._recording.between(turn.given_until_ms, until_ms), until_ms)

    async def _catch_up(self) -> None:
        """Have all the sound that came, also what is not judged yet."""
        for heard in self._input.release() if self._input is not None else ():
            self._recording.append(heard.samples)
            await asyncio.sleep(0)

    async def _forget_turns(self) -> None:
        await self._catch_up()
        for turn in (self._turn, *self._ended.values()):
            if turn is not None:
                turn.reopen()  # nobody wants its words any more
        self._turn = None
        self._ended.clear()
        if self._detector is not None:
            # What is noticed from here on is noticed in later sound, never in half a window of the old.
            self._begin_detection()
