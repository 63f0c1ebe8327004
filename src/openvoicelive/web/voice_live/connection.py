"""The only file that knows the Azure SDK: opens a connection, configures it, and moves frames over it.

Set-up and rare events go through the SDK's models. Sound is nearly all that a relay moves and does not: it is
put between the halves of an event here, read by `service_events.py`, and takes a shorter way through the
socket where nothing waits (`channel.py`).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from http import HTTPStatus
from typing import Any, assert_never

import aiohttp
import pybase64
from azure.ai.voicelive.aio import ConnectionError as SdkConnectionError
from azure.ai.voicelive.aio import (
    VoiceLiveConnection,
    WebsocketConnectionOptions,
    connect,
)
from azure.ai.voicelive.models import (
    AssistantMessageItem,
    ClientEvent,
    ClientEventConversationItemCreate,
    ClientEventConversationItemTruncate,
    ClientEventInputAudioBufferClear,
    ClientEventInputAudioBufferCommit,
    ClientEventResponseCancel,
    ClientEventResponseCreate,
    ClientEventSessionUpdate,
    InputTextContentPart,
    MessageItem,
    OutputTextContentPart,
    ResponseCreateParams,
    UserMessageItem,
)
from azure.core.exceptions import AzureError, ClientAuthenticationError

from openvoicelive.errors import VoiceError
from openvoicelive.web.conversation.backing_off import BackOff, retry_after_s
from openvoicelive.web.conversation.event_watch import EventWatch
from openvoicelive.web.page.messages import Said
from openvoicelive.web.page.problems import Problem
from openvoicelive.web.voice_live.cancellation import cancelled_as
from openvoicelive.web.voice_live.channel import ServiceChannel
from openvoicelive.web.voice_live.credentials import Credential, FreshToken, held_credential
from openvoicelive.web.voice_live.service_events import AUDIO_DELTA, ServerEvent, decode_event
from openvoicelive.web.voice_live.session_options import AgentAddress, Session

CONNECT_DEADLINE_S = 20.0
_CLOSE_DEADLINE_S = 1.0
# Azure's front ends cut idle WebSockets at about 230 s, and others earlier.
HEARTBEAT_S = 20.0
_MAX_EVENT_BYTES = 16 * 1024 * 1024
# The SDK's own default, https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-how-to.
_TOKEN_SCOPE = "https://ai.azure.com/.default"  # noqa: S105 - whom a token is for

Manager = AbstractAsyncContextManager[VoiceLiveConnection]
Connected = tuple[Manager, VoiceLiveConnection]

_APPEND_HEAD = b'{"type":"input_audio_buffer.append","audio":"'
_APPEND_TAIL = b'"}'


class ServiceUnavailable(VoiceError):  # noqa: N818 - names what the user is told
    """The service cannot be reached or does not take us; `problem` says what to do."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


class ServiceBusy(ServiceUnavailable):
    """The service takes nobody for the moment: HTTP 429 or 5xx."""

    def __init__(self, problem: Problem, *, retry_after_s: float | None) -> None:
        super().__init__(problem)
        self.retry_after_s = retry_after_s


class ServiceClosed(VoiceError):  # noqa: N818 - names what happened
    """The service ended the connection; `problem` says what to do."""

    def __init__(self, close_code: int) -> None:
        self.problem = Problem.of(_CLOSES.get(close_code, "service_closed"), close_code=str(close_code))
        super().__init__(self.problem.sentence)


