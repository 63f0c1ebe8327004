"""The only file that knows the Azure SDK: opens a connection, configures it, and moves frames over it.

Set-up and rare events go through the SDK's models. Sound does not: an SDK model costs some 30 µs for each
audio event, msgspec and pybase64 cost 1.5 µs, and sound is nearly all that a relay moves.
"""

import asyncio
import re
import traceback
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
import msgspec
import pybase64
from azure.ai.voicelive.aio import ConnectionClosed, VoiceLiveConnection, connect
from azure.ai.voicelive.aio import ConnectionError as SdkConnectionError
from azure.ai.voicelive.models import (
    AudioInputTranscriptionOptions,
    AzureSemanticVad,
    AzureStandardVoice,
    InputAudioFormat,
    InputTextContentPart,
    Modality,
    OutputAudioFormat,
    RequestSession,
    ServerVad,
    UserMessageItem,
)
from azure.core.credentials import AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, ClientAuthenticationError

from openvoicelive.errors import VoiceError
from openvoicelive.settings import Settings

CONNECT_DEADLINE_S = 20.0
_CLOSE_DEADLINE_S = 1.0
_HEARTBEAT_S = 20.0
_MAX_EVENT_BYTES = 16 * 1024 * 1024

_APPEND_HEAD = b'{"type":"input_audio_buffer.append","audio":"'
_APPEND_TAIL = b'"}'
_AZURE_VOICE = re.compile(r"[a-z]{2,3}-[A-Za-z]+")

# The SDK insists on a key; our own service on loopback wants none.
_NO_KEY_WANTED = "none"

Credential = AzureKeyCredential | AsyncTokenCredential


class ServiceUnavailable(VoiceError):  # noqa: N818 - names what the user is told
    """The service cannot be reached or does not take us; the sentence says what to do."""


class ServiceClosed(VoiceError):  # noqa: N818 - names what happened
    """The service ended the connection; the sentence says what to do."""

    def __init__(self, message: str, *, code: int) -> None:
        super().__init__(message)
        self.code = code


class ServiceError(msgspec.Struct, frozen=True):
    """The `error` of a server event or of a failed response."""

    message: str = "The service reported an error without saying which."
    code: str | None = None
    type: str | None = None
    event_id: str | None = None


class StatusDetails(msgspec.Struct, frozen=True):
    """Why a response ended as it did."""

    reason: str | None = None
    error: ServiceError | None = None


class Response(msgspec.Struct, frozen=True):
    """What a page needs of a response."""

    id: str = ""
    status: str = ""
    status_details: StatusDetails | None = None


class ServerEvent(msgspec.Struct, frozen=True, gc=False):
    """What a page needs of a server event; one struct for all, since most are sound and must be cheap."""

    type: str
    response_id: str | None = None
    item_id: str | None = None
    delta: Any = None
    transcript: str | None = None
    text: str | None = None
    audio_end_ms: int = 0
    response: Response | None = None
    error: ServiceError | None = None
    warning: ServiceError | None = None

    @property
    def sound(self) -> bytes:
        """The PCM16 of an audio delta."""
        return pybase64.b64decode(self.delta)


@dataclass(frozen=True)
class SessionOptions:
    """How the assistant hears, thinks and speaks."""

    model: str
    voice: str
    instructions: str
    language: str | None = None
    turn_detection: Literal["server_vad", "azure_semantic_vad"] = "server_vad"

    def request(self) -> RequestSession:
        """Return the session as the SDK sends it."""
        # Recorded with the service: gpt-realtime models transcribe with whisper-1 under server VAD, while
        # azure-speech is refused there for some of them; cascaded models know only azure-speech.
        transcriber = "whisper-1" if self.model.startswith("gpt-realtime") else "azure-speech"
        detector = ServerVad if self.turn_detection == "server_vad" else AzureSemanticVad
        return RequestSession(
            modalities=[Modality.TEXT, Modality.AUDIO],
            instructions=self.instructions,
            voice=AzureStandardVoice(name=self.voice) if _AZURE_VOICE.match(self.voice) else self.voice,
            input_audio_format=InputAudioFormat.PCM16,
            output_audio_format=OutputAudioFormat.PCM16,
            turn_detection=detector(threshold=0.5, prefix_padding_ms=300, silence_duration_ms=500),
            input_audio_transcription=AudioInputTranscriptionOptions(
                model=transcriber, language=self.language
            ),
        )


