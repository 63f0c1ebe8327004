"""Who speaks: what each event of the service means for the page, and what an interruption stops.

This is the client's side of the turn taking of one connection: when the assistant begins to speak, when it is
silenced, and when it has really finished.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import ClassVar

from openvoicelive.web.messages import Audio, Because, Control, Said, Transcript, Word, Words
from openvoicelive.web.microphone import Microphone
from openvoicelive.web.page_report import PageReport
from openvoicelive.web.playback import Playback
from openvoicelive.web.problems import Problem
from openvoicelive.web.responses import Responses
from openvoicelive.web.service_events import ServerEvent, ServiceError
from openvoicelive.web.turn_times import TurnTimes
from openvoicelive.web.voice_live import Service, ServiceClosed

# The wire's answers to a cancel or a truncate that came too late: the service had already done it, or has
# forgotten the item. Nothing is wrong and the user can do nothing.
_HARMLESS_CODES = frozenset(
    {"response_cancel_not_active", "item_already_truncated", "item_truncate_invalid_item_id"}
)
_TOO_LATE_IDS = ("cancel_", "truncate_")
_HISTORY_ID = "history_"


class TurnTaking:
    """Takes the service's events and the user's actions, and tells the page what comes of them."""

    def __init__(
        self, service: Service, page: PageReport, *, clock: Callable[[], float], new_id: Callable[[], str]
    ) -> None:
        self._service = service
        self._page = page
        self._clock = clock
        self._new_id = new_id
        self._ids = itertools.count(1)
        self._playback = Playback()
        self._responses = Responses()
        self._times = TurnTimes()
        self._microphone = Microphone(service, self._times)
        self._waits_for_words = False
        """Whether a turn that was held gets its answer when it was written down."""

        self._playback_timer: asyncio.TimerHandle | None = None
        self.has_spoken = False
        """Whether the assistant's voice was heard."""

        self.silence_ms = 0
        """The silence that ends a turn now."""

        self.padding_ms = 0
        """The sound before its speech that belongs to a turn now."""

        service.take_sound = self._take_sound

    async def handle(self, event: ServerEvent) -> bool:
        """Take an event; returns whether it is one that this knows."""
        handler = self._HANDLERS.get(event.type)
        if handler is None:
            return False
        await handler(self, event)
        return True

    def close(self) -> None:
        """Stop whatever goes on by itself: the connection is gone."""
        self._microphone.close()
        self._forget_playback_timer()

    async def append_audio(self, pcm: bytes) -> None:
        """Send the microphone's sound; dropped while muted."""
        await self._microphone.append(pcm)

    def try_append_audio(self, pcm: bytes) -> bool:
        """Send the microphone's sound at once; False if it must wait (`append_audio`)."""
        return self._microphone.try_append(pcm)

    async def interrupt(self) -> None:
        """Stop the assistant's speech, or the answer that it is about to give."""
        speaking = self._page.state == "assistant_speaking"
        thinking = self._page.state == "processing"
        will_answer = thinking and not self._waits_for_words
        self._responses.unwanted = will_answer and self._responses.unfinished_id is None
        self._waits_for_words = False
        self._stop_speech("button")
        with suppress(ServiceClosed):
            await self._cancel_unfinished()
        if speaking or thinking:
            self._page.become("ready")

    async def send_text(self, text: str) -> None:
        """Say something by typing; it interrupts speech like a spoken word."""
        self._responses.unwanted = False
        self._stop_speech("typed")
        # The page may know what was typed on a connection that was lost, so the name is unlike those.
        item_id = f"typed_{self._new_id()}"
        self._page.tell(Transcript(role="user", item_id=item_id, text=text, final=True))
        with suppress(ServiceClosed):
            await self._service.add(Said(role="user", text=text))
            self._times.told(self._clock())
            self._page.become("processing")
            await self._have_answered()

    async def recall(self, history: Sequence[Said]) -> None:
        """Tell the service what was said on a connection that was lost; what waited for an answer gets it."""
        for said in history:
            await self._service.add(said, event_id=f"{_HISTORY_ID}{next(self._ids)}")
        if history and history[-1].role == "user":
            self._page.become("processing")
            await self._have_answered()
        elif history:
            # Who goes on with a conversation is not to be greeted again.
            self._responses.unwanted = True

    async def played(self, item_id: str, audio_end_ms: int) -> None:
        """Take note of what the browser really played, and have the service forget the rest."""
        cut_at_ms = self._playback.played(item_id, audio_end_ms)
        if cut_at_ms is not None:
            with suppress(ServiceClosed):
                await self._service.truncate(item_id, cut_at_ms, event_id=f"truncate_{next(self._ids)}")
        elif self._page.state == "assistant_speaking":
            self._settle()

    @property
    def push_to_talk(self) -> bool:
        """Whether it is the user who begins and ends turns: by being heard, and muted."""
        return self._microphone.push_to_talk

    @push_to_talk.setter
    def push_to_talk(self, on: bool) -> None:
        self._microphone.push_to_talk = on
        self._waits_for_words = False
        if self._page.state == "listening":
            self._page.become("ready")

    async def mute(self, *, muted: bool) -> None:
        """Note that the microphone is off, or on; with push-to-talk that ends and begins the user's turn."""
        turn = self._microphone.mute(muted=muted)
        with suppress(ServiceClosed):
            if turn == "begins":
                await self._take_turn()
            elif turn == "ends":
                await self._end_turn()
            elif turn == "is_empty":
                self._page.become("ready")

    async def take_error(self, error: ServiceError) -> bool:
        """Deal with an error that comes of turn taking itself; returns whether it was one."""
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
            self._stop_speech("typed")
            await self._cancel_unfinished()
            return True
        if (error.event_id or "").startswith(_HISTORY_ID):
            self._page.log(
                "warning",
                f"The service did not take what was said before: {error.message}",
                logged=f"The service did not take what was said before: {error.code}.",
            )
            return True
        return False

    async def _on_speech_started(self, event: ServerEvent) -> None:
        self._microphone.hears_speech = True
        self._responses.unwanted = False
        spoken_ms = self._times.ago_ms(event.audio_start_ms + self.padding_ms)
        self._stop_speech("speech", after_ms=spoken_ms)
        self._page.become("listening")

    async def _on_speech_stopped(self, event: ServerEvent) -> None:
        self._microphone.hears_speech = False
        self._times.turn_ended(event.audio_end_ms, self.silence_ms, self._clock())
        self._page.become("processing")

    async def _on_user_words(self, event: ServerEvent) -> None:
        if isinstance(event.delta, str) and event.item_id:
            self._page.tell(Transcript(role="user", item_id=event.item_id, text=event.delta, final=False))

    async def _on_user_transcript(self, event: ServerEvent) -> None:
        self._times.mark("transcript_ms", self._clock())
        words = (event.transcript or "").strip()
        self._page.tell(Transcript(role="user", item_id=event.item_id or "", text=words, final=True))
        if self._waits_for_words and words:
            await self._have_answered()
        self._waits_for_words = False
        if not words and self._responses.unfinished_id is None and self._page.state == "processing":
            # Nothing was said, so a service that answers words gives no answer.
            self._page.become("ready")

    async def _on_transcription_failed(self, event: ServerEvent) -> None:
        error = event.error or ServiceError()
        self._page.log(
            "warning",
            f"What you said could not be written down: {error.message}",
            logged=f"A transcription failed: {error.code}.",
        )
        self._page.tell(Transcript(role="user", item_id=event.item_id or "", text="", final=True))
        self._waits_for_words = False
        if self._responses.unfinished_id is None and self._page.state == "processing":
            # A service that answers words gives no answer; one that answers sound has begun it by now.
            self._page.become("ready")
            known = error.code == "language_not_recognised"
            self._page.trouble(Problem.of("language_not_recognised" if known else "not_written_down"))

    async def _on_response_created(self, event: ServerEvent) -> None:
        if event.response:
            self._responses.created(event.response.id)
            self._forget_playback_timer()
            if self._responses.audible_id is None:
                await self._cancel_unfinished()

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
            await self._cancel_unfinished()

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

    async def _take_turn(self) -> None:
        """Let the user speak who holds the button: nobody else does."""
        self._responses.unwanted = self._responses.owed = self._waits_for_words = False
        self._stop_speech("speech", after_ms=0)
        self._page.become("listening")
        await self._service.clear()
        await self._cancel_unfinished()

    async def _end_turn(self) -> None:
        self._times.told(self._clock())
        self._page.become("processing")
        self._waits_for_words = True
        await self._service.commit()

    async def _cancel_unfinished(self) -> None:
        if response_id := self._responses.to_cancel():
            await self._service.cancel(response_id, event_id=f"cancel_{next(self._ids)}")

    async def _have_answered(self) -> None:
        """Get an answer to words that the service was told."""
        self._responses.owed = True
        await self._cancel_unfinished()
        await self._ask_if_owed()

    async def _ask_if_owed(self) -> None:
        if self._responses.may_ask():
            await self._service.respond()

    def _stop_speech(self, because: Because, *, after_ms: int | None = None) -> None:
        self._playback.interrupt()
        self._forget_playback_timer()
        self._report_turn()
        self._tell_unfinished_words()
        self._page.tell(Control(action="stop_playback", because=because, after_ms=after_ms))

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

    _Handler = Callable[["TurnTaking", ServerEvent], Awaitable[None]]
    _HANDLERS: ClassVar[Mapping[str, _Handler]] = {
        "input_audio_buffer.speech_started": _on_speech_started,
        "input_audio_buffer.speech_stopped": _on_speech_stopped,
        "conversation.item.input_audio_transcription.delta": _on_user_words,
        "conversation.item.input_audio_transcription.completed": _on_user_transcript,
        "conversation.item.input_audio_transcription.failed": _on_transcription_failed,
        "response.created": _on_response_created,
        "response.audio.delta": _on_audio,
        "response.audio_timestamp.delta": _on_word_time,
        "response.audio_transcript.delta": _on_words,
        "response.audio_transcript.done": _on_words_done,
        "response.text.delta": _on_words,
        "response.text.done": _on_words_done,
        "response.done": _on_response_done,
    }
