"""Conducts one session: gives it its inputs, and its outputs to the parts that perform them.

Client events, reports and failures all come through one inbox. Only the reader of the socket and the tasks
put into it, never the conductor, so it cannot wait for itself. Sound goes past it, to hearing; before each
input the session learns how much has come. The conductor waits only for a client that reads slowly.
"""

import asyncio
from collections.abc import Iterable
from fractions import Fraction
from itertools import count
from typing import assert_never

from openvoicelive.protocol import work
from openvoicelive.protocol.server_events import ServerEvent
from openvoicelive.protocol.session.session import Session
from openvoicelive.protocol.session.state import Output
from openvoicelive.service.answering.replies import Replies
from openvoicelive.service.answering.tool_calling import ToolCalling
from openvoicelive.service.conversations.inbox import Inbox
from openvoicelive.service.conversations.intake import Intake
from openvoicelive.service.conversations.outbox import Outbox
from openvoicelive.service.engines import Engines
from openvoicelive.service.hearing.input_queue import InputQueue
from openvoicelive.service.hearing.listener import Listener
from openvoicelive.service.transports.interface import Peer
from openvoicelive.task_group import TaskGroup

# Of messages that are there already, so many are taken before other conversations go on: about 2 ms.
MESSAGES_AT_ONCE = 64


class SessionOver(Exception):  # noqa: N818 - how a session ends, not an error
    """The session closed the connection; its other tasks end, too."""


class Conductor:
    """One session with all that works for it."""

    def __init__(
        self, session: Session, engines: Engines, peer: Peer, *, limit_s: float, send_deadline_s: float
    ) -> None:
        self._session = session
        self._engines = engines
        self._peer = peer
        self._outbox = Outbox(peer, deadline_s=send_deadline_s)
        self._limit_s = limit_s
        self._inbox = Inbox()
        self._audio = InputQueue()
        self._intake = Intake(self._inbox, self._audio)
        self._timers: list[asyncio.TimerHandle] = []

    def drain(self, ends_in_s: float) -> None:
        """Tell the client that the program is about to end, and end the session in so many seconds."""
        self._inbox.report(work.Draining(ends_in_s))
        self._report_in(ends_in_s, work.Drained())

    async def run(self) -> None:
        """Conduct until the session or the client closes.

        Raises:
            ClientTooSlow: If the client does not read.
            ClientGone: If it is lost.

        """
        self._report_in(self._limit_s, work.SessionExpired())
        try:
            async with TaskGroup() as tasks:
                replies = Replies(self._engines, self._inbox.report, tasks)
                listener = Listener(
                    self._engines,
                    self._audio,
                    self._inbox.report,
                    assistant_speaks=lambda: replies.is_playing,
                )
                tool_calling = ToolCalling(self._engines.tool_servers(tasks), self._inbox.report, tasks)
                tasks.create_task(listener.run())
                tasks.create_task(self._write())
                # Before any sound is taken, its format is known.
                await self._perform(self._session.start(), replies, tool_calling)
                tasks.create_task(self._read())
                tasks.create_task(self._conduct(replies, tool_calling))
        except* SessionOver:
            pass
        finally:
            for timer in self._timers:
                timer.cancel()

    def _report_in(self, delay_s: float, report: work.Report) -> None:
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(delay_s, self._inbox.report, report))

    async def _conduct(self, replies: Replies, tool_calling: ToolCalling) -> None:
        received_ms = Fraction(0)
        while True:
            arrived = await self._inbox.get()
            if received_ms != self._audio.received.until_ms:
                received_ms = self._audio.received.until_ms
                outputs = self._session.receive(work.AudioReceived(received_ms))
                await self._perform(outputs, replies, tool_calling)
            await self._perform(self._session.receive(arrived), replies, tool_calling)
            if isinstance(arrived, work.AnsweringReport):
                replies.report_is_sent()

    async def _perform(self, outputs: Iterable[Output], replies: Replies, tool_calling: ToolCalling) -> None:
        for output in outputs:
            match output:
                case ServerEvent() | work.Close():
                    await self._outbox.put(output)
                case work.FlushAudio():
                    replies.flush()
                    await self._outbox.put(output)
                case (
                    work.ConfigureListening()
                    | work.OwnVoice()
                    | work.OwnVoiceStopped()
                    | work.ForgetAudio()
                    | work.Transcribe()
                    | work.TranscribeAudio()
                ):
                    self._audio.order(output)
                case work.SpeculativeReply() | work.DropSpeculativeReply() | work.Reply() | work.StopReply():
                    replies.perform(output)
                case work.ListTools() | work.KeepServers() | work.CallTool() | work.StopCall():
                    tool_calling.perform(output)
                case never:
                    assert_never(never)

    async def _write(self) -> None:
        await self._outbox.run()
        raise SessionOver

    async def _read(self) -> None:
        for number in count(1):
            received = await self._peer.receive()
            if received is None:
                raise SessionOver
            await self._intake.take(received)
            if number % MESSAGES_AT_ONCE == 0:
                await asyncio.sleep(0)
