"""The assistant's answers: which one the browser hears, its words and sound, and when it has really ended."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import ClassVar

from openvoicelive.web.conversation.microphone import Microphone
from openvoicelive.web.conversation.playback import Playback
from openvoicelive.web.conversation.turn_times import TurnTimes
from openvoicelive.web.page.messages import Audio, Because, Control, Transcript, Word, Words
from openvoicelive.web.page.page_report import PageReport
from openvoicelive.web.page.responses import Responses
from openvoicelive.web.voice_live.connection import Service
from openvoicelive.web.voice_live.failures import ServiceClosed
from openvoicelive.web.voice_live.service_events import ServerEvent, ServiceError

# The wire's answers to a cancel or a truncate that came too late: the service had already done it, or has
# forgotten the item. Nothing is wrong and the user can do nothing.
_HARMLESS_CODES = frozenset(
    {"response_cancel_not_active", "item_already_truncated", "item_truncate_invalid_item_id"}
)
_TOO_LATE_IDS = ("cancel_", "truncate_")


class Answers:
    """The assistant's side of the turn taking of one connection."""

    def __init__(
        self,
        service: Service,
        page: PageReport,
        times: TurnTimes,
        microphone: Microphone,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._service = service
        self._page = page
        self._times = times
        self._microphone = microphone
        self._clock = clock
        self._ids = itertools.count(1)
        self._playback = Playback()
        self._responses = Responses()
        self._playback_timer: asyncio.TimerHandle | None = None
        self.has_spoken = False
        """Whether the assistant's voice was heard."""

        service.take_sound = self._take_sound

    @property
    def is_one_begun(self) -> bool:
        """Whether the service has begun a response and not ended it."""
        return self._responses.unfinished_id is not None

    async def handle(self, event: ServerEvent) -> bool:
        """Take an event; returns whether it is of an answer."""
        handler = self._HANDLERS.get(event.type)
        if handler is None:
            return False
        await handler(self, event)
        return True

    def close(self) -> None:
        """Stop whatever goes on by itself: the connection is gone."""
        self._forget_playback_timer()
        self._service.take_sound = None  # holds this object, which holds the service: a reference cycle

    def expect(self, *, wanted: bool) -> None:
        """Note whether the next response may be heard; an unwanted one is cancelled as soon as it begins."""
        self._responses.unwanted = not wanted

    def stop(self, because: Because, *, after_ms: int | None = None) -> None:
        """Silence the assistant in the browser; `after_ms`: since the user's speech began."""
        self._playback.interrupt()
        self._forget_playback_timer()
        self._report_turn()
        self._tell_unfinished_words()
        self._page.tell(Control(action="stop_playback", because=because, after_ms=after_ms))

    async def cancel(self) -> None:
        """Have the service stop the response that it has not finished, if there is one."""
        if response_id := self._responses.to_cancel():
            await self._service.cancel(response_id, event_id=f"cancel_{next(self._ids)}")

    async def ask(self) -> None:
        """Get an answer to what the service was told; one that it is giving is cancelled first."""
        self._responses.owed = True
        await self.cancel()
        await self._ask_if_owed()

    async def played(self, item_id: str, audio_end_ms: int) -> None:
        """Take note of what the browser really played, and have the service forget the rest."""
        cut_at_ms = self._playback.played(item_id, audio_end_ms)
        if cut_at_ms is not None:
            with suppress(ServiceClosed):
                await self._service.truncate(item_id, cut_at_ms, event_id=f"truncate_{next(self._ids)}")
        elif self._page.state == "assistant_speaking":
            self._settle()

    async def take_error(self, error: ServiceError) -> bool:
        """Deal with an error that comes of answers; returns whether it was one."""
        if error.code in _HARMLESS_CODES or (error.event_id or "").startswith(_TOO_LATE_IDS):
            self._page.log(
                "debug",
                f"Too late, and harmless: {error.message}",
                logged=f"Too late, and harmless: {error.code}.",
            )
            return True
        if error.code == "conversation_already_has_active_response":
            # The service had begun to answer speech when a typed message asked for its answer.
            self._responses.owed = True
            self.stop("typed")
            await self.cancel()
            return True
        return False

    async def _on_response_created(self, event: ServerEvent) -> None:
        if event.response:
            if self._microphone.is_held:
                self.expect(wanted=False)  # it was on its way when the user took the turn
            self._responses.created(event.response.id)
            self._forget_playback_timer()
            if self._responses.audible_id is None:
                await self.cancel()

    async def _on_audio(self, event: ServerEvent) -> None:
        if not self._take_sound(event):
            await self._on_late_output(event)

    def _take_sound(self, event: ServerEvent) -> bool:
        """Pass sound on; returns whether the browser may hear it."""
        if not self._responses.is_audible(event.response_id):
            return False
        item_id = event.item_id or ""
        sound = event.sound
        now_s = self._clock()
        if self._playback.sent(item_id, len(sound), now_s):
            self.has_spoken = True
            self._times.mark("first_sound_ms", now_s, item_id=item_id)
            self._page.tell(Audio(item_id=item_id))
        if self._page.state != "assistant_speaking":
            self._page.become("assistant_speaking")
        self._page.tell(sound)
        return True

    async def _on_words(self, event: ServerEvent) -> None:
        if not self._responses.is_audible(event.response_id):
            await self._on_late_output(event)
        elif isinstance(event.delta, str) and event.item_id:
            self._times.mark("first_text_ms", self._clock(), item_id=event.item_id)
            self._responses.said(event.item_id, event.delta)
            self._page.tell(
                Transcript(role="assistant", item_id=event.item_id, text=event.delta, final=False)
            )

    async def _on_words_done(self, event: ServerEvent) -> None:
        if self._responses.is_audible(event.response_id) and event.item_id:
            self._responses.said_all(event.item_id)
            words = event.transcript or event.text or ""
            self._page.tell(Transcript(role="assistant", item_id=event.item_id, text=words, final=True))

    async def _on_word_time(self, event: ServerEvent) -> None:
        if self._responses.is_audible(event.response_id) and event.item_id and event.text:
            start_ms = event.audio_offset_ms
            word = Word(text=event.text, start_ms=start_ms, end_ms=start_ms + event.audio_duration_ms)
            self._page.tell(Words(item_id=event.item_id, words=(word,)))

    async def _on_late_output(self, event: ServerEvent) -> None:
        """Cancel a response that goes on although it was interrupted: the service did not by itself."""
        if event.response_id == self._responses.unfinished_id:
            await self.cancel()

    async def _on_response_done(self, event: ServerEvent) -> None:
        response = event.response
        if response is None:
            return
        heard_to_the_end = self._responses.done(response.id)
        await self._ask_if_owed()
        if not heard_to_the_end:
            return
        self._playback.complete()
        self._report_turn()
        self._tell_unfinished_words()
        if response.status == "failed":
            error = (response.status_details and response.status_details.error) or ServiceError()
            self._page.trouble(error.problem("answer_failed"))
        self._settle()

    async def _ask_if_owed(self) -> None:
        if self._responses.may_ask():
            await self._service.respond()

    def _tell_unfinished_words(self) -> None:
        for item_id, words in self._responses.silence().items():
            self._page.tell(Transcript(role="assistant", item_id=item_id, text=words, final=True))

    def _settle(self) -> None:
        """Become ready once the answer is complete and the browser has played it."""
        if self._microphone.hears_speech or self._microphone.is_held:
            return
        if self._responses.audible_id is not None:
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

    _Handler = Callable[["Answers", ServerEvent], Awaitable[None]]
    _HANDLERS: ClassVar[Mapping[str, _Handler]] = {
        "response.created": _on_response_created,
        "response.audio.delta": _on_audio,
        "response.audio_timestamp.delta": _on_word_time,
        "response.audio_transcript.delta": _on_words,
        "response.audio_transcript.done": _on_words_done,
        "response.text.delta": _on_words,
        "response.text.done": _on_words_done,
        "response.done": _on_response_done,
    }
