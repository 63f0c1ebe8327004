"""One conversation between one browser and a Voice Live service.

This is the client's side of the turn taking: what each event of the service means for the page, what an
interruption stops, and when the assistant has really finished speaking. It knows neither the browser's
socket nor the SDK.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import ClassVar

from openvoicelive.web.backing_off import BackOff
from openvoicelive.web.credentials import Credential
from openvoicelive.web.messages import (
    DEFAULT_TURN_DETECTION,
    Audio,
    Because,
    Control,
    ToPage,
    Transcript,
    TurnDetection,
)
from openvoicelive.web.muted_microphone import MutedMicrophone
from openvoicelive.web.page_report import PageReport
from openvoicelive.web.playback import Playback
from openvoicelive.web.responses import Responses
from openvoicelive.web.turn_times import TurnTimes
from openvoicelive.web.voice_live import (
    ServerEvent,
    Service,
    ServiceClosed,
    ServiceError,
    ServiceUnavailable,
    SessionOptions,
    open_service,
)

CONFIGURE_DEADLINE_S = 15.0

# The wire's answers to a cancel or a truncate that came too late: the service had already done it, or has
# forgotten the item. Nothing is wrong and the user can do nothing.
_HARMLESS_CODES = frozenset(
    {"response_cancel_not_active", "item_already_truncated", "item_truncate_invalid_item_id"}
)
_TOO_LATE_IDS = ("cancel_", "truncate_")


class VoiceAssistant:
    """Connects, configures, handles events, is interrupted, and stops.

    `state_callback` is told everything that the page is to know, in order and without waiting: messages,
    and the assistant's sound as bytes (PCM16, mono, 24 kHz).
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the first six are the tutorial's, and settled
        self,
        endpoint: str,
        credential: Credential,
        model: str,
        voice: str,
        instructions: str,
        state_callback: Callable[[ToPage | bytes], None],
        *,
        language: str | None = None,
        turn_detection: TurnDetection = DEFAULT_TURN_DETECTION,
        back_off: BackOff = BackOff(),  # noqa: B008 - immutable
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint = endpoint
        self._credential = credential
        self._options = SessionOptions(model, voice, instructions, language, turn_detection)
        self._back_off = back_off
        self._clock = clock
        self._ids = itertools.count(1)

        self._task: asyncio.Task[object] | None = None
        self._stop_requested = False
        self._service: Service | None = None
        """The connection, from the moment that the session is configured."""
        self._configuring: asyncio.Timeout | None = None
        self._playback_timer: asyncio.TimerHandle | None = None

        self._page = PageReport(state_callback)
        self._playback = Playback()
        self._responses = Responses()
        self._times = TurnTimes()
        self._muted = False
        self._microphone = MutedMicrophone(self._append)

    async def start(self) -> None:
        """Hold the conversation: returns when it was stopped or has ended, after telling the page why."""
        self._task = asyncio.current_task()
        try:
            if not self._stop_requested:
                self._page.become("starting")
                await self._converse()
        except asyncio.CancelledError:
            if not (self._stop_requested and self._task):
                raise
            self._task.uncancel()
        except (ServiceUnavailable, ServiceClosed) as error:
            self._page.end(str(error))
            return
        finally:
            self._task = None
        self._page.connected = False
        self._page.become("stopped")

    def request_stop(self) -> None:
        """End the conversation; `start()` returns as soon as the connection is closed."""
        if not self._stop_requested:
            self._stop_requested = True
            if self._task:
                self._task.cancel()

    async def append_audio(self, pcm: bytes) -> None:
        """Send the microphone's sound: PCM16, mono, 24 kHz; dropped until ready, and while muted."""
        if self._service and not self._muted:
            with suppress(ServiceClosed):  # the receiving side reports it
                await self._append(pcm)

    async def interrupt(self) -> None:
        """Stop the assistant's speech, or the answer that it is about to give."""
        service = self._service
        if service is None:
            return
        speaking = self._page.state == "assistant_speaking"
        thinking = self._page.state == "processing"
        self._responses.unwanted = thinking and self._responses.unfinished_id is None
        self._stop_speech("button")
        with suppress(ServiceClosed):
            await self._cancel_unfinished(service)
        if speaking or thinking:
            self._page.become("ready")

    async def send_text(self, text: str) -> None:
        """Say something by typing; it interrupts speech like a spoken word."""
        service = self._service
        if service is None:
            self._page.log("warning", "The session is not ready yet; send the message again when it is.")
            return
        self._responses.unwanted = False
        self._stop_speech("typed")
        self._times.typed(self._clock())
        item_id = f"typed_{next(self._ids)}"
        self._page.tell(Transcript(role="user", item_id=item_id, text=text, final=True))
        self._page.become("processing")
        with suppress(ServiceClosed):
            await service.say(text)
            self._responses.owed = True
            await self._cancel_unfinished(service)
            await self._ask_if_owed(service)

    async def played(self, item_id: str, audio_end_ms: int) -> None:
        """Take note of what the browser really played, and have the service forget the rest."""
        cut_at_ms = self._playback.played(item_id, audio_end_ms)
        if cut_at_ms is not None and self._service:
            with suppress(ServiceClosed):
                await self._service.truncate(item_id, cut_at_ms, event_id=f"truncate_{next(self._ids)}")
        elif self._page.state == "assistant_speaking":
            self._settle()

    def mute(self, *, muted: bool) -> None:
        """Note that the microphone is off, and let an utterance that it cut off come to its end."""
        self._muted = muted
        if not muted:
            self._microphone.end()
        elif self._service:
            self._microphone.begin()

    async def _converse(self) -> None:
        try:
            async with open_service(
                self._endpoint,
                self._credential,
                self._options.model,
                back_off=self._back_off,
                on_busy=self._page.busy,
            ) as service:
                await service.configure(self._options)
                async with asyncio.timeout(CONFIGURE_DEADLINE_S) as self._configuring:
                    while True:
                        await self._handle(service, await service.receive())
        except TimeoutError as error:
            raise ServiceUnavailable(
                f"{self._endpoint} accepted the connection but did not begin a session. "
                "Try again; if it stays so, check AZURE_VOICE_LIVE_ENDPOINT and VOICE_LIVE_MODEL."
            ) from error
        finally:
            self._service = None
            self._microphone.end()
            self._forget_playback_timer()

    async def _handle(self, service: Service, event: ServerEvent | None) -> None:
        if event is None:
            self._page.log("warning", "The service sent a message that is not understood; it was skipped.")
        elif handler := self._HANDLERS.get(event.type):
            await handler(self, service, event)

    async def _on_session_updated(self, service: Service, _event: ServerEvent) -> None:
        if self._service:
            return
        self._service = service
        self._page.connected = True
        if self._configuring:
            self._configuring.reschedule(None)
        self._page.log("info", f"Session configured: {self._options.model}, voice {self._options.voice}.")
        self._page.become("ready")

    async def _on_speech_started(self, _service: Service, _event: ServerEvent) -> None:
        self._microphone.hears_speech = True
        self._responses.unwanted = False
        self._report_turn()
        self._stop_speech("speech")
        self._page.become("listening")
        if self._muted:
            self._microphone.begin()

    async def _on_speech_stopped(self, _service: Service, event: ServerEvent) -> None:
        self._microphone.hears_speech = False
        self._times.speech_ended(event.audio_end_ms, self._clock())
        self._page.become("processing")

    async def _on_user_words(self, _service: Service, event: ServerEvent) -> None:
        if isinstance(event.delta, str) and event.item_id:
            self._page.tell(Transcript(role="user", item_id=event.item_id, text=event.delta, final=False))

    async def _on_user_transcript(self, _service: Service, event: ServerEvent) -> None:
        self._times.mark("transcript_ms", self._clock())
        words = (event.transcript or "").strip()
        self._page.tell(Transcript(role="user", item_id=event.item_id or "", text=words, final=True))
        if not words and self._responses.unfinished_id is None and self._page.state == "processing":
            # Nothing was said, so a service that answers words gives no answer.
            self._page.become("ready")

    async def _on_transcription_failed(self, _service: Service, event: ServerEvent) -> None:
        error = event.error or ServiceError()
        self._page.log("warning", f"What you said could not be written down: {error.message}")

    async def _on_response_created(self, service: Service, event: ServerEvent) -> None:
        if event.response:
            self._responses.created(event.response.id)
            self._forget_playback_timer()
            if self._responses.audible_id is None:
                await self._cancel_unfinished(service)

    async def _on_audio(self, service: Service, event: ServerEvent) -> None:
        if not self._responses.is_audible(event.response_id):
            await self._on_late_output(service, event)
            return
        item_id = event.item_id or ""
        sound = event.sound
        now_s = self._clock()
        if self._playback.sent(item_id, len(sound), now_s):
            self._times.mark("first_sound_ms", now_s, item_id=item_id)
            self._page.tell(Audio(item_id=item_id))
        if self._page.state != "assistant_speaking":
            self._page.become("assistant_speaking")
        self._page.tell(sound)

    async def _on_words(self, service: Service, event: ServerEvent) -> None:
        if not self._responses.is_audible(event.response_id):
            await self._on_late_output(service, event)
        elif isinstance(event.delta, str) and event.item_id:
            self._times.mark("first_text_ms", self._clock(), item_id=event.item_id)
            self._responses.said(event.item_id, event.delta)
            self._page.tell(
                Transcript(role="assistant", item_id=event.item_id, text=event.delta, final=False)
            )

    async def _on_words_done(self, _service: Service, event: ServerEvent) -> None:
        if self._responses.is_audible(event.response_id) and event.item_id:
            self._responses.said_all(event.item_id)
            words = event.transcript or event.text or ""
            self._page.tell(Transcript(role="assistant", item_id=event.item_id, text=words, final=True))

    async def _on_late_output(self, service: Service, event: ServerEvent) -> None:
        """Cancel a response that goes on although it was interrupted: the service did not by itself."""
        if event.response_id == self._responses.unfinished_id:
            await self._cancel_unfinished(service)

    async def _on_response_done(self, service: Service, event: ServerEvent) -> None:
        response = event.response
        if response is None:
            return
        heard_to_the_end = self._responses.done(response.id)
        await self._ask_if_owed(service)
        if not heard_to_the_end:
            return
        self._playback.complete()
        self._report_turn()
        self._tell_unfinished_words()
        if response.status == "failed":
            error = (response.status_details and response.status_details.error) or ServiceError()
            self._page.error(error.message)
        else:
            self._settle()

    async def _on_error(self, service: Service, event: ServerEvent) -> None:
        error = event.error or ServiceError()
        if error.code in _HARMLESS_CODES or (error.event_id or "").startswith(_TOO_LATE_IDS):
            self._page.log("debug", f"Too late, and harmless: {error.message}")
        elif error.code == "conversation_already_has_active_response":
            # The service had begun to answer speech when a typed message asked for its answer.
            self._responses.owed = True
            self._stop_speech("typed")
            await self._cancel_unfinished(service)
        elif self._service is None:
            raise ServiceUnavailable(f"The service refused the session: {error.message}")
        else:
            self._page.error(error.message)

    async def _on_warning(self, _service: Service, event: ServerEvent) -> None:
        self._page.log("warning", (event.warning or ServiceError()).message)

    async def _append(self, pcm: bytes) -> None:
        if service := self._service:
            self._times.heard(len(pcm))
            await service.append(pcm)

    async def _cancel_unfinished(self, service: Service) -> None:
        if response_id := self._responses.to_cancel():
            await service.cancel(response_id, event_id=f"cancel_{next(self._ids)}")

    async def _ask_if_owed(self, service: Service) -> None:
        if self._responses.may_ask():
            await service.respond()

    def _stop_speech(self, because: Because) -> None:
        self._playback.interrupt()
        self._forget_playback_timer()
        self._tell_unfinished_words()
        self._page.tell(Control(action="stop_playback", because=because))

    def _tell_unfinished_words(self) -> None:
        for item_id, words in self._responses.hush().items():
            self._page.tell(Transcript(role="assistant", item_id=item_id, text=words, final=True))

    def _settle(self) -> None:
        """Become ready once the answer is complete and the browser has played it."""
        if self._responses.audible_id is not None or self._microphone.hears_speech:
            return
        self._forget_playback_timer()
        if self._playback.is_over:
            self._page.become("ready")
            return
        delay_s = max(0.0, self._playback.deadline_s - self._clock())
        loop = asyncio.get_running_loop()
        self._playback_timer = loop.call_later(delay_s, self._stop_waiting_for_playback)

    def _stop_waiting_for_playback(self) -> None:
        self._page.log("debug", "The page did not say that playback ended; it is taken as ended.")
        self._playback.give_up()
        self._settle()

    def _forget_playback_timer(self) -> None:
        if self._playback_timer:
            self._playback_timer.cancel()
            self._playback_timer = None

    def _report_turn(self) -> None:
        if metrics := self._times.finish():
            self._page.tell(metrics)

    _Handler = Callable[["VoiceAssistant", Service, ServerEvent], Awaitable[None]]
    _HANDLERS: ClassVar[Mapping[str, _Handler]] = {
        "session.updated": _on_session_updated,
        "input_audio_buffer.speech_started": _on_speech_started,
        "input_audio_buffer.speech_stopped": _on_speech_stopped,
        "conversation.item.input_audio_transcription.delta": _on_user_words,
        "conversation.item.input_audio_transcription.completed": _on_user_transcript,
        "conversation.item.input_audio_transcription.failed": _on_transcription_failed,
        "response.created": _on_response_created,
        "response.audio.delta": _on_audio,
        "response.audio_transcript.delta": _on_words,
        "response.audio_transcript.done": _on_words_done,
        "response.text.delta": _on_words,
        "response.text.done": _on_words_done,
        "response.done": _on_response_done,
        "error": _on_error,
        "warning": _on_warning,
    }