class Service:
    """An open connection to a Voice Live service."""

    def __init__(self, connection: VoiceLiveConnection, *, heartbeat_s: float) -> None:
        self._connection = connection
        # The SDK has no way to send text that is JSON already: `send()` runs `json.dumps` with a fresh
        # encoder for every 40 ms of sound; and `recv_bytes()` encodes what aiohttp has just decoded. The
        # WebSocket under it is private; this line is the only one that takes it.
        self._socket: aiohttp.ClientWebSocketResponse = connection._connection  # noqa: SLF001
        self._channel = ServiceChannel(self._socket, self._take, heartbeat_s=heartbeat_s)

        self.watch: EventWatch | None = None
        """Who is told of each event, if anybody wants to see them."""

        self.take_sound: Callable[[ServerEvent], bool] | None = None
        """Who may take sound the moment that it comes; what is not taken comes out of `receive`."""

    async def begin(self) -> None:
        """Prepare for sound; call it first."""
        await self._channel.begin()

    def end(self) -> None:
        """Leave nothing behind, once the connection is closed."""
        self._channel.end()

    async def configure(self, session: Session, *, event_id: str | None = None) -> None:
        """Send `session.update`."""
        update = {"session": session} | ({"event_id": event_id} if event_id else {})
        await self._send(ClientEventSessionUpdate(update))

    async def append(self, pcm: bytes) -> None:
        """Send sound: PCM16, mono, 24 kHz.

        Waits while the service does not read; the heartbeat ends such a connection.

        Raises:
            ServiceClosed: If the connection is gone.

        """
        try:
            await self._socket.send_frame(_append(pcm), aiohttp.WSMsgType.TEXT)
        except (aiohttp.ClientError, ConnectionError) as error:
            raise ServiceClosed(1006) from error
        if self.watch:
            self.watch.sent_sound(len(pcm))

    def try_append(self, pcm: bytes) -> bool:
        """Send sound at once; False if that cannot be: the service does not read, or is gone (`append`)."""
        if not self._channel.try_send(_append(pcm)):
            return False
        if self.watch:
            self.watch.sent_sound(len(pcm))
        return True

    async def receive(self) -> ServerEvent | None:
        """Wait for the next event; `None` for a message that is not one.

        Raises:
            ServiceClosed: If the connection has ended.

        """
        message = await self._channel.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            if message.type is aiohttp.WSMsgType.BINARY:
                return None
            raise ServiceClosed(self._close_code(message))
        if self.watch:
            self.watch.received(message.data)
        return decode_event(message.data)

    async def add(self, said: Said, *, event_id: str | None = None) -> None:
        """Add words of one side to the conversation."""
        match said.role:
            case "user":
                item: MessageItem = UserMessageItem(content=[InputTextContentPart(text=said.text)])
            case "assistant":
                item = AssistantMessageItem(content=[OutputTextContentPart(text=said.text)])
            case other:
                assert_never(other)
        await self._send(ClientEventConversationItemCreate(item=item, event_id=event_id))

    async def respond(self) -> None:
        """Ask for an answer."""
        await self._send(ClientEventResponseCreate())

    async def speak(self, text: str, *, verbatim: bool) -> None:
        """Have this text spoken: word for word by a synthesizer, else by a model that is asked to."""
        message = AssistantMessageItem(content=[OutputTextContentPart(text=text)])
        response = (
            ResponseCreateParams(pre_generated_assistant_message=message)
            if verbatim
            else ResponseCreateParams(instructions=f"Say this, and nothing else: {text}")
        )
        await self._send(ClientEventResponseCreate(response=response))

    async def clear(self) -> None:
        """Forget the sound that no turn has taken."""
        await self._send(ClientEventInputAudioBufferClear())

    async def commit(self, *, event_id: str) -> None:
        """End the user's turn, where the service does not detect its end."""
        await self._send(ClientEventInputAudioBufferCommit(event_id=event_id))

    async def cancel(self, response_id: str, *, event_id: str) -> None:
        """Stop a response."""
        await self._send(ClientEventResponseCancel(response_id=response_id, event_id=event_id))

    async def truncate(self, item_id: str, audio_end_ms: int, *, event_id: str) -> None:
        """Tell the service how much of an answer was heard, so that it remembers only that."""
        await self._send(
            ClientEventConversationItemTruncate(
                item_id=item_id, audio_end_ms=audio_end_ms, content_index=0, event_id=event_id
            )
        )

    def _close_code(self, end: aiohttp.WSMessage) -> int:
        """Return what the service closed with; aiohttp forgets it where it cannot answer."""
        if end.type is aiohttp.WSMsgType.CLOSE and end.data:
            return int(end.data)
        return self._socket.close_code or (1006 if end.type is aiohttp.WSMsgType.ERROR else 1000)

    def _take(self, text: bytes) -> bool:
        if self.watch or self.take_sound is None:
            return False
        event = decode_event(text)
        return event is not None and event.type == AUDIO_DELTA and self.take_sound(event)

    async def _send(self, event: ClientEvent) -> None:
        try:
            await self._connection.send(event)
        except (SdkConnectionError, ConnectionError) as error:
            raise ServiceClosed(1006) from error
        if self.watch:
            self.watch.sent(event.as_dict())


