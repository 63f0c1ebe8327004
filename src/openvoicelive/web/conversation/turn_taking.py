"""Who speaks: the user's turns, spoken, held or typed, and what they interrupt.

This is the client's side of the turn taking of one connection; the assistant's part of it is `answers.py`.
"""

import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import ClassVar

from openvoicelive.web.conversation.answers import Answers
from openvoicelive.web.conversation.microphone import Microphone
from openvoicelive.web.conversation.turn_times import TurnTimes
from openvoicelive.web.page.messages import Said, Transcript
from openvoicelive.web.page.page_report import PageReport
from openvoicelive.web.page.problems import Problem
from openvoicelive.web.voice_live.connection import Service
from openvoicelive.web.voice_live.failures import ServiceClosed
from openvoicelive.web.voice_live.service_events import ServerEvent, ServiceError

_HISTORY_ID = "history_"
_COMMIT_ID = "commit_"


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
        self._times = TurnTimes()
        self._microphone = Microphone(service, self._times)
        self._answers = Answers(service, page, self._times, self._microphone, clock=clock)
        self._released: deque[bool] = deque()
        """Turns that were held and are not written down yet: whether each is to be answered."""

        self._has_question = False
        """Whether a turn that was held has words that wait for an answer."""

        self.silence_ms = 0
        """The silence that ends a turn now."""

        self.padding_ms = 0
        """The sound before its speech that belongs to a turn now."""

    @property
    def has_spoken(self) -> bool:
        """Whether the assistant's voice was heard."""
        return self._answers.has_spoken

    async def handle(self, event: ServerEvent) -> bool:
        """Take an event; returns whether it is one that this knows."""
        if await self._answers.handle(event):
            return True
        handler = self._HANDLERS.get(event.type)
        if handler is None:
            return False
        await handler(self, event)
        return True

    def close(self) -> None:
        """Stop whatever goes on by itself: the connection is gone."""
        self._microphone.close()
        self._answers.close()

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
        will_answer = thinking and not self._released
        self._answers.expect(wanted=not will_answer or self._answers.is_one_begun)
        self._released = deque([False] * len(self._released))
        self._has_question = False
        self._answers.stop("button")
        with suppress(ServiceClosed):
            await self._answers.cancel()
        if speaking or thinking:
            self._page.become("ready")

    async def send_text(self, text: str) -> None:
        """Say something by typing; it interrupts speech like a spoken word."""
        self._answers.expect(wanted=True)
        self._answers.stop("typed")
        # The page may know what was typed on a connection that was lost, so the name is unlike those.
        item_id = f"typed_{self._new_id()}"
        self._page.tell(Transcript(role="user", item_id=item_id, text=text, final=True))
        with suppress(ServiceClosed):
            await self._service.add(Said(role="user", text=text))
            self._times.told(self._clock())
            self._page.become("processing")
            await self._answers.ask()

    async def recall(self, history: Sequence[Said]) -> None:
        """Tell the service what was said on a connection that was lost; what waited for an answer gets it."""
        for said in history:
            await self._service.add(said, event_id=f"{_HISTORY_ID}{next(self._ids)}")
        if history and history[-1].role == "user":
            self._page.become("processing")
            await self._answers.ask()
        elif history:
            # Who goes on with a conversation is not to be greeted again.
            self._answers.expect(wanted=False)

    async def played(self, item_id: str, audio_end_ms: int) -> None:
        """Take note of what the browser really played, and have the service forget the rest."""
        await self._answers.played(item_id, audio_end_ms)

    @property
    def push_to_talk(self) -> bool:
        """Whether it is the user who begins and ends turns: by being heard, and muted."""
        return self._microphone.push_to_talk

    @push_to_talk.setter
    def push_to_talk(self, on: bool) -> None:
        self._microphone.push_to_talk = on
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
                await self._answer_held_turns()

    async def take_error(self, error: ServiceError) -> bool:
        """Deal with an error that comes of turn taking itself; returns whether it was one."""
        if await self._answers.take_error(error):
            return True
        if (error.event_id or "").startswith(_COMMIT_ID) and self._released:
            self._page.log("debug", f"Nothing was said: {error.message}", logged=f"No turn: {error.code}.")
            self._released.pop()
            await self._answer_held_turns()
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
        self._answers.expect(wanted=True)
        spoken_ms = self._times.ago_ms(event.audio_start_ms + self.padding_ms)
        self._answers.stop("speech", after_ms=spoken_ms)
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
        if self._released:
            self._has_question |= self._released.popleft() and bool(words)
            await self._answer_held_turns()
        elif not words and not self._answers.is_one_begun and self._page.state == "processing":
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
        if self._released:
            self._released.popleft()
            await self._answer_held_turns()
            failed = self._page.state == "ready"
        else:
            # A service that answers words gives no answer; one that answers sound has begun it by now.
            failed = not self._answers.is_one_begun and self._page.state == "processing"
            if failed:
                self._page.become("ready")
        if failed:
            known = error.code == "language_not_recognised"
            self._page.trouble(Problem.of("language_not_recognised" if known else "not_written_down"))

    async def _take_turn(self) -> None:
        """Let the user speak who holds the button: nobody else does."""
        self._answers.expect(wanted=True)
        self._answers.stop("speech", after_ms=0)
        self._page.become("listening")
        await self._service.clear()
        await self._answers.cancel()

    async def _end_turn(self) -> None:
        self._times.told(self._clock())
        self._page.become("processing")
        self._released.append(True)
        await self._service.commit(event_id=f"{_COMMIT_ID}{next(self._ids)}")

    async def _answer_held_turns(self) -> None:
        """Ask for an answer once all that was held is written down, if there were words."""
        if self._microphone.is_held or self._released:
            return
        if self._has_question:
            self._has_question = False
            self._page.become("processing")
            await self._answers.ask()
        elif self._page.state in {"processing", "listening"}:
            self._page.become("ready")

    _Handler = Callable[["TurnTaking", ServerEvent], Awaitable[None]]
    _HANDLERS: ClassVar[Mapping[str, _Handler]] = {
        "input_audio_buffer.speech_started": _on_speech_started,
        "input_audio_buffer.speech_stopped": _on_speech_stopped,
        "conversation.item.input_audio_transcription.delta": _on_user_words,
        "conversation.item.input_audio_transcription.completed": _on_user_transcript,
        "conversation.item.input_audio_transcription.failed": _on_transcription_failed,
    }
