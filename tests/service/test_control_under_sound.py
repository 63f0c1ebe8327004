"""Control never waits behind sound, and yet each event applies to exactly the sound before it."""

import asyncio
import base64
from itertools import count
from typing import Any

import pytest

from openvoicelive.audio.pcm import Int16Samples
from openvoicelive.protocol.dialects.voice_live.dialect import VoiceLive
from openvoicelive.protocol.ids import Prefix
from openvoicelive.protocol.server_events import ResponseDone
from openvoicelive.protocol.session.session import Input, Session
from openvoicelive.protocol.session.state import Output
from openvoicelive.service.conversations.conductor import Conductor
from tests.protocol.wire import session_start
from tests.service.in_process_client import InProcessClient, conversation
from tests.service.scripted_engines import ScriptedEngines, scripted, silence, tone
from tests.service.scripted_peer import ScriptedPeer

MINUTES_MS = 180_000
SOON_S = 0.02
PIECE_MS = 20


# A resampler withholds so much until more comes.
RESAMPLER_MS = 4


def now_s() -> float:
    return asyncio.get_running_loop().time()


def heard_ms(engines: ScriptedEngines) -> list[float]:
    """Return how much sound each utterance had."""
    return [utterance.heard_ms for utterance in engines.recognizer.utterances]


async def speaking(client: InProcessClient) -> None:
    """Have a long answer begun."""
    await client.update(turn_detection=None)
    await client.write("Go on.")
    client.send("response.create")
    await client.until("response.audio.delta")


async def cancel(client: InProcessClient) -> float:
    """Cancel the answer; return the seconds until it is over."""
    began_s = now_s()
    client.send("response.cancel")
    done = await client.until("response.done")
    assert done["response"]["status"] == "cancelled"
    return now_s() - began_s


async def test_a_cancel_overtakes_minutes_of_sound_in_one_message() -> None:
    async with conversation(scripted(answers=["word " * 100])) as client:
        await speaking(client)
        client.append(silence(MINUTES_MS))
        assert await cancel(client) < SOON_S


async def test_a_cancel_overtakes_minutes_of_sound_in_many_messages() -> None:
    async with conversation(scripted(answers=["word " * 100])) as client:
        await speaking(client)
        audio = base64.b64encode(silence(PIECE_MS).tobytes()).decode()
        for _ in range(MINUTES_MS // PIECE_MS):
            client.send("input_audio_buffer.append", audio=audio)
        assert await cancel(client) < SOON_S


async def test_options_that_are_not_of_sound_and_items_overtake_it_too() -> None:
    async with conversation(scripted()) as client:
        await client.update(turn_detection=None)
        client.append(silence(MINUTES_MS))
        began_s = now_s()
        await client.update(instructions="Be brief.")
        await client.write("Hello.")
        assert now_s() - began_s < SOON_S


async def test_a_commit_takes_exactly_the_sound_before_it() -> None:
    engines = scripted(["one", "two"])
    async with conversation(engines) as client:
        await client.update(turn_detection=None)
        for duration_ms in (1_000, 2_000):
            client.append(tone(duration_ms))
            client.send("input_audio_buffer.commit")
        client.append(tone(4_000))
        for _ in range(2):
            await client.until("conversation.item.input_audio_transcription.completed")
    assert heard_ms(engines) == pytest.approx([1_000, 2_000], abs=RESAMPLER_MS)


async def test_a_commit_takes_all_the_sound_before_it_although_a_turn_ends_in_it() -> None:
    engines = scripted(["a turn", "all of it"])
    async with conversation(engines) as client:
        await client.update(turn_detection={"type": "server_vad", "create_response": False})
        client.append(tone(700))
        client.append(silence(1_300))
        client.append(tone(700))
        client.send("input_audio_buffer.commit")
        completed = await client.until("conversation.item.input_audio_transcription.completed")
    assert completed["transcript"] == "all of it"
    assert heard_ms(engines)[-1] == pytest.approx(2_700, abs=RESAMPLER_MS)


async def test_a_clear_forgets_exactly_the_sound_before_it() -> None:
    engines = scripted(["words"])
    async with conversation(engines) as client:
        await client.update(turn_detection=None)
        client.append(tone(MINUTES_MS))
        client.send("input_audio_buffer.clear")
        client.append(tone(700))
        client.send("input_audio_buffer.commit")
        await client.until("conversation.item.input_audio_transcription.completed")
    assert heard_ms(engines) == pytest.approx([700], abs=RESAMPLER_MS)


async def test_a_change_of_the_format_applies_to_the_sound_after_it() -> None:
    engines = scripted(["words"])
    async with conversation(engines) as client:
        await client.update(turn_detection=None)
        client.append(tone(500))
        client.send(
            "session.update", session={"input_audio_format": "g711_ulaw", "input_audio_sampling_rate": 8_000}
        )
        client.send("input_audio_buffer.append", audio=base64.b64encode(bytes(8_000)).decode())
        client.send("input_audio_buffer.commit")
        await client.until("conversation.item.input_audio_transcription.completed")
    assert heard_ms(engines) == pytest.approx([1_500], abs=2 * RESAMPLER_MS)


async def test_an_append_that_is_refused_names_the_clients_event() -> None:
    async with conversation(scripted()) as client:
        await client.update(
            input_audio_format="pcm16",
            input_audio_echo_cancellation={
                "type": "server_echo_cancellation",
                "reference_source": "client",
                "channels": 2,
            },
        )
        client.send("input_audio_buffer.append", audio="AAA=", event_id="mine")
        error = (await client.until("error"))["error"]
        assert (error["code"], error["param"], error["event_id"]) == ("invalid_value", "audio", "mine")


class RecordedSession(Session):
    """Keeps what it is given and what follows."""

    def __init__(self) -> None:
        numbers = count(1)

        def new_id(prefix: Prefix) -> str:
            return f"{prefix}_{next(numbers)}"

        dialect = VoiceLive(api_version="2026-07-15", model="gpt-4o", new_id=new_id)
        super().__init__(dialect.begin(session_start()), new_id=new_id)
        self.inputs: list[Input] = []
        self.outputs: list[Output] = []

    def receive(self, input: Input) -> Any:
        self.inputs.append(input)
        for output in super().receive(input):
            self.outputs.append(output)
            yield output


def append(sound: Int16Samples) -> dict[str, Any]:
    return {"type": "input_audio_buffer.append", "audio": base64.b64encode(sound.tobytes()).decode()}


TURNS_BY_DETECTION = [append(tone(700)), append(silence(700)), {"type": "session.update", "session": {}}]
TURNS_BY_COMMIT = [
    append(tone(300)),
    {"type": "input_audio_buffer.clear"},
    append(tone(400)),
    {"type": "input_audio_buffer.commit"},
    {"type": "response.create"},
    append(tone(100)),
]


@pytest.mark.parametrize("messages", [TURNS_BY_DETECTION, TURNS_BY_COMMIT])
async def test_the_inputs_of_a_session_replay_exactly(messages: list[dict[str, Any]]) -> None:
    recorded = RecordedSession()
    peer = ScriptedPeer(messages, until=ResponseDone)
    engines = scripted(["One."], answers=["Yes."]).together()
    await Conductor(recorded, engines, peer, limit_s=1_000, send_deadline_s=1).run()
    replayed = RecordedSession()
    list(replayed.start())
    for received in recorded.inputs:
        list(replayed.receive(received))
    assert replayed.outputs == recorded.outputs
    assert len(recorded.outputs) > len(messages)
