"""Clients that others have written for this family of protocols, and what voice agents of frameworks send."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from openai import AsyncOpenAI
from openai.resources.beta.realtime.realtime import AsyncRealtimeConnection
from websockets.asyncio.client import ClientConnection, connect

from tests.conformance.wire_checker import Event, WireChecker
from tests.end_to_end.sdk_client import DEADLINE_S, FRAME, RATE_HZ
from tests.packaging.program import Program
from tests.speech_clips import load

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATH = "/voice-live/realtime"
QUESTION = {"type": "input_text", "text": "What is the largest lake?"}
USER_ITEM = {"type": "message", "role": "user", "content": [QUESTION]}
WEATHER: Any = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"location": {"type": "string"}}},
}


class OpenAIClient:
    """The realtime client of OpenAI's own SDK, as it was before the protocol changed its names."""

    def __init__(self, connection: AsyncRealtimeConnection) -> None:
        self.connection = connection
        self._checker = WireChecker()

    async def until(self, kind: str) -> Any:
        """Read until an event of a type comes; return it as the SDK reads it."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                data = await self.connection.recv_bytes()
                self._checker.check(json.loads(data))
                event = self.connection.parse_event(data)
                if event.type == kind:
                    return event


@asynccontextmanager
async def openai_client(program: Program) -> AsyncIterator[OpenAIClient]:
    """Connect with nothing changed but the address."""
    address = program.link.replace("http", "ws", 1) + PATH.removesuffix("/realtime")
    async with (
        AsyncOpenAI(api_key="any", websocket_base_url=address) as openai,
        openai.beta.realtime.connect(model="gpt-4o-realtime-preview") as connection,
    ):
        client = OpenAIClient(connection)
        await client.until("session.created")
        yield client


async def test_openais_client_writes_and_is_answered(program: Program) -> None:
    async with openai_client(program) as client:
        await client.connection.session.update(
            session={"modalities": ["text"], "instructions": "Be brief.", "temperature": 0.8}
        )
        assert (await client.until("session.updated")).session.instructions == "Be brief."
        await client.connection.conversation.item.create(
            item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": "A lake?"}]}
        )
        assert (await client.until("conversation.item.created")).item.role == "user"
        await client.connection.response.create()
        assert "Caspian" in (await client.until("response.text.done")).text
        done = (await client.until("response.done")).response
        assert done.status == "completed"
        assert done.usage.total_tokens == done.usage.input_tokens + done.usage.output_tokens


async def test_openais_client_speaks_and_hears_the_answer(program: Program) -> None:
    async with openai_client(program) as client:
        await client.connection.session.update(
            session={
                "voice": "alloy",
                "input_audio_format": "pcm16",
                "input_audio_transcription": {"model": "whisper-1"},
                "turn_detection": {"type": "semantic_vad", "eagerness": "high"},
                "tools": [],
                "tool_choice": "auto",
            }
        )
        await client.until("session.updated")
        sound = load("card", RATE_HZ).tobytes() + bytes(RATE_HZ * 4)
        for start in range(0, len(sound), 2 * FRAME):
            frame = base64.b64encode(sound[start : start + 2 * FRAME]).decode()
            await client.connection.input_audio_buffer.append(audio=frame)
        heard = await client.until("conversation.item.input_audio_transcription.completed")
        assert heard.transcript
        item_id = (await client.until("response.audio.delta")).item_id
        await client.connection.response.cancel()
        assert (await client.until("response.done")).response.status_details.reason == "client_cancelled"
        await client.connection.conversation.item.truncate(item_id=item_id, content_index=0, audio_end_ms=40)
        assert (await client.until("conversation.item.truncated")).audio_end_ms == 40


async def test_openais_client_has_a_function_called(program: Program) -> None:
    async with openai_client(program) as client:
        await client.connection.session.update(session={"tools": [WEATHER]})
        question = {"type": "input_text", "text": "What is the weather in Beijing?"}
        item: Any = {"type": "message", "role": "user", "content": [question]}
        await client.connection.conversation.item.create(item=item)
        await client.connection.response.create()
        call = await client.until("response.function_call_arguments.done")
        assert json.loads(call.arguments) == {"location": "Beijing"}
        await client.until("response.done")
        output: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
        await client.connection.conversation.item.create(item=output)
        await client.connection.response.create()
        assert "sunny" in (await client.until("response.audio_transcript.done")).transcript


class RawClient:
    """Sends what a framework sends, word for word."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self._checker = WireChecker()

    async def say(self, message: Event | str | bytes) -> None:
        await self.socket.send(json.dumps(message) if isinstance(message, dict) else message)

    async def until(self, kind: str) -> Event:
        async with asyncio.timeout(DEADLINE_S):
            while True:
                event: Event = json.loads(await self.socket.recv())
                self._checker.check(event)
                if event["type"] == kind:
                    return event

    async def answered(self, message: Event | str | bytes, kind: str) -> Event:
        await self.say(message)
        return await self.until(kind)


@asynccontextmanager
async def raw_client(
    program: Program,
    query: str = "?api-version=2025-10-01&model=gpt-4o",
    *,
    path: str = PATH,
    **options: Any,
) -> AsyncIterator[RawClient]:
    async with connect(program.link.replace("http", "ws", 1) + path + query, **options) as socket:
        client = RawClient(socket)
        await client.until("session.created")
        yield client


