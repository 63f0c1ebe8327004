"""Another dialect talks with the same service: its names, shapes and defaults are in one file of its own."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from openvoicelive.service.app import Service
from openvoicelive.service.engines import Engines
from openvoicelive.settings import Settings
from tests.conformance.wire_checker import Event
from tests.service.in_process_client import InProcessClient
from tests.service.scripted_engines import ScriptedEngines, scripted, silence, tone
from tests.service.toy_dialect import PATH, SILENCE_MS, open_toy

PIECE_MS = 20


def is_toys(event: Event) -> None:
    assert event["event_id"].startswith("event_")


@asynccontextmanager
async def toy(engines: ScriptedEngines) -> AsyncIterator[InProcessClient]:
    """Connect a toy to a service of its own."""

    async def load(_: Settings) -> Engines:
        return engines.together()

    service = Service(Settings(), load, endpoints={PATH: open_toy})
    await service.start()
    client = InProcessClient(service, PATH, is_toys)
    await client.connect("")
    yield client
    await client.disconnect()


def do(client: InProcessClient, name: str, **fields: object) -> None:
    client.send_text(json.dumps({"do": name, **fields}))


def say(client: InProcessClient, duration_ms: int) -> None:
    """Speak for so long, then be quiet for longer than ends a turn."""
    for sound in (tone(duration_ms), silence(SILENCE_MS + 200)):
        piece = PIECE_MS * 24
        for start in range(0, sound.size, piece):
            text = base64.b64encode(sound[start : start + piece].tobytes()).decode()
            do(client, "sound", sound=text)


async def test_a_session_has_its_dialects_shape_and_defaults() -> None:
    async with toy(scripted()) as client:
        shown = (await client.until("hello"))["session"]
        audio = {"input": {"silence_ms": SILENCE_MS}, "output": {"voice": "alloy"}}
        assert shown == {"type": "toy", "instructions": "Be kind.", "audio": audio}
        do(client, "configure", session={"type": "toy", "audio": {"output": {"voice": "echo"}}})
        shown = (await client.until("configured"))["session"]
        assert shown["audio"] == {"input": {"silence_ms": SILENCE_MS}, "output": {"voice": "echo"}}


async def test_a_spoken_turn_is_heard_and_answered_in_its_words() -> None:
    async with toy(scripted(["Hello."], answers=["Good morning."])) as client:
        say(client, 640)
        await client.until("answer.ended")
    kinds = list(dict.fromkeys(client.types))
    assert kinds == [
        *("hello", "user.began", "user.ended", "item.added", "item.done", "user.words"),
        *("answer.began", "assistant.words", "assistant.sound", "answer.ended"),
    ]
    spoken, answer = client.of("item.done")
    assert (spoken["role"], spoken["words"], spoken["after"]) == ("user", None, None)
    assert (answer["words"], answer["after"]) == ("Good morning.", spoken["id"])
    assert client.of("user.words")[0]["item_id"] == spoken["id"]
    assert all(base64.b64decode(event["delta"]) for event in client.of("assistant.sound"))


async def test_a_written_turn_is_answered_and_can_be_stopped() -> None:
    async with toy(scripted(answers=["word " * 200])) as client:
        do(client, "write", text="Talk on.")
        do(client, "ask")
        await client.until("assistant.sound")
        do(client, "stop")
        ended = await client.until("answer.ended")
    assert ended["response"]["status"] == "cancelled"
    assert [event["words"] for event in client.of("item.added")] == ["Talk on.", None]
    assert client.of("item.done")[-1]["words"].startswith("word")


async def test_what_is_refused_is_told_with_the_dialects_own_paths() -> None:
    async with toy(scripted(answers=["Hello."])) as client:
        do(client, "ask", event_id="mine")
        await client.until("answer.ended")
        louder = {"type": "toy", "audio": {"output": {"voice": "echo"}}}
        shorter = {"type": "toy", "audio": {"input": {"silence_ms": -1}}}
        unknown = {"type": "toy", "audio": {"echo": True}}
        refused = []
        for number, session in enumerate((louder, shorter, unknown)):
            do(client, "configure", event_id=f"mine_{number}", session=session)
            refused.append((await client.until("refused"))["error"])
    assert [(error["code"], error["param"], error["event_id"]) for error in refused] == [
        ("cannot_update_voice", "session.audio.output.voice", "mine_0"),
        ("negative", "session.audio.input.silence_ms", "mine_1"),
        ("unknown_parameter", "session.audio.echo", "mine_2"),
    ]


async def test_a_path_without_a_dialect_is_not_there() -> None:
    service = Service(Settings(), endpoints={PATH: open_toy})
    client = InProcessClient(service)
    await client.connect()
    assert client.refused is not None
    assert client.refused["status"] == 404
