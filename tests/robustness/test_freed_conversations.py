"""A conversation that has ended leaves nothing in memory, however it ended, without the garbage collector."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from copy import copy
from functools import partial
from typing import Any

import pytest

from openvoicelive.allowed_servers import AllowedServers
from openvoicelive.errors import EngineError
from openvoicelive.tools.mcp import McpServers
from tests.live_objects import assert_nothing_is_left, nothing_logged
from tests.mcp_server import mcp_server
from tests.robustness.running_service import Client, RunningService, running_service, threaded
from tests.service.scripted_engines import Wait, scripted, silence, tone

CONVERSATIONS = 10
"""Of each kind, of which there are a dozen."""

ANSWER = ["Hello there. How are you?"]
LONG_ANSWER = ["Hello there. " * 40]
SESSION = {
    "turn_detection": {"type": "server_vad", "silence_duration_ms": 300},
    "input_audio_transcription": {"model": "azure-speech"},
}
HEARD = "conversation.item.input_audio_transcription.completed"
NOT_HEARD = "conversation.item.input_audio_transcription.failed"

Talk = Callable[[Client], Awaitable[None]]


async def speak(client: Client) -> None:
    await client.append(tone(600))
    await client.append(silence(600))


async def is_answered(client: Client) -> None:
    await speak(client)
    await client.until("response.done")


async def interrupts(client: Client) -> None:
    await speak(client)
    await client.until("response.audio.delta")
    await is_answered(client)
    await client.until("response.audio.delta")


async def cancels(client: Client) -> None:
    await speak(client)
    await client.until("response.audio.delta")
    await client.send("response.cancel")
    await client.until("response.done")


async def leaves_while_it_is_answered(client: Client) -> None:
    await speak(client)
    await client.until("response.audio.delta")
    client.socket.transport.abort()


async def leaves_while_the_model_thinks(client: Client) -> None:
    await speak(client)
    await client.until("response.created")


async def is_not_understood(client: Client) -> None:
    await speak(client)
    await client.until(NOT_HEARD)


async def breaks_rules(client: Client) -> None:
    await client.send("no.such.event")
    await client.until("error")
    await client.send("response.cancel")
    await client.until("error")


async def breaks_the_protocol(client: Client) -> None:
    client.socket.transport.write(b"\xff\xff\xff\xff")
    await client.socket.wait_closed()


async def speaks_an_unknown_language(client: Client) -> None:
    await client.send("session.update", session={"input_audio_transcription": {"language": "tlh"}})
    await speak(client)
    await client.until(NOT_HEARD)


@pytest.fixture(autouse=True)
def nothing_is_logged() -> Iterator[None]:
    with nothing_logged():
        yield


async def assert_all_is_freed(
    talk: Talk, heard: list[str | Exception], answers: list[list[Any]], *, fails: Exception | None = None
) -> None:
    """Hold the conversation often, each time with engines that say what the script says."""
    scripts = scripted()

    async def converse(service: RunningService) -> None:
        # An error keeps the frames that it went through, and those of the script are kept.
        scripts.recognizer.script = [copy(step) for step in heard]
        scripts.chat.script = [[copy(step) for step in answer] for answer in answers]
        scripts.synthesizer.fails = copy(fails)
        async with service.client() as client:
            await client.send("session.update", session=SESSION)
            await talk(client)
        await service.until_nobody_is_connected()
        # How much of an interrupted answer was spoken, and noted, differs from one conversation to the next.
        scripts.forget()

    async with running_service(threaded(scripts)) as service:
        await assert_nothing_is_left(partial(converse, service), CONVERSATIONS)


@pytest.mark.parametrize(
    ("talk", "heard", "answers"),
    [
        (is_answered, ["hello"], [ANSWER]),
        (interrupts, ["hello", "stop"], [LONG_ANSWER, ANSWER]),
        (cancels, ["hello"], [LONG_ANSWER]),
        (leaves_while_it_is_answered, ["hello"], [LONG_ANSWER]),
        (leaves_while_the_model_thinks, ["hello"], [[Wait()]]),
        (is_not_understood, [RuntimeError("a bug"), RuntimeError("a bug")], []),
        (is_not_understood, [EngineError("It hears nothing.")], []),
        (is_answered, ["hello"], [[RuntimeError("a bug")]]),
        (is_answered, ["hello"], [["Hello. ", EngineError("It is gone.")]]),
        (breaks_rules, [], []),
        (breaks_the_protocol, [], []),
        (speaks_an_unknown_language, [], []),
    ],
    ids=lambda part: part.__name__ if callable(part) else None,
)
async def test_nothing_is_left_of_conversations(
    talk: Talk, heard: list[str | Exception], answers: list[list[Any]]
) -> None:
    await assert_all_is_freed(talk, heard, answers)


async def test_nothing_is_left_of_conversations_in_which_the_voice_fails() -> None:
    await assert_all_is_freed(is_answered, ["hello"], [ANSWER], fails=RuntimeError("a bug"))


async def test_nothing_is_left_of_conversations_in_which_a_speculative_reply_is_dropped() -> None:
    scripts = scripted()

    async def converse(service: RunningService) -> None:
        scripts.recognizer.script = ["hello", "hello there"]
        scripts.chat.script = [[Wait()], [*ANSWER]]
        scripts.forget()
        async with service.client() as client:
            await client.send("session.update", session=SESSION)
            await client.append(tone(600))
            await client.append(silence(250))
            await service.until(lambda: len(scripts.chat.calls) == 1, "an answer is drafted in the pause")
            await is_answered(client)
        await service.until_nobody_is_connected()

    async with running_service(threaded(scripts)) as service:
        await assert_nothing_is_left(partial(converse, service), CONVERSATIONS)


async def test_of_conversations_with_an_mcp_server_nothing_is_left_but_the_connection_to_it() -> None:
    """The MCP client, mcp 2, leaves reference cycles of its own, which hold our part of the connection."""
    with mcp_server() as address:
        together = threaded(scripted())
        together.tool_servers = lambda tasks: McpServers(AllowedServers.parse([f"{address}/mcp"]), tasks)
        tool = {"type": "mcp", "server_label": "weather", "server_url": f"{address}/mcp"}

        async def converse(service: RunningService) -> None:
            async with service.client() as client:
                await client.send("session.update", session={"tools": [tool]})
                await client.until("mcp_list_tools.completed")
            await service.until_nobody_is_connected()

        async with running_service(together) as service, asyncio.timeout(120):
            await assert_nothing_is_left(
                partial(converse, service),
                CONVERSATIONS,
                apart_from=("openvoicelive.tools.", "openvoicelive.allowed_servers."),
            )