@pytest.mark.parametrize(
    "options",
    [
        {"subprotocols": ["realtime"]},
        {"subprotocols": ["realtime", "openai-insecure-api-key.any", "openai-beta.realtime-v1"]},
        {"additional_headers": {"Authorization": "Bearer any", "OpenAI-Beta": "realtime=v1"}},
        {"additional_headers": {"api-key": "any", "x-ms-client-request-id": "1"}, "compression": None},
    ],
)
async def test_any_way_to_connect_is_accepted(program: Program, options: dict[str, Any]) -> None:
    query = "?api-version=2026-07-15&model=gpt-4o&x-ms-client-sdk=mine&features=other&profile=byom"
    async with raw_client(program, query, **options) as client:
        offered = options.get("subprotocols")
        assert client.socket.subprotocol == ("realtime" if offered else None)
        assert client.socket.response is not None
        assert "Sec-WebSocket-Extensions" not in client.socket.response.headers


async def test_the_first_previews_quickstart_talks_at_its_own_path(program: Program) -> None:
    query = "?api-version=2025-05-01-preview&model=gpt-4o&api-key=any&x-ms-client-request-id=1"
    async with raw_client(program, query, path="/voice-agent/realtime") as client:
        detection = {
            "type": "azure_semantic_vad",
            "threshold": 0.3,
            "end_of_utterance_detection": {"model": "semantic_detection_v1", "threshold": 0.1, "timeout": 4},
        }
        voice = {"type": "azure-platform", "name": "en-US-AvaNeural"}
        update = {"type": "session.update", "session": {"turn_detection": detection, "voice": voice}}
        session = (await client.answered(update, "session.updated"))["session"]
        assert session["turn_detection"]["end_of_utterance_detection"]["timeout"] == 4
        await client.answered(
            {"type": "conversation.item.create", "item": USER_ITEM}, "conversation.item.created"
        )
        assert (await client.answered({"type": "response.create"}, "response.done"))["response"][
            "status"
        ] == ("completed")


async def test_updates_may_say_only_what_changes(program: Program) -> None:
    async with raw_client(program) as client:
        await client.answered({"type": "session.update", "session": {"tools": [WEATHER]}}, "session.updated")
        only_text = {"type": "session.update", "session": {"instructions": "Be kind."}}
        session = (await client.answered(only_text, "session.updated"))["session"]
        assert [tool["name"] for tool in session["tools"]] == ["get_weather"]
        # The model cannot change; clients that name it again mean no harm.
        again = {"type": "session.update", "session": {"model": "gpt-4.1", "turn_detection": None}}
        session = (await client.answered(again, "session.updated"))["session"]
        assert (session["model"], session["instructions"]) == ("gpt-4o", "Be kind.")
        assert session["turn_detection"] is None


async def test_a_session_of_the_newer_protocol_is_refused_and_the_old_one_goes_on(program: Program) -> None:
    newer = {"type": "realtime", "output_modalities": ["audio"], "audio": {"output": {"voice": "marin"}}}
    async with raw_client(program) as client:
        event = {"type": "session.update", "event_id": "update_1", "session": newer}
        error = (await client.answered(event, "error"))["error"]
        assert error["code"] == "unknown_parameter"
        assert error["param"].removeprefix("session.") in newer
        assert error["event_id"] == "update_1"
        await client.answered({"type": "session.update", "session": {}}, "session.updated")


async def test_events_and_items_may_carry_more_than_the_contract_names(program: Program) -> None:
    item = {
        **USER_ITEM,
        "id": "msg_1",
        "object": "realtime.item",
        "status": "completed",
        "call_id": None,
        "timestamp": 7,
    }
    async with raw_client(program) as client:
        event = {"type": "conversation.item.create", "previous_item_id": None, "item": item, "trace": "x"}
        created = await client.answered(event, "conversation.item.created")
        assert created["item"]["id"] == "msg_1"
        assert "timestamp" not in created["item"]
        create = {"type": "response.create", "response": {"metadata": {"client_event_id": "r_1"}, "speed": 1}}
        assert (await client.answered(create, "response.created"))["response"]["metadata"] == {
            "client_event_id": "r_1"
        }
        await client.until("response.done")


@pytest.mark.parametrize(
    "frame",
    [
        json.dumps(json.dumps({"type": "input_audio_buffer.clear"})),
        json.dumps({"type": "input_audio_buffer.clear"}).encode(),
        json.dumps({"type": "input_audio_buffer.clear"}, indent=2),
    ],
)
async def test_a_message_may_be_framed_in_other_ways(program: Program, frame: str | bytes) -> None:
    async with raw_client(program) as client:
        await client.answered(frame, "input_audio_buffer.cleared")


async def test_errors_name_the_event_that_they_are_about(program: Program) -> None:
    async with raw_client(program) as client:
        for event, code in (
            ({"type": "response.cancel"}, "response_cancel_not_active"),
            ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty"),
            ({"type": "conversation.item.delete", "item_id": "none"}, "item_delete_invalid_item_id"),
            ({"type": "conversation.item.retrieve", "item_id": "none"}, "item_retrieve_invalid_item_id"),
            ({"type": "output_audio_buffer.stop"}, "invalid_value"),
        ):
            error = (await client.answered({**event, "event_id": code}, "error"))["error"]
            assert (error["code"], error["event_id"]) == (code, code)