class Credentials:
    """How the app shows who it is: one credential for all sessions, so that a token is fetched once."""

    def __init__(self, settings: Settings) -> None:
        key = settings.service_api_key or _NO_KEY_WANTED if settings.uses_own_service else settings.api_key
        self._credential: Credential | None = AzureKeyCredential(key) if key else None

    def get(self) -> Credential:
        """Return the key, or what Azure's own chain finds (environment, managed identity, `az login`)."""
        if self._credential is None:
            # Costs half a second to import, and only who has no key needs it.
            from azure.identity.aio import DefaultAzureCredential  # noqa: PLC0415

            self._credential = DefaultAzureCredential()
        return self._credential

    async def close(self) -> None:
        """Close connections to the identity service, if there are any."""
        credential, self._credential = self._credential, None
        if credential is not None and not isinstance(credential, AzureKeyCredential):
            await credential.close()


class Service:
    """An open connection to a Voice Live service."""

    def __init__(self, connection: VoiceLiveConnection) -> None:
        self._connection = connection
        # The SDK has no way to send text that is JSON already: `send()` runs `json.dumps` with a fresh
        # encoder for every 40 ms of sound. The WebSocket under it is private; this line is the only one
        # that takes it.
        self._socket: aiohttp.ClientWebSocketResponse = connection._connection  # noqa: SLF001
        self._decode = msgspec.json.Decoder(ServerEvent).decode

    async def configure(self, options: SessionOptions) -> None:
        """Send `session.update`."""
        await self._send(self._connection.session.update(session=options.request()))

    async def append(self, pcm: bytes) -> None:
        """Send sound: PCM16, mono, 24 kHz.

        Waits while the service does not read; the heartbeat ends such a connection.

        Raises:
            ServiceClosed: If the connection is gone.

        """
        frame = _APPEND_HEAD + pybase64.b64encode(pcm) + _APPEND_TAIL
        try:
            await self._socket.send_frame(frame, aiohttp.WSMsgType.TEXT)
        except (aiohttp.ClientError, ConnectionError) as error:
            raise self._closed(1006) from error

    async def receive(self) -> ServerEvent | None:
        """Wait for the next event; `None` for a message that is not one.

        Raises:
            ServiceClosed: If the connection has ended.

        """
        try:
            message = await self._connection.recv_bytes()
        except ConnectionClosed as closed:
            raise self._closed(self._socket.close_code or closed.code) from closed
        try:
            return self._decode(message)
        except msgspec.MsgspecError:
            return None

    async def say(self, text: str) -> None:
        """Add a typed message of the user to the conversation."""
        item = UserMessageItem(content=[InputTextContentPart(text=text)])
        await self._send(self._connection.conversation.item.create(item=item))

    async def respond(self) -> None:
        """Ask for an answer."""
        await self._send(self._connection.response.create())

    async def cancel(self, response_id: str, *, event_id: str) -> None:
        """Stop a response."""
        await self._send(self._connection.response.cancel(response_id=response_id, event_id=event_id))

    async def truncate(self, item_id: str, audio_end_ms: int, *, event_id: str) -> None:
        """Tell the service how much of an answer was heard, so that it remembers only that."""
        item = self._connection.conversation.item
        await self._send(
            item.truncate(item_id=item_id, audio_end_ms=audio_end_ms, content_index=0, event_id=event_id)
        )

    async def _send(self, sending: Awaitable[None]) -> None:
        try:
            await sending
        except (SdkConnectionError, ConnectionError) as error:
            raise self._closed(1006) from error

    def _closed(self, code: int) -> ServiceClosed:
        return ServiceClosed(_CLOSE_SENTENCES.get(code, _CLOSED_OTHERWISE.format(code=code)), code=code)


