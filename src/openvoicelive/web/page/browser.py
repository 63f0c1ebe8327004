"""One browser on `/ws`: its messages and its conversation."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, assert_never
from uuid import uuid4

import msgspec

from openvoicelive.serving.draining import Draining
from openvoicelive.serving.fast_path import FastPath
from openvoicelive.serving.limits import SessionSlots
from openvoicelive.serving.secret_guard import SecretGuard
from openvoicelive.settings import Settings
from openvoicelive.task_group import forget_cancellation
from openvoicelive.web.conversation.assistant import VoiceAssistant
from openvoicelive.web.conversation.backing_off import BackOff
from openvoicelive.web.conversation.session_record import SessionRecord, Telemetry
from openvoicelive.web.deadline import Deadline
from openvoicelive.web.page.access_control import AccessControl
from openvoicelive.web.page.choices import Offer
from openvoicelive.web.page.idle_socket import IdleSocket
from openvoicelive.web.page.measurements import Measurements
from openvoicelive.web.page.messages import (
    BYTES_PER_MS,
    MAX_TEXT_CHARACTERS,
    Events,
    FromPage,
    InSession,
    Interrupt,
    Mute,
    Ping,
    Played,
    Pong,
    PushToTalk,
    Sample,
    Start,
    Stop,
    Text,
    decode_from_page,
)
from openvoicelive.web.page.messages import Settings as Change
from openvoicelive.web.page.outbox import AsgiMessage, Outbox, Send
from openvoicelive.web.page.page_output import PageOutput
from openvoicelive.web.page.problems import Problem
from openvoicelive.web.page.sample import SampleSpeaker
from openvoicelive.web.page.session_choice import options_of_sample, options_of_session
from openvoicelive.web.voice_live.credentials import Credentials

logger = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[AsgiMessage]]

MAX_FRAME_BYTES = 2_000 * BYTES_PER_MS
MAX_MESSAGE_CHARACTERS = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class AppContext:
    """What all browsers of one app share. It holds nothing that belongs to a conversation."""

    settings: Settings
    offer: Offer
    service_url: str
    """The URL of our own service, used if the settings name no endpoint."""

    credentials: Credentials
    measurements: Measurements
    telemetry: Telemetry
    draining: Draining
    sessions: SessionSlots
    access_code: SecretGuard
    service_key: SecretGuard
    metrics_key: SecretGuard


class Browser:
    """Handles one browser: reads its messages, owns its conversation and its outbox."""

    def __init__(self, context: AppContext, send: Send, fast_path: FastPath | None, idle: IdleSocket) -> None:
        self._context = context
        self._settings = context.settings
        self._measurements = context.measurements
        self._draining = context.draining
        self._is_waiting = False
        if fast_path:
            fast_path.take = self._take_sound
        self._outbox = Outbox(send, write_sound=fast_path.write if fast_path else None)
        self._output = PageOutput(self._outbox, context.measurements, context.draining)
        self._assistant: VoiceAssistant | None = None
        self._conversation: asyncio.Task[None] | None = None
        # Starts a session or a sample; waits while its access code is checked.
        self._starting: asyncio.Task[None] | None = None
        self._samples = SampleSpeaker(context.sessions, self._output.tell)
        self._deadline: Deadline | None = None
        self._idle = idle
        self._access = AccessControl(
            context.settings, context.offer, context.measurements, context.access_code, idle.address
        )

    async def serve(self, receive: Receive) -> None:
        """Read and write until the browser disconnects or stops reading, then free everything."""
        self._idle.begin(self._on_idle_limit)
        try:
            with self._draining.session(self._on_draining):
                await self._serve(receive)
        finally:
            self._idle.end()

    async def _serve(self, receive: Receive) -> None:
        reading = asyncio.create_task(self._read(receive))
        tasks: list[asyncio.Task[Any]] = [
            reading,
            asyncio.create_task(self._outbox.drain()),
            asyncio.create_task(self._outbox.given_up.wait()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if self._outbox.given_up.is_set():
                logger.warning("A browser did not read what it was sent; its connection is closed.")
            if reading in done and (error := reading.exception()):
                logger.error("A browser's socket failed.", exc_info=error)
        finally:
            self._samples.stop()
            tasks.extend(self._samples.tasks)
            tasks.extend(task for task in (self._conversation, self._starting) if task)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, receive: Receive) -> None:
        while True:
            self._is_waiting = True
            message = await receive()
            self._is_waiting = False
            if message["type"] == "websocket.disconnect":
                return
            sound = message.get("bytes")
            if sound is None:
                await self._handle_text(message["text"])
            elif not _is_sound(sound):
                self._output.log(
                    f"A binary message is PCM16 and at most {MAX_FRAME_BYTES} bytes; this one was skipped."
                )
            else:
                await self._wait_until_started()
                if self._assistant:
                    self._measurements.frames_up += 1
                    await self._assistant.append_audio(sound)

    def _take_sound(self, sound: bytes) -> bool:
        """Pass the microphone's sound on at once, unless an earlier message is still being handled."""
        if not self._is_waiting or self._assistant is None or not _is_sound(sound):
            return False
        if not self._assistant.try_append_audio(sound):
            return False
        self._measurements.frames_up += 1
        return True

    async def _handle_text(self, text: str) -> None:
        if len(text) > MAX_MESSAGE_CHARACTERS:
            self._output.log(
                f"A message has at most {MAX_MESSAGE_CHARACTERS} characters; this one was skipped."
            )
            return
        try:
            message = decode_from_page(text)
        except (msgspec.MsgspecError, RecursionError) as error:
            self._output.log(f"This message is not understood and was skipped: {error}.")
            return
        await self._handle(message)

    async def _handle(self, message: FromPage) -> None:
        if isinstance(message, Ping):  # answered also while an access code is checked, because the page waits
            self._output.tell(Pong(id=message.id))
            return
        await self._wait_until_started()
        if isinstance(message, Start | Sample):
            self._starting = asyncio.create_task(self._run_start(message))
            self._starting.add_done_callback(forget_cancellation)
        elif self._assistant:
            await self._dispatch(self._assistant, message)
        elif isinstance(message, Stop) and self._samples.tasks:
            self._samples.stop()
        else:
            self._output.log("There is no session; send start first.")

    async def _wait_until_started(self) -> None:
        """Wait for the start of a session or sample, because messages are handled in their order."""
        if self._starting:
            await self._starting

    async def _run_start(self, message: Start | Sample) -> None:
        try:
            await (self._start(message) if isinstance(message, Start) else self._speak_sample(message))
        except Exception:
            logger.exception("A session or sample could not begin.")
            self._output.tell_end("error", Problem.of("app_failed"))
        finally:
            self._starting = None

    async def _dispatch(self, assistant: VoiceAssistant, message: InSession) -> None:
        match message:
            case Stop():
                assistant.request_stop()
            case Interrupt():
                await assistant.interrupt()
            case Text(text=text) if text.strip() and len(text) <= MAX_TEXT_CHARACTERS:
                await assistant.send_text(text)
            case Text():
                self._output.log(f"A typed message has 1 to {MAX_TEXT_CHARACTERS} characters.")
            case Played(item_id=item_id, audio_end_ms=audio_end_ms):
                await assistant.played(item_id, audio_end_ms)
            case Mute(muted=muted):
                await assistant.mute(muted=muted)
            case PushToTalk(on=on):
                await assistant.push_to_talk(on=on)
            case Change(chosen=chosen):
                await assistant.change(chosen, self._context.offer.refused(chosen))
            case Events(on=on):
                self._show_events(assistant, on=on)
            case other:
                assert_never(other)

    async def _start(self, start: Start) -> None:
        if self._assistant:
            self._output.log("A session is running already; stop it first.")
            return
        self._samples.stop()
        if problem := await self._refusal(start):
            self._measurements.errors.inc()
            self._output.tell_end("error", problem)
            self._close_if_locked()
        else:
            self._idle.occupy()
            settings, offer = self._settings, self._context.offer
            options = options_of_session(start, offer, settings)
            self._assistant = VoiceAssistant(
                settings.endpoint or self._context.service_url,
                self._context.credentials.get(),
                options.model,
                options.voice,
                options.instructions,
                self._output.tell,
                language=options.language,
                turn_detection=options.turn_detection,
                speech_rate=options.speech_rate,
                agent=options.agent,
                push_to_talk=start.push_to_talk,
                history=start.history,
                is_own_service=options.is_own_service,
                # An agent's instructions are the operator's, also if the user may write instructions.
                shows_instructions=offer.choices.instructions and options.agent is None,
                secrets=settings.secrets,
                back_off=BackOff(settings.busy_limit_s),
            )
            self._assistant.show_events(on=start.events)
            record = SessionRecord(uuid4().hex, self._measurements, self._context.telemetry)
            self._output.record = record
            converse = record.note(self._converse(self._assistant), options.model or "agent")
            self._conversation = asyncio.create_task(converse)
            self._conversation.add_done_callback(forget_cancellation)
            self._conversation.add_done_callback(self._conversation_ended)

    async def _refusal(self, start: Start) -> Problem | None:
        """Return why a session may not start; takes a session slot if it may."""
        if problem := await self._access.check(start):
            return problem
        if not self._context.sessions.acquire():
            self._measurements.refused.labels("busy").inc()
            return Problem.of("busy")
        return None

    async def _speak_sample(self, sample: Sample) -> None:
        context = self._context
        problem = Problem.of("sample_in_session") if self._assistant else await self._access.check(sample)
        problem = problem or self._samples.begin(
            self._settings.endpoint or context.service_url,
            context.credentials.get(),
            options_of_sample(sample, context.offer, self._settings),
        )
        if problem:
            self._samples.refuse(problem)
            self._close_if_locked()

    def _close_if_locked(self) -> None:
        if self._access.is_locked:
            self._outbox.put_close(1008, "too many wrong access codes")

    def _on_idle_limit(self) -> None:
        if self._samples.tasks:
            self._idle.wait()
        else:
            self._outbox.put_close(1000, "no session was begun")

    def _show_events(self, assistant: VoiceAssistant, *, on: bool) -> None:
        problem = self._context.offer.problem("events", on) if on else None
        if problem:
            self._output.log(problem.sentence)
        else:
            assistant.show_events(on=on)

    async def _converse(self, assistant: VoiceAssistant) -> None:
        limit_s = self._settings.session_limit_s
        deadline = self._deadline = Deadline(
            limit_s, Problem.of("session_limit", minutes=max(1, round(limit_s / 60)))
        )
        try:
            async with deadline:
                deadline.bring_forward(self._draining.ends_in_s, Problem.of("draining"))
                await assistant.start()
        except Exception:
            logger.exception("A conversation failed.")
            self._output.tell_end("error", Problem.of("app_failed"))
        else:
            if deadline.has_passed:
                self._output.tell_end("stopped", deadline.reason)

    def _conversation_ended(self, _task: asyncio.Task[None]) -> None:
        self._assistant = self._deadline = self._conversation = self._output.record = None
        self._context.sessions.release()
        self._idle.wait()
        if self._draining.is_on:
            self._close_for_update()

    def _on_draining(self) -> None:
        if self._assistant is None:
            self._close_for_update()
            return
        if self._deadline:
            self._deadline.bring_forward(self._draining.ends_in_s, Problem.of("draining"))
        self._output.repeat_status()

    def _close_for_update(self) -> None:
        """Close the socket, because the page can go on with another server."""
        self._outbox.put_close(1012, "the server is being updated")


def _is_sound(message: bytes) -> bool:
    return len(message) <= MAX_FRAME_BYTES and len(message) % 2 == 0