@asynccontextmanager
async def open_service(  # noqa: PLR0913 - what a connection is made of, by name
    endpoint: str,
    credential: Credential,
    model: str | None,
    *,
    agent: AgentAddress | None = None,
    is_own: bool = False,
    back_off: BackOff = BackOff(),  # noqa: B008 - immutable
    on_busy: Callable[[float], None] = lambda _pause_s: None,
    heartbeat_s: float = HEARTBEAT_S,
) -> AsyncIterator[Service]:
    """Connect; closed at the end of the block.

    Each try has `CONNECT_DEADLINE_S`. While the service is busy, `on_busy` is told when the next one begins,
    in seconds.

    Raises:
        ServiceUnavailable: If the service cannot be reached or does not take us.

    """
    options: WebsocketConnectionOptions = {
        "max_msg_size": _MAX_EVENT_BYTES,
        "heartbeat": heartbeat_s,
        "close_timeout": _CLOSE_DEADLINE_S,
        "autoping": False,  # the channel sees pings and pongs, and answers them
        # msgspec decodes bytes; text would be made of them first.
        "vendor_options": {"decode_text": False},
    }
    whom: dict[str, Any] = (
        {"agent_name": agent.name, "project_name": agent.project} if agent else {"model": model}
    )
    dial = partial(connect, endpoint=endpoint, connection_options=options, **whom)
    manager, connection = await _retried(
        lambda: _connect(dial, endpoint, credential, is_own=is_own), back_off, on_busy
    )
    service = Service(connection, heartbeat_s=heartbeat_s)
    try:
        await service.begin()
        yield service
    finally:
        # With each message that still comes, aiohttp waits anew for the other part of the closing handshake.
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * _CLOSE_DEADLINE_S):
                # Through the manager, because the SDK's span of the connection ends there.
                await manager.__aexit__(None, None, None)
        service.end()


def _append(pcm: bytes) -> bytes:
    return _APPEND_HEAD + pybase64.b64encode(pcm) + _APPEND_TAIL


async def _retried(
    try_once: Callable[[], Awaitable[Connected]], back_off: BackOff, on_busy: Callable[[float], None]
) -> Connected:
    """Try again while the service is busy, as long as `back_off` allows."""
    clock = asyncio.get_running_loop().time
    began_s = clock()
    tries = 0
    while True:
        tries += 1
        try:
            return await try_once()
        except ServiceBusy as busy:
            spent_s = clock() - began_s
            pause_s = back_off.pause_s(tries, spent_s=spent_s, retry_after_s=busy.retry_after_s)
            if pause_s is None:
                raise
        on_busy(pause_s)
        await asyncio.sleep(pause_s)


async def _connect(
    dial: Callable[..., Manager],
    endpoint: str,
    credential: Credential,
    *,
    is_own: bool,
) -> Connected:
    try:
        async with asyncio.timeout(CONNECT_DEADLINE_S):
            # The token first: cancelling must not reach a credential as an error, after which it tries again.
            # One that was fresh for the last try may not be for this one.
            held = await held_credential(credential, _TOKEN_SCOPE)
            manager = dial(credential=held, credential_scopes=[_TOKEN_SCOPE])
            # The SDK closes its HTTP session after an error of aiohttp, and after nothing else: a cancelled
            # connect leaves it open. docs/upstream.md has the report.
            return manager, await cancelled_as(aiohttp.ClientError("cancelled"), _enter(manager))
    except (AzureError, OSError, ValueError) as error:
        problem = _why_unavailable(error, endpoint, is_own=is_own)
        refusal = error.__cause__
        if isinstance(refusal, aiohttp.WSServerHandshakeError):
            if refusal.status == HTTPStatus.UNAUTHORIZED and isinstance(credential, FreshToken):
                credential.forget()
            if refusal.status == HTTPStatus.TOO_MANY_REQUESTS or refusal.status >= 500:
                after_s = retry_after_s(refusal.headers or {})
                raise ServiceBusy(problem, retry_after_s=after_s) from error
        raise ServiceUnavailable(problem) from error


async def _enter(manager: Manager) -> VoiceLiveConnection:
    return await manager.__aenter__()


def _why_unavailable(error: BaseException, endpoint: str, *, is_own: bool) -> Problem:
    if isinstance(error, ClientAuthenticationError):
        return Problem.of("credentials_missing")
    cause = error.__cause__
    if isinstance(cause, aiohttp.WSServerHandshakeError):
        code = _REFUSALS.get(cause.status, "service_refused")
        return Problem.of(code, endpoint=endpoint, status=cause.status)
    if is_own:
        return Problem.of("own_service_unreachable", endpoint=endpoint)
    if isinstance(error, TimeoutError):
        return Problem.of("service_silent", endpoint=endpoint, seconds=round(CONNECT_DEADLINE_S))
    return Problem.of("service_unreachable", endpoint=endpoint)


_REFUSALS: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "model_refused",
    HTTPStatus.UNAUTHORIZED: "credentials_refused",
    HTTPStatus.FORBIDDEN: "identity_refused",
    HTTPStatus.NOT_FOUND: "service_absent",
    HTTPStatus.TOO_MANY_REQUESTS: "too_many_requests",
    HTTPStatus.SERVICE_UNAVAILABLE: "service_loading",
}
# By the WebSocket's close code.
_CLOSES = {
    1000: "service_ended",
    1001: "service_restarted",
    1006: "service_lost",
    1008: "policy",
    1009: "message_too_large",
    1011: "service_failed",
    1012: "service_restarting",
    1013: "service_busy",
}
