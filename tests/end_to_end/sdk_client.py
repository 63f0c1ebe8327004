"""An ordinary client of Voice Live: the official SDK; real speech, and the wire checker on every event."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
from azure.ai.voicelive.aio import VoiceLiveConnection, connect
from azure.ai.voicelive.models import (
    AzureStandardVoice,
    InputTextContentPart,
    RequestSession,
    ServerVad,
    UserMessageItem,
)
from azure.core.credentials import AzureKeyCredential

from tests.conformance.wire_checker import WireChecker

RATE_HZ = 24_000
FRAME = RATE_HZ * 40 // 1000
DEADLINE_S = 40.0

Event = dict[str, Any]


class SdkClient:
    """One connection; every event that comes is checked and kept."""

    def __init__(self, connection: VoiceLiveConnection) -> None:
        self.connection = connection
        self.events: list[Event] = []
        self._checker = WireChecker()

    async def configure(self, **session: Any) -> None:
        """Set the session up as the web app does."""
        options = {
            "voice": AzureStandardVoice(name="en-US-AvaNeural"),
            "turn_detection": ServerVad(threshold=0.5, prefix_padding_ms=300, silence_duration_ms=500),
            **session,
        }
        await self.connection.session.update(session=RequestSession(**options))
        await self.until("session.updated")

    async def speak(self, samples: npt.NDArray[np.int16], *, silence_ms: int = 1_000) -> None:
        """Send speech and then silence, as fast as the connection takes it."""
        padding = np.zeros(RATE_HZ * silence_ms // 1000, np.int16)
        sound = np.concatenate((np.zeros(RATE_HZ // 5, np.int16), samples, padding))
        for start in range(0, len(sound), FRAME):
            frame = base64.b64encode(sound[start : start + FRAME].tobytes()).decode()
            await self.connection.input_audio_buffer.append(audio=frame)

    async def write(self, text: str) -> None:
        """Type a message and ask for an answer."""
        message = UserMessageItem(content=[InputTextContentPart(text=text)])
        await self.connection.conversation.item.create(item=message)
        await self.connection.response.create()

    async def until(self, kind: str, *, count: int = 1) -> Event:
        """Read until so many more events of a type have come; return the last."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                event = (await self.connection.recv()).as_dict()
                self.check(event)
                if event["type"] == kind:
                    count -= 1
                    if count == 0:
                        return event

    def check(self, event: Event) -> None:
        """Check and keep an event that a test has received by itself."""
        self._checker.check(event)
        self.events.append(event)

    def transcripts(self) -> str:
        """Return all that the user was understood to say."""
        kind = "conversation.item.input_audio_transcription.completed"
        return " ".join(event["transcript"] for event in self.events if event["type"] == kind)

    def sound(self) -> npt.NDArray[np.int16]:
        """Return all the sound of the assistant."""
        deltas = (event["delta"] for event in self.events if event["type"] == "response.audio.delta")
        return np.frombuffer(b"".join(map(base64.b64decode, deltas)), np.int16)


@asynccontextmanager
async def sdk_client(link: str, *, model: str | None = "gpt-4o", **options: Any) -> AsyncIterator[SdkClient]:
    """Connect with the official SDK."""
    credential = AzureKeyCredential("any")
    async with connect(endpoint=link, credential=credential, model=model, **options) as connection:
        client = SdkClient(connection)
        await client.until("session.created")
        yield client
