"""What one client sends at once does not hold up the others; a fixture fails each test in which it does."""

import asyncio
import base64
import json
from typing import Any

import pytest

from tests.robustness.running_service import Client, running_service
from tests.service.scripted_engines import scripted

TELEPHONE = {
    "turn_detection": None,
    "input_audio_format": "g711_ulaw",
    "input_audio_sampling_rate": 8_000,
    "input_audio_noise_reduction": {"type": "near_field"},
    "input_audio_echo_cancellation": {"type": "server_echo_cancellation"},
}


async def turns_of(other: Client, until: asyncio.Future[Any]) -> int:
    """Let another client have its turns until something is done; return how many."""
    turns = 0
    while not until.done():
        await other.round_trip()
        turns += 1
    await until
    return turns


@pytest.mark.parametrize("megabytes", [1, 4, 20])
async def test_a_text_of_megabytes_that_is_to_be_said_is_refused_at_once(megabytes: int) -> None:
    text = "This is one sentence of many. " * (megabytes * 1_000_000 // 30)
    message = {"type": "message", "role": "assistant", "content": [{"type": "text", "text": text}]}
    request = {"type": "response.create", "response": {"pre_generated_assistant_message": message}}
    sent = json.dumps(request)
    async with running_service() as service, service.client() as client, service.client() as other:
        await client.socket.send(sent)
        error = (await client.until("error"))["error"]
        assert error["code"] == "string_above_max_length"
        await other.round_trip()


async def test_a_long_text_is_said_piece_by_piece_while_others_go_on() -> None:
    text = "This is one sentence of many. " * 2_000
    message = {"type": "message", "role": "assistant", "content": [{"type": "text", "text": text}]}
    engines = scripted([], ["Good."])
    async with running_service(engines) as service, service.client() as client, service.client() as other:
        await client.send("response.create", response={"pre_generated_assistant_message": message})
        await client.until("response.audio.delta")
        done = await other.ask("hello", modalities=["text"])
        assert done["response"]["status"] == "completed"
        # Only what is about to be heard was made.
        assert engines.synthesizer.words_spoken < 50


async def test_half_an_hour_in_one_append_is_refused_and_a_minute_is_worked_on_in_slices() -> None:
    engines = scripted(["a lot"], [])
    half_an_hour = base64.b64encode(bytes(15 * 1024 * 1024)).decode()
    minute = base64.b64encode(bytes(range(256)) * (60 * 8_000 // 256)).decode()
    async with running_service(engines) as service, service.client() as client, service.client() as other:
        await client.send("session.update", session=TELEPHONE)
        await client.send("input_audio_buffer.append", audio=half_an_hour)
        assert (await client.until("error"))["error"]["param"] == "audio"
        await client.send("input_audio_buffer.append", audio=minute)
        await client.send("input_audio_buffer.commit")
        heard = asyncio.ensure_future(client.until("conversation.item.created"))
        # If the minute were worked on in one go, the other client would have one turn or two.
        assert await turns_of(other, heard) > 10
        assert engines.recognizer.utterances[0].heard_ms == pytest.approx(60_000, abs=50)


async def test_twenty_megabytes_of_tiny_values_are_refused_before_they_are_decoded() -> None:
    tool = '{"type": "function", "name": "f", "parameters": {"a": [' + "{}," * 6_000_000 + "0]}}"
    update = f'{{"type": "session.update", "event_id": "e", "session": {{"tools": [{tool}]}}}}'
    async with running_service() as service, service.client() as client, service.client() as other:
        await client.socket.send(update)
        error = (await client.until("error"))["error"]
        assert (error["code"], error["event_id"]) == ("string_above_max_length", "e")
        await other.round_trip()