@asynccontextmanager
async def open_service(endpoint: str, credential: Credential, model: str) -> AsyncIterator[Service]:
    """Connect within `CONNECT_DEADLINE_S`; closed at the end of the block.

    Raises:
        ServiceUnavailable: If the service cannot be reached or does not take us.

    """
    manager = connect(
        endpoint=endpoint,
        credential=credential,
        model=model,
        connection_options={
            "max_msg_size": _MAX_EVENT_BYTES,
            "heartbeat": _HEARTBEAT_S,
            "close_timeout": _CLOSE_DEADLINE_S,
        },
    )
    try:
        async with asyncio.timeout(CONNECT_DEADLINE_S):
            connection = await manager.__aenter__()
    except (AzureError, OSError, ValueError, asyncio.CancelledError) as error:
        await _close_forgotten_session(error)
        if isinstance(error, asyncio.CancelledError):
            raise
        raise ServiceUnavailable(_why_unavailable(error, endpoint)) from error
    try:
        yield Service(connection)
    finally:
        await manager.__aexit__(None, None, None)


async def _close_forgotten_session(error: BaseException) -> None:
    """Close the HTTP session that the SDK leaves open when its connect is cancelled or runs out of time."""
    cause = error.__cause__ if isinstance(error, TimeoutError) else error
    for frame, _ in traceback.walk_tb(cause.__traceback__ if cause else None):
        session = frame.f_locals.get("session")
        if isinstance(session, aiohttp.ClientSession):
            await session.close()


def _why_unavailable(error: BaseException, endpoint: str) -> str:
    if isinstance(error, ClientAuthenticationError):
        return (
            "No Azure credentials were found. Set AZURE_VOICE_LIVE_API_KEY, or sign in with `az login`, "
            "then start the session again."
        )
    if isinstance(error, TimeoutError):
        return (
            f"{endpoint} did not answer within {CONNECT_DEADLINE_S:.0f} s. "
            "Check AZURE_VOICE_LIVE_ENDPOINT and the network, then start the session again."
        )
    cause = error.__cause__
    if isinstance(cause, aiohttp.WSServerHandshakeError):
        sentence = _REFUSALS.get(cause.status, _REFUSED_OTHERWISE)
        return sentence.format(endpoint=endpoint, status=cause.status)
    return (
        f"{endpoint} cannot be reached. Check AZURE_VOICE_LIVE_ENDPOINT and the network, "
        "then start the session again."
    )


_REFUSED_OTHERWISE = "{endpoint} refused the connection (HTTP {status}). Check AZURE_VOICE_LIVE_ENDPOINT."
_REFUSALS = {
    400: "{endpoint} refused the request (HTTP 400). Check VOICE_LIVE_MODEL: the resource may not offer it.",
    401: "{endpoint} refused the key (HTTP 401). Check AZURE_VOICE_LIVE_API_KEY, and that it belongs to this "
    "endpoint; for our own service, VOICE_LIVE_SERVICE_API_KEY.",
    403: "{endpoint} does not let this identity in (HTTP 403). Give it the role Cognitive Services User, "
    "or set AZURE_VOICE_LIVE_API_KEY.",
    404: "{endpoint} has no Voice Live here (HTTP 404). "
    "Check AZURE_VOICE_LIVE_ENDPOINT and VOICE_LIVE_MODEL.",
    429: "The service is busy (HTTP 429). Try again in a minute.",
    503: "The service is busy or still loading (HTTP 503). Try again in a minute.",
}
_CLOSED_OTHERWISE = "The service ended the session (close code {code}). Press Start session to go on."
_CLOSE_SENTENCES = {
    1000: "The service ended the session. Press Start session to begin another.",
    1001: "The service ended the session: it is restarting, or the session reached its longest duration. "
    "Press Start session to begin another.",
    1006: "The connection to the service was lost. Check the network, then press Start session.",
    1008: "The service refused the session (policy). Check VOICE_LIVE_MODEL and the key's rights.",
    1009: "The service refused a message because of its size. Press Start session to go on.",
    1011: "The service failed (internal error). Press Start session to try again.",
    1012: "The service is restarting. Press Start session in a moment.",
    1013: "The service is busy. Try again in a minute.",
}
