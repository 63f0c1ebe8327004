"""One conversation between one browser and a Voice Live service: connects, configures, and ends.

Who speaks is `turn_taking.py`, what is heard of the answers `answers.py`, what applies `live_settings.py`.
None of them knows the browser's socket or the SDK.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

from openvoicelive.web.conversation.backing_off import BackOff
from openvoicelive.web.conversation.event_watch import EventWatch
from openvoicelive.web.conversation.turn_taking import TurnTaking
from openvoicelive.web.page.live_settings import LiveSettings
from openvoicelive.web.page.messages import DEFAULT_TURN_DETECTION, Said, ToPage, TurnDetection
from openvoicelive.web.page.page_report import PageReport
from openvoicelive.web.page.problems import Problem
from openvoicelive.web.voice_live.connection import Service, open_service
from openvoicelive.web.voice_live.credentials import Credential
from openvoicelive.web.voice_live.failures import ServiceClosed, ServiceUnavailable
from openvoicelive.web.voice_live.service_events import ServerEvent, ServiceError
from openvoicelive.web.voice_live.session_options import AgentAddress, SessionOptions

CONFIGURE_DEADLINE_S = 15.0


class VoiceAssistant:
    """Connects, configures, handles events, is interrupted, and stops.

    `state_callback` is told everything that the page is to know, in order and without waiting: messages,
    and the assistant's sound as bytes (PCM16, mono, 24 kHz).
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the first six are the tutorial's, and settled
        self,
        endpoint: str,
        credential: Credential,
        model: str | None,
        voice: str | None,
        instructions: str | None,
        state_callback: Callable[[ToPage | bytes], None],
        *,
        language: str | None = None,
        turn_detection: TurnDetection | None = DEFAULT_TURN_DETECTION,
        speech_rate: float = 1.0,
        agent: AgentAddress | None = None,
        push_to_talk: bool = False,
        history: Sequence[Said] = (),
        is_own_service: bool = False,
        shows_instructions: bool = False,
        secrets: tuple[str, ...] = (),
        back_off: BackOff = BackOff(),  # noqa: B008 - immutable
        clock: Callable[[], float] = time.monotonic,
        new_id: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        self._endpoint = endpoint
        self._credential = credential
        self._back_off = back_off
        self._clock = clock
        self._new_id = new_id
        self._history = history

        self._task: asyncio.Task[object] | None = None
        self._stop_requested = False
        self._configuring: asyncio.Timeout | None = None

        self._page = PageReport(state_callback)
        options = SessionOptions(
            model,
            voice,
            instructions,
            language,
            turn_detection,
            push_to_talk,
            speech_rate,
            agent,
            is_own_service,
        )
        self._settings = LiveSettings(options, self._page, shows_instructions=shows_instructions)
        self._watch = EventWatch(
            state_callback, clock, secrets=secrets, shows_instructions=shows_instructions
        )
        self._is_watched = False
        self._muted = False
        self._service: Service | None = None
        self._turns: TurnTaking | None = None
        """Takes what the user does, from the moment that the session is configured."""

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
            self._page.end(error.problem)
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
        if self._turns:
            await self._turns.append_audio(pcm)

    def try_append_audio(self, pcm: bytes) -> bool:
        """Send the microphone's sound at once; False if it must wait its turn (`append_audio`)."""
        return self._turns is not None and self._turns.try_append_audio(pcm)

    async def interrupt(self) -> None:
        """Stop the assistant's speech, or the answer that it is about to give."""
        if self._turns:
            await self._turns.interrupt()

    async def send_text(self, text: str) -> None:
        """Say something by typing; it interrupts speech like a spoken word."""
        if self._turns:
            await self._turns.send_text(text)
        else:
            self._page.log("warning", "The session is not ready yet; send the message again when it is.")

    async def played(self, item_id: str, audio_end_ms: int) -> None:
        """Take note of what the browser really played, and have the service forget the rest."""
        if self._turns:
            await self._turns.played(item_id, audio_end_ms)

    async def mute(self, *, muted: bool) -> None:
        """Note that the microphone is off, or on; with push-to-talk that ends and begins the user's turn."""
        self._muted = muted
        if self._turns:
            await self._turns.mute(muted=muted)

    async def push_to_talk(self, *, on: bool) -> None:
        """Let the user begin and end turns with `mute`, or no longer; the page is told `session`."""
        if self._turns and not on:
            self._turns.push_to_talk = False  # what is said from now on is not to be held
        await self.change({"push_to_talk": on}, {})

    async def change(self, changes: Mapping[str, Any], refused: Mapping[str, str]) -> None:
        """Change the session; the page is told `session`. `refused` is what the operator does not allow."""
        has_spoken = self._turns is not None and self._turns.has_spoken
        with suppress(ServiceClosed):  # the receiving side reports it
            await self._settings.change(changes, refused, has_spoken=has_spoken)

    def show_events(self, *, on: bool) -> None:
        """Begin or cease to tell the page each event of the protocol."""
        self._is_watched = on
        if self._service:
            self._service.watch = self._watch if on else None

    async def _converse(self) -> None:
        options = self._settings.options
        turns: TurnTaking | None = None
        try:
            async with open_service(
                self._endpoint,
                self._credential,
                options.model,
                agent=options.agent,
                is_own=options.is_own_service,
                back_off=self._back_off,
                on_busy=self._page.busy,
            ) as self._service:
                self.show_events(on=self._is_watched)
                turns = TurnTaking(self._service, self._page, clock=self._clock, new_id=self._new_id)
                await self._settings.configure(self._service)
                async with asyncio.timeout(CONFIGURE_DEADLINE_S) as self._configuring:
                    while True:
                        event = await self._service.receive()
                        with suppress(ServiceClosed):  # the next `receive` knows why
                            await self._handle(turns, event)
        except TimeoutError as error:
            raise ServiceUnavailable(Problem.of("service_begins_nothing", endpoint=self._endpoint)) from error
        finally:
            self._service = self._turns = None
            if turns:
                turns.close()

    async def _handle(self, turns: TurnTaking, event: ServerEvent | None) -> None:
        if event is None:
            self._page.log("warning", "The service sent a message that is not understood; it was skipped.")
        elif await turns.handle(event):
            return
        elif event.type == "session.updated":
            await self._on_session_updated(turns)
        elif event.type == "error":
            await self._on_error(turns, event.error or ServiceError())
        elif event.type == "warning":
            warning = event.warning or ServiceError()
            self._page.log("warning", warning.message, logged=f"The service warned: {warning.code}.")

    async def _on_session_updated(self, turns: TurnTaking) -> None:
        self._settings.take_update()
        options = self._settings.options
        turns.silence_ms, turns.padding_ms = options.silence_ms, options.padding_ms
        self._let_turns_be_held(turns)
        if self._turns:
            return
        self._turns = turns
        await turns.mute(muted=self._muted)
        self._page.connected = True
        if self._configuring:
            self._configuring.reschedule(None)
        whom = f"agent {options.agent.name}" if options.agent else f"{options.model}, voice {options.voice}"
        self._page.log("info", f"Session configured: {whom}.")
        self._page.become("ready")
        await turns.recall(self._history)

    async def _on_error(self, turns: TurnTaking, error: ServiceError) -> None:
        if self._settings.take_error(error):
            self._let_turns_be_held(turns)
            return
        if await turns.take_error(error):
            return
        if self._turns is None:
            raise ServiceUnavailable(error.problem("session_refused"))
        self._page.trouble(error.problem("service_error"))

    def _let_turns_be_held(self, turns: TurnTaking) -> None:
        """Hold turns, or no longer, as the service was told and has taken it."""
        if turns.push_to_talk != self._settings.options.push_to_talk:
            turns.push_to_talk = self._settings.options.push_to_talk
