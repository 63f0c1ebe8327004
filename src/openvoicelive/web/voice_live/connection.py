"""The only file that knows the Azure SDK: opens a connection, configures it, and moves frames over it.

Set-up and rare events go through the SDK's models. Sound does not, because it is nearly all that a relay
moves: it is put between the two halves of an event here, read by `service_events.py`, and takes the fast path
of `channel.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from http import HTTPStatus
from typing import Any, assert_never

import aiohttp
import msgspec
import pybase64
from azure.ai.voicelive.aio import ConnectionClosed as SdkConnectionClosed
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

from openvoicelive.web.conversation.backing_off import BackOff, retry_after_s
from openvoicelive.web.conversation.event_watch import EventWatch
from openvoicelive.web.page.messages import Said
from openvoicelive.web.page.problems import Problem
from openvoicelive.web.voice_live.cancellation import cancelled_as
from openvoicelive.web.voice_live.channel import Channel, ChannelClosed, FastChannel, has_socket, socket_of
from openvoicelive.web.voice_live.credentials import Credential, FreshToken, held_credential
from openvoicelive.web.voice_live.failures import ServiceBusy, ServiceClosed, ServiceUnavailable
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


class SdkChannel:
    """A `Channel` that uses only the SDK's public methods, and so works with any version of it."""

    def __init__(self, connection: VoiceLiveConnection) -> None:
        self._connection = connection

    async def begin(self) -> None:
        """Do nothing."""

    async def send(self, text: bytes) -> None:
        """Send a message; the SDK encodes it once more.

        Raises:
            ChannelClosed: If the connection has ended.

        """
        try:
            await self._connection.send(msgspec.json.decode(text))
        except (SdkConnectionError, ConnectionError) as error:
            raise ChannelClosed(1006) from error

    def try_send(self, text: bytes) -> bool:  # noqa: ARG002 - it can only wait
        """Return False."""
        return False

    async def receive(self) -> bytes | None:
        """Wait for the next message; `None` for an empty one.

        Raises:
            ChannelClosed: If the connection has ended.

        """
        try:
            return await self._connection.recv_bytes() or None
        except SdkConnectionClosed as error:
            raise ChannelClosed(error.code) from error

    def end(self) -> None:
        """Do nothing."""


class Service:
    """An open connection to a Voice Live service."""

    def __init__(self, connection: VoiceLiveConnection, *, heartbeat_s: float) -> None:
        self._connection = connection
        self._channel: Channel = (
            FastChannel(socket_of(connection), self._take, heartbeat_s=heartbeat_s)
            if has_socket(VoiceLiveConnection)
            else SdkChannel(connection)
        )

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
            await self._channel.send(_append(pcm))
        except ChannelClosed as end:
            raise ServiceClosed(end.close_code) from end
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
        try:
            text = await self._channel.receive()
        except ChannelClosed as end:
            raise ServiceClosed(end.close_code) from end
        if text is None:
            return None
        if self.watch:
            self.watch.received(text)
        return decode_event(text)

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
    }
    if has_socket(VoiceLiveConnection):
        # `FastChannel` answers pings itself, and msgspec decodes bytes.
        options |= {"autoping": False, "vendor_options": {"decode_text": False}}
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
