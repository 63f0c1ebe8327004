"""A client that sends more than can be dealt with waits in its own connection; what waits has bounds."""

import asyncio
import base64

import pytest

from openvoicelive.protocol.audio_formats import AudioFormat
from openvoicelive.protocol.work import ConfigureListening
from openvoicelive.service.budget import Budget
from openvoicelive.service.conversations.inbox import MAX_CLIENT_EVENTS
from openvoicelive.service.hearing.input_queue import (
    MAX_ORDERS,
    MAX_WAITING_APPENDS,
    MAX_WAITING_MS,
    InputQueue,
)
from openvoicelive.service.hearing.transcriptions import MAX_TURNS, MAX_TURNS_MS
from tests.service.in_process_client import InProcessClient, conversation, started_service
from tests.service.scripted_engines import scripted, silence
from tests.service.virtual_time import InlineExecutor


async def stuck_client() -> InProcessClient:
    """A client of a service whose recogniser does not come back."""
    executor = InlineExecutor()
    executor.is_stuck = True
    client = InProcessClient(await started_service(scripted(recognition_executor=executor)))
    await client.connect()
    await client.update(turn_detection=None)
    return client


async def test_a_client_that_commits_faster_than_is_recognised_waits() -> None:
    client = await stuck_client()
    for _ in range(1_000):
        client.append(silence(100))
        client.send("input_audio_buffer.commit")
    await asyncio.sleep(1)
    # One is in the hands of hearing.
    committed = MAX_TURNS + 1 + MAX_ORDERS
    assert len(client.of("input_audio_buffer.committed")) == committed
    # The next commit is in the reader's hands.
    assert client.unread_by_service == 2_000 - 2 * (committed + 1)
    await client.disconnect()


async def test_a_session_takes_any_number_of_messages_one_after_the_other() -> None:
    async with conversation(scripted()) as client:
        for _ in range(10 * MAX_CLIENT_EVENTS):
            client.send("input_audio_buffer.clear")
        for _ in range(10 * MAX_CLIENT_EVENTS):
            await client.until("input_audio_buffer.cleared")


async def test_of_large_messages_fewer_may_wait() -> None:
    client = await stuck_client()
    for _ in range(MAX_TURNS + 1):
        client.append(silence(100))
        client.send("input_audio_buffer.commit")
    await asyncio.sleep(1)
    assert client.unread_by_service == 0
    nine_megabytes = silence(MAX_WAITING_MS * 3 // 5)
    for _ in range(5):
        client.append(nine_megabytes)
    await asyncio.sleep(1)
    # One waits to be heard, one is in the reader's hands.
    assert client.unread_by_service == 5 - 2
    await client.disconnect()


async def test_the_sound_of_items_that_wait_has_a_bound_in_time_and_not_in_bytes() -> None:
    """Two and a half minutes are 7 MB of the usual format and 1.2 MB of a telephone's."""
    client = await stuck_client()
    await client.update(input_audio_format="g711_ulaw", input_audio_sampling_rate=8_000)
    part = {"type": "input_audio", "audio": base64.b64encode(bytes(150_000 * 8)).decode()}
    for _ in range(10):
        client.send("conversation.item.create", item={"type": "message", "role": "user", "content": [part]})
    await asyncio.sleep(1)
    # Two are transcribed, one waits to be decoded, and two more may wait for that.
    assert len(client.of("conversation.item.created")) == MAX_TURNS_MS // 150_000 + 3
    await client.disconnect()


async def test_sound_that_waits_to_be_heard_has_a_bound_in_time_and_not_in_bytes() -> None:
    client = await stuck_client()
    await client.update(input_audio_format="g711_ulaw", input_audio_sampling_rate=8_000)
    for _ in range(MAX_TURNS + 1):
        client.send("input_audio_buffer.append", audio=base64.b64encode(bytes(800)).decode())
        client.send("input_audio_buffer.commit")
    await asyncio.sleep(1)
    assert client.unread_by_service == 0
    seconds = MAX_WAITING_MS // 1_000
    for _ in range(2 * seconds):
        client.send("input_audio_buffer.append", audio=base64.b64encode(bytes(8_000)).decode())
    await asyncio.sleep(1)
    # One is in the reader's hands.
    assert client.unread_by_service == seconds - 1
    await client.disconnect()


async def test_waiting_sound_of_many_bytes_a_second_has_a_bound_in_bytes() -> None:
    """Two channels at 48 kHz have four times the bytes of the usual format."""
    queue = InputQueue()
    queue.order(ConfigureListening(AudioFormat("pcm16", 48_000, 2), None, None))
    mebibyte = bytes(1024 * 1024)
    for _ in range(15):
        await asyncio.wait_for(queue.append(mebibyte), 1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(queue.append(mebibyte), 1)


async def test_appends_of_a_few_bytes_have_a_bound_in_number() -> None:
    """Otherwise what holds them would take a hundred times the memory of their sound."""
    client = await stuck_client()
    for _ in range(MAX_TURNS + 1):
        client.append(silence(100))
        client.send("input_audio_buffer.commit")
    for _ in range(MAX_WAITING_APPENDS + 5):
        client.send("input_audio_buffer.append", audio="AAA=")
    await asyncio.sleep(1)
    assert client.unread_by_service == 5 - 1
    await client.disconnect()


async def test_a_released_share_goes_to_what_waits() -> None:
    budget = Budget(max_count=2, max_size=100)
    await budget.acquire(60)
    too_large = asyncio.create_task(budget.acquire(60))
    await asyncio.sleep(0)
    assert not too_large.done()
    budget.release(60)
    await too_large
    await budget.acquire(1)
    too_many = asyncio.create_task(budget.acquire(1))
    await asyncio.sleep(0)
    assert not too_many.done()
    budget.release(60)
    await too_many


async def test_an_item_larger_than_the_budget_is_admitted_alone() -> None:
    budget = Budget(max_count=2, max_size=100)
    await budget.acquire(1_000)
    behind = asyncio.create_task(budget.acquire(0))
    await asyncio.sleep(0)
    assert not behind.done()
    budget.release(1_000)
    await behind
