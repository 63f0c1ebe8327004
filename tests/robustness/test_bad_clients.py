"""What clients do that they should not, on real sockets: each gets its answer, everybody else goes on."""

import asyncio
import base64
import json
import socket
import struct

import psutil
import pytest
from websockets.exceptions import ConnectionClosedError

from openvoicelive.protocol.dialects.interface import MAX_MESSAGE_BYTES
from openvoicelive.protocol.dialects.large_messages import MAX_APPEND_BYTES
from openvoicelive.service.conversations.inbox import MAX_CLIENT_EVENTS
from tests.robustness.running_service import IMPATIENT_S, running_service, text_frame
from tests.service.scripted_engines import Wait, scripted, silence, tone

MEGABYTE = 1024 * 1024


@pytest.mark.parametrize(
    ("message", "code", "param"),
    [
        ("not JSON", "invalid_json", None),
        ("", "invalid_json", None),
        ('{"type":' * 100_000, "invalid_json", None),
        ('{"type": "input_audio_buffer.append", "audio": "%%%"}', "invalid_value", "audio"),
        ('{"type": "input_audio_buffer.append"}', "missing_required_parameter", "audio"),
        ('{"type": "input_audio_buffer.append", "audio": 7}', "invalid_value", "audio"),
        ('{"type": "no.such.event"}', "invalid_value", "type"),
        ("{}", "missing_required_parameter", "type"),
        ("[]", "invalid_value", None),
        (b"\xff\xfe\x00", "invalid_json", None),
    ],
)
async def test_a_bad_message_gets_an_error_and_the_session_goes_on(
    message: str | bytes, code: str, param: str | None
) -> None:
    async with running_service() as service, service.client() as client:
        await client.socket.send(message)
        error = (await client.until("error"))["error"]
        assert (error["code"], error["param"]) == (code, param)
        assert error["type"] == "invalid_request_error"
        await client.round_trip()


async def test_an_odd_number_of_bytes_shifts_no_sample() -> None:
    engines = scripted(["hello"], [])
    sound = tone(1_000).tobytes()
    async with running_service(engines) as service, service.client() as client:
        await client.send("session.update", session={"turn_detection": None})
        for piece in (sound[:4_801], sound[4_801:9_600], sound[9_600:]):
            await client.send("input_audio_buffer.append", audio=base64.b64encode(piece).decode())
        await client.send("input_audio_buffer.commit")
        await client.until("conversation.item.created")
        utterance = engines.recognizer.utterances[0]
        assert 990 < utterance.heard_ms <= 1_000
        # A stream that were shifted by a byte would be noise as loud as can be.
        assert utterance.loudest < 0.3


async def test_an_append_over_15_mib_is_refused_and_one_of_15_mib_is_heard() -> None:
    engines = scripted(["a lot"], [])
    async with running_service(engines) as service, service.client(max_size=None) as client:
        await client.send("session.update", session={"turn_detection": None})
        for size, expected in (
            (MAX_APPEND_BYTES + 2, "error"),
            (MAX_APPEND_BYTES, "input_audio_buffer.committed"),
        ):
            audio = base64.b64encode(bytes(size)).decode()
            await client.send("input_audio_buffer.append", audio=audio)
            await client.send("input_audio_buffer.commit")
            event = await client.until(expected)
        assert event["item_id"]
        refused = [event["error"]["code"] for event in client.events if event["type"] == "error"]
        assert refused == ["invalid_value", "input_audio_buffer_commit_empty"]
        await client.until("conversation.item.created")


async def test_a_message_over_21_mb_closes_the_connection_with_1009_and_nobody_elses() -> None:
    async with running_service() as service, service.client() as other:
        async with service.client() as client:
            sending = asyncio.ensure_future(client.socket.send("x" * (MAX_MESSAGE_BYTES + 1)))
            with pytest.raises(ConnectionClosedError):
                await client.next()
            await asyncio.gather(sending, return_exceptions=True)
            assert client.socket.close_code == 1009
        await other.round_trip()


async def test_a_flood_is_slowed_down_by_its_own_connection_and_others_go_on() -> None:
    """A client that writes as fast as it can, and reads its answers, gets all of them, in order."""
    messages = 20_000
    async with running_service() as service, service.client() as flooder, service.client() as other:
        before = psutil.Process().memory_info().rss

        async def flood() -> None:
            for number in range(messages):
                await flooder.send("conversation.item.delete", item_id="none", event_id=f"event_{number}")

        async def read() -> None:
            for number in range(messages):
                event = await flooder.next()
                assert event["error"]["event_id"] == f"event_{number}"

        flooding = asyncio.gather(flood(), read())
        others_turns = 0
        while not flooding.done():
            await other.round_trip()
            others_turns += 1
        await flooding
        # Were the flood dealt with first, the other one's turns would all come after it.
        assert others_turns >= messages // (10 * MAX_CLIENT_EVENTS)
        assert psutil.Process().memory_info().rss - before < 100 * MEGABYTE


