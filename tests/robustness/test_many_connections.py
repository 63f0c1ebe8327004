"""Many connections, busy engines, engines that do not load: what is left, and who still gets an answer."""

import asyncio
import gc
import socket
import struct
import sys
import threading
from collections.abc import Callable

import psutil
import pytest

from openvoicelive.errors import EngineError, EngineNotInstalled
from openvoicelive.service import engines as engines_module
from openvoicelive.service.app import Service
from openvoicelive.settings import Settings
from tests.robustness.running_service import RunningService, running_service, text_frame
from tests.service.scripted_engines import scripted, tone

MEGABYTE = 1024 * 1024
CONNECTS = 1_000


class Baseline:
    """What the process holds: tasks, threads, sockets and memory."""

    def __init__(self) -> None:
        gc.collect()
        process = psutil.Process()
        self.tasks = len(asyncio.all_tasks())
        self.threads = threading.active_count()
        self.sockets = process.num_fds()
        self.memory_bytes = process.memory_info().rss


async def come_and_go(service: RunningService, number: int) -> None:
    """Connect and leave: properly, in the middle of a message, or by a reset."""
    match number % 4:
        case 0:
            async with service.client() as client:
                await client.round_trip()
        case 1:
            async with service.client() as client:
                await client.send("response.create")
        case _:
            raw = await service.raw_client()
            event = {"type": "input_audio_buffer.append", "audio": "A" * 1_000}
            await asyncio.get_running_loop().sock_sendall(raw, text_frame(event)[: -(number % 2)])
            if number % 4 == 3:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raw.close()


async def test_after_a_thousand_connects_tasks_threads_sockets_and_memory_are_as_before() -> None:
    engines = scripted([], [["One two. " * 100]] * CONNECTS)
    async with running_service(engines) as service:
        for number in range(40):  # the first ones also fill caches and start threads
            await come_and_go(service, number)
        await service.until_nobody_is_connected()
        before = Baseline()
        for first in range(0, CONNECTS, 20):
            await asyncio.gather(*(come_and_go(service, first + number) for number in range(20)))
        await service.until_nobody_is_connected()
        await service.until(lambda: Baseline().tasks <= before.tasks, "no task is left")
        after = Baseline()
        assert after.threads <= before.threads
        assert after.sockets <= before.sockets
        assert after.memory_bytes - before.memory_bytes < 20 * MEGABYTE
        assert not [call for call in engines.chat.calls if call.is_open]


async def test_pings_are_answered_while_engines_are_busy() -> None:
    """The engines do not come back before the pong has: were the loop held up, this could not end."""
    answered = threading.Event()
    engines = scripted(["hello"], ["Hello."])
    engines.recognizer.before_transcript = answered.wait
    async with running_service(engines) as service, service.client() as client:
        await client.send("session.update", session={"turn_detection": None})
        await client.append(tone(500))
        await client.send("input_audio_buffer.commit")
        await client.send("response.create")
        await service.until(lambda: engines.recognizer.asked == 1, "the recogniser is at work")
        async with asyncio.timeout(10):
            await (await client.socket.ping())
        answered.set()
        done = await client.until("response.done")
        assert done["response"]["status"] == "completed"


async def test_a_busy_recogniser_holds_up_no_answer_of_another() -> None:
    answered = threading.Event()
    engines = scripted(["hello"], ["Hello."])
    engines.recognizer.before_transcript = answered.wait
    async with running_service(engines) as service, service.client() as client, service.client() as other:
        await client.send("session.update", session={"turn_detection": None})
        await client.append(tone(500))
        await client.send("input_audio_buffer.commit")
        await service.until(lambda: engines.recognizer.asked == 1, "the recogniser is at work")
        done = await other.ask("hello")
        assert done["response"]["status"] == "completed"
        answered.set()
        await client.until("conversation.item.created")


def raising(error: Exception) -> Callable[[], object]:
    def load() -> object:
        raise error

    return load


async def test_a_session_without_any_engine_says_what_is_missing_and_goes_on_in_writing(
    monkeypatch: pytest.MonkeyPatch, refusing_url: str
) -> None:
    monkeypatch.setattr(
        engines_module, "silero_model_path", raising(EngineNotInstalled("No voice activity."))
    )
    monkeypatch.setattr(engines_module, "load_recognizer", raising(EngineNotInstalled("No recognition.")))
    monkeypatch.setattr(engines_module, "load_synthesizer", raising(EngineNotInstalled("No voice.")))
    engines = await engines_module.load_engines(Settings(chat_url=refusing_url))
    assert engines.problems == ("No voice activity.", "No recognition.", "No voice.")
    engines.chat = scripted([], ["Spoken.", "Written."]).chat
    async with running_service(engines) as service, service.client() as client:
        assert (await client.until("error"))["error"]["code"] == "engine_missing"
        await client.append(tone(500))
        await client.send("input_audio_buffer.commit")
        failed = await client.until("conversation.item.input_audio_transcription.failed")
        assert failed["error"]["code"] == "engine_missing"
        assert "No recognition." in failed["error"]["message"]
        spoken = await client.ask("hello")
        assert "No voice." in spoken["response"]["status_details"]["error"]["message"]
        written = await client.ask("hello", modalities=["text"])
        assert written["response"]["status"] == "completed"


async def test_whatever_a_library_raises_when_it_loads_the_start_goes_on(
    monkeypatch: pytest.MonkeyPatch, refusing_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    for number, name in enumerate(("silero_model_path", "load_recognizer", "load_synthesizer")):
        errors = (AttributeError("no symbol"), OSError("/lib/x.so"), RuntimeError("broken"))
        monkeypatch.setattr(engines_module, name, raising(errors[number]))
    monkeypatch.setitem(sys.modules, "openvoicelive.chat.openai_compatible", None)
    engines = await engines_module.load_engines(Settings(chat_url=refusing_url))
    assert sorted(engines.problems) == [
        "Speech recognition does not load (OSError); the log says more.",
        "The client of chat models does not load; the log says more.",
        "The voice does not load (RuntimeError); the log says more.",
        "Voice activity does not load (AttributeError); the log says more.",
    ]
    assert caplog.text.count("Traceback") == 4
    assert engines.chat.name == "guide"
    await engines.close()


async def test_a_service_whose_engines_do_not_load_does_not_start() -> None:
    async def load(_: Settings) -> engines_module.Engines:
        raise EngineError("Nothing loads.")

    with pytest.raises(EngineError):
        await Service(Settings(), load).start()