async def test_a_flood_that_reads_no_answers_stops_and_is_closed() -> None:
    async with running_service(send_deadline_s=IMPATIENT_S) as service, service.client() as other:
        raw = await service.raw_client()
        frames = text_frame({"type": "conversation.item.delete", "item_id": "none"}) * 1_000
        loop = asyncio.get_running_loop()

        async def flood() -> None:
            for _ in range(100 * MEGABYTE // len(frames)):
                await loop.sock_sendall(raw, frames)
                await other.round_trip()

        with pytest.raises((TimeoutError, ConnectionError)):
            await asyncio.wait_for(flood(), 5)
        await service.until(lambda: len(service.connections) == 1, "the flooder's connection is gone")
        await other.round_trip()
        raw.close()


async def test_a_client_that_never_reads_an_answer_is_closed_and_its_socket_freed() -> None:
    paragraph = "word " * 10_000
    engines = scripted([], [[paragraph] * 1_000, "Good."])
    async with running_service(engines, send_deadline_s=IMPATIENT_S) as service, service.client() as other:
        raw = await service.raw_client()
        loop = asyncio.get_running_loop()
        part = {"type": "input_text", "text": "Tell me all."}
        item = {"type": "message", "role": "user", "content": [part]}
        await loop.sock_sendall(raw, text_frame({"type": "conversation.item.create", "item": item}))
        options = {"modalities": ["text"]}
        await loop.sock_sendall(raw, text_frame({"type": "response.create", "response": options}))
        await service.until(lambda: bool(engines.chat.calls), "the model is asked")
        await service.until(lambda: not engines.chat.calls[0].is_open, "the model is stopped")
        assert not engines.chat.calls[0].was_whole
        await service.until(lambda: len(service.connections) == 1, "the server's side of the socket is gone")
        assert (await other.ask("hello", modalities=["text"]))["response"]["status"] == "completed"
        raw.close()


async def test_a_client_that_is_gone_without_a_word_is_noticed_by_its_silence_though_much_waits_for_it() -> (
    None
):
    engines = scripted([], [["word " * 10_000] * 1_000])
    async with running_service(engines, send_deadline_s=60, ping_s=0.2) as service:
        raw = await service.raw_client()
        loop = asyncio.get_running_loop()
        options = {"modalities": ["text"]}
        await loop.sock_sendall(raw, text_frame({"type": "response.create", "response": options}))
        await service.until(lambda: bool(engines.chat.calls), "the model is asked")
        await service.until_nobody_is_connected()
        assert not engines.chat.calls[0].was_whole
        raw.close()


async def test_a_client_that_sends_faster_than_it_is_read_keeps_its_connection_though_its_pongs_wait() -> (
    None
):
    engines = scripted()
    async with running_service(engines, ping_s=0.1) as service, service.client(ping_interval=None) as client:
        await client.send("session.update", session={"turn_detection": None})
        long_sound = silence(15_000)
        for _ in range(10):
            await client.append(long_sound)
        await client.round_trip()


async def test_a_client_that_vanishes_in_mid_sentence_leaves_nothing() -> None:
    engines = scripted([], [["word " * 1_000, Wait()]])
    async with running_service(engines) as service, service.client() as other:
        raw = await service.raw_client()
        loop = asyncio.get_running_loop()
        part = {"type": "input_text", "text": "Tell me all."}
        item = {"type": "message", "role": "user", "content": [part]}
        await loop.sock_sendall(raw, text_frame({"type": "conversation.item.create", "item": item}))
        await loop.sock_sendall(raw, text_frame({"type": "response.create"}))
        await service.until(lambda: engines.synthesizer.words_spoken > 3, "an answer is being spoken")
        # In the middle of a message, and without a word: the connection is reset.
        audio = base64.b64encode(tone(200).tobytes()).decode()
        await loop.sock_sendall(raw, text_frame({"type": "input_audio_buffer.append", "audio": audio})[:99])
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raw.close()
        await service.until(lambda: len(service.connections) == 1, "its connection is gone")
        await service.until(lambda: not engines.chat.calls[0].is_open, "the model is stopped")
        await service.until(lambda: engines.synthesizer.now_speaking == 0, "the voice is stopped")
        await other.round_trip()


async def test_a_refused_handshake_is_plain_http_that_says_why() -> None:
    async with running_service() as service:
        reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
        writer.write(
            b"GET /voice-live/realtime HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example\r\n"
            b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        answer = await reader.read()
        head, body = answer.split(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 403 ")
        assert b"may not connect" in json.dumps(json.loads(body)).encode()
        writer.close()
