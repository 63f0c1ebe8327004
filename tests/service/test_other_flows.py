"""Manual commits, clears, written turns, function calls and cancelling."""

import asyncio
import base64
import json
from typing import Any

import numpy as np

from openvoicelive.chat.interface import ToolCallArguments, ToolCallBegan
from openvoicelive.service.answering.pace import STRETCHES_AHEAD
from openvoicelive.service.answering.speech_track import STRETCH_MS
from tests.service.in_process_client import BYTES_PER_MS, conversation
from tests.service.scripted_engines import ChatStep, Wait, scripted, silence, tone
from tests.service.virtual_time import InlineExecutor

WEATHER = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
CALL: list[ChatStep] = [
    ToolCallBegan("call_1", "get_weather"),
    ToolCallArguments("call_1", '{"city":"Oslo"}'),
]


async def test_committed_sound_is_transcribed_and_answered_when_the_client_asks() -> None:
    engines = scripted(["book a table"], ["For how many?"])
    async with conversation(engines) as client:
        await client.update(turn_detection=None)
        client.append(tone(1_000))
        client.send("input_audio_buffer.commit")
        created = await client.until("conversation.item.created")
        assert created["item"]["content"][0]["transcript"] == "book a table"
        await client.play(silence(1_000))
        assert "response.created" not in client.types
        client.send("response.create")
        await client.until("response.done")
        assert client.transcript() == "For how many?"
        # The resampler holds back up to 3 ms.
        assert 990 < engines.recognizer.utterances[0].heard_ms <= 1_000


async def test_each_commit_gets_its_own_sound() -> None:
    engines = scripted(["one", "two"], [])
    async with conversation(engines) as client:
        await client.update(turn_detection=None)
        for duration_ms in (300, 700):
            client.append(tone(duration_ms))
            client.send("input_audio_buffer.commit")
        await client.until("conversation.item.created")
        await client.until("conversation.item.created")
        heard_ms = [utterance.heard_ms for utterance in engines.recognizer.utterances]
        assert [round(ms, -1) for ms in heard_ms] == [300, 700]


async def test_a_commit_under_an_answer_has_all_its_sound_although_the_echo_is_still_being_looked_for() -> (
    None
):
    engines = scripted(["wait"], ["One two three four five six seven."])
    async with conversation(engines) as client:
        await client.update(
            turn_detection=None,
            input_audio_echo_cancellation={"type": "server_echo_cancellation"},
            input_audio_transcription={"model": "azure-speech"},
        )
        await client.write("Count.")
        client.send("response.create")
        await client.until("response.audio.delta")
        await client.play(tone(960))
        client.send("input_audio_buffer.commit")
        await client.until("conversation.item.input_audio_transcription.completed")
        # But for a block that is not yet complete.
        assert engines.recognizer.utterances[0].heard_ms >= 960 - 32


async def test_a_response_asked_for_right_after_a_commit_knows_what_was_said() -> None:
    engines = scripted(["book a table"], ["For how many?"])
    async with conversation(engines) as client:
        await client.update(turn_detection=None)
        client.append(tone(1_000))
        client.send("input_audio_buffer.commit")
        client.send("response.create")
        await client.until("response.done")
        assert engines.chat.calls[0].said_last == "book a table"


async def test_transcripts_come_in_the_order_of_the_turns_though_the_first_was_harder() -> None:
    engines = scripted(["two", "one"], [], recognition_executor=InlineExecutor(0.0, 5.0))
    async with conversation(engines) as client:
        await client.update(turn_detection={"type": "server_vad", "create_response": False})
        client.append(np.concatenate([tone(640), silence(640), tone(640), silence(640)]))
        first = await client.until("conversation.item.input_audio_transcription.completed")
        second = await client.until("conversation.item.input_audio_transcription.completed")
        committed = [event["item_id"] for event in client.of("input_audio_buffer.committed")]
        assert [first["item_id"], second["item_id"]] == committed
        assert [first["transcript"], second["transcript"]] == ["one", "two"]


async def test_a_clear_in_mid_turn_forgets_the_turn() -> None:
    engines = scripted(["after all"], ["All right."])
    async with conversation(engines) as client:
        await client.play(tone(640))
        assert len(client.of("input_audio_buffer.speech_started")) == 1
        client.send("input_audio_buffer.clear")
        await client.until("input_audio_buffer.cleared")
        await client.play(silence(1_000))
        assert "input_audio_buffer.speech_stopped" not in client.types
        await client.speak()
        await client.until("response.done")
        assert len(client.of("input_audio_buffer.speech_started")) == 2
        assert engines.recognizer.utterances[-1].heard_ms < 1_300


async def test_a_clear_right_behind_the_sound_forgets_the_turn_that_began_in_it() -> None:
    engines = scripted(["after all"], ["All right."])
    async with conversation(engines) as client:
        client.append(tone(640))
        client.send("input_audio_buffer.clear")
        await client.until("input_audio_buffer.cleared")
        await client.play(silence(1_000))
        assert "input_audio_buffer.speech_started" not in client.types
        await client.speak()
        await client.until("response.done")
        assert len(client.of("input_audio_buffer.speech_started")) == 1


async def test_speech_over_a_clear_is_a_turn_that_begins_there() -> None:
    async with conversation(scripted(["hello"], ["Hello."])) as client:
        await client.update(turn_detection={"type": "server_vad", "speech_duration_ms": 0})
        client.append(tone(32))
        client.send("input_audio_buffer.clear")
        await client.until("input_audio_buffer.cleared")
        await client.speak()
        await client.until("response.done")
        started = client.of("input_audio_buffer.speech_started")
        assert [event["audio_start_ms"] in range(28, 36) for event in started] == [True]


async def test_a_commit_right_behind_the_sound_ends_the_turn_that_began_in_it() -> None:
    engines = scripted(["one", "two"], ["Two what?"])
    async with conversation(engines) as client:
        client.append(tone(640))
        client.send("input_audio_buffer.commit")
        await client.until("conversation.item.created")
        await client.play(silence(1_000))
        assert "input_audio_buffer.speech_started" not in client.types
        await client.speak()
        await client.until("response.done")
        assert len(client.of("input_audio_buffer.speech_started")) == 1
        assert len(client.of("input_audio_buffer.committed")) == 2


async def test_cancel_answers_within_two_stretches_though_the_synthesizer_is_fast() -> None:
    engines = scripted([], ["word " * 200])
    async with conversation(engines) as client:
        await client.write("talk")
        client.send("response.create")
        await asyncio.sleep(1)
        before = len(client.of("response.audio.delta"))
        client.send("response.cancel")
        done = await client.until("response.done")
        assert done["response"]["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
        assert len(client.of("response.audio.delta")) - before <= STRETCHES_AHEAD
        made_ms = engines.synthesizer.words_spoken * engines.synthesizer.word_ms
        ahead_ms = made_ms - len(client.sound()) / BYTES_PER_MS
        # Two stretches wait in each of the answer's queues, beside what is in the synthesizer's hands.
        assert ahead_ms <= 2 * STRETCHES_AHEAD * STRETCH_MS + 2 * engines.synthesizer.word_ms


async def test_a_cancelled_answer_says_nothing_more_and_the_next_one_is_whole() -> None:
    engines = scripted([], ["word " * 50, "Second answer."])
    async with conversation(engines) as client:
        await client.write("talk")
        client.send("response.create")
        await client.until("response.audio.delta")
        client.send("response.cancel")
        cancelled = await client.until("response.done")
        client.send("response.create")
        done = await client.until("response.done")
        assert done["response"]["status"] == "completed"
        late = client.events[client.events.index(cancelled) + 1 :]
        assert all(event.get("response_id") != cancelled["response"]["id"] for event in late)


async def test_of_cancelled_answers_no_task_is_left_while_the_session_goes_on() -> None:
    engines = scripted([], [["word " * 50, Wait()]] * 5)
    async with conversation(engines) as client:
        await client.write("talk")
        before = len(asyncio.all_tasks())
        for _ in range(5):
            client.send("response.create")
            await client.until("response.audio.delta")
            client.send("response.cancel")
            await client.until("response.done")
            await asyncio.sleep(0.001)
            assert len(asyncio.all_tasks()) == before


async def test_cancelling_while_the_model_is_silent_stops_it_at_once() -> None:
    engines = scripted([], [[Wait()]])
    async with conversation(engines) as client:
        await client.write("talk")
        client.send("response.create")
        await client.until("response.created")
        await asyncio.sleep(1)
        client.send("response.cancel")
        done = await client.until("response.done")
        assert done["response"]["status"] == "cancelled"
        await asyncio.sleep(0.001)
        assert not engines.chat.calls[0].is_open


async def test_a_function_call_and_its_result() -> None:
    engines = scripted([], [CALL, "It is sunny in Oslo."])
    async with conversation(engines) as client:
        await client.update(tools=[WEATHER])
        done = await client.ask("What is the weather in Oslo?")
        call = done["response"]["output"][0]
        assert (call["name"], json.loads(call["arguments"])) == ("get_weather", {"city": "Oslo"})
        assert engines.chat.calls[0].request.tools[0].name == "get_weather"
        output = {"type": "function_call_output", "call_id": call["call_id"], "output": "sunny"}
        client.send("conversation.item.create", item=output)
        client.send("response.create")
        await client.until("response.done")
        assert client.transcript() == "It is sunny in Oslo."


async def test_what_is_said_before_a_call_is_a_message_of_its_own() -> None:
    async with conversation(scripted([], [["One moment.", *CALL]])) as client:
        await client.update(tools=[WEATHER])
        done = await client.ask("What is the weather in Oslo?")
        assert [item["type"] for item in done["response"]["output"]] == ["message", "function_call"]
        assert client.transcript() == "One moment."


async def test_the_named_function_reaches_the_model() -> None:
    engines = scripted([], [CALL])
    async with conversation(engines) as client:
        await client.update(tools=[WEATHER])
        await client.ask("hm", tool_choice={"type": "function", "name": "get_weather"})
        assert engines.chat.calls[0].request.tool_choice == "function:get_weather"


async def test_the_voice_of_the_session_reaches_the_synthesizer() -> None:
    engines = scripted([], ["Buongiorno."])
    async with conversation(engines) as client:
        await client.update(voice={"type": "azure-standard", "name": "it-IT-IsabellaNeural"})
        await client.ask("saluta")
        voice = engines.synthesizer.voices[0]
        assert (voice.name, voice.language) == ("it-IT-IsabellaNeural", "it-IT")


async def test_sound_comes_in_the_format_that_was_asked_for() -> None:
    bytes_per_ms = {"g711_ulaw": 8, "g711_alaw": 8, "pcm16_8000hz": 16, "pcm16_48000hz": 96}
    for name, expected in bytes_per_ms.items():
        engines = scripted([], ["One two."])
        async with conversation(engines) as client:
            await client.ask("count", output_audio_format=name)
            assert len(client.sound()) == 2 * engines.synthesizer.word_ms * expected


async def test_sound_is_understood_in_every_input_format() -> None:
    formats: list[tuple[dict[str, Any], bytes, bytes]] = [
        ({"input_audio_format": "g711_ulaw"}, b"\x00\x80" * 400, b"\xff\xff" * 400),
        ({"input_audio_format": "g711_alaw"}, b"\x2a\xaa" * 400, b"\xd5\xd5" * 400),
        (
            {"input_audio_format": "pcm16", "input_audio_sampling_rate": 16_000},
            tone(100, 16_000).tobytes(),
            silence(100, 16_000).tobytes(),
        ),
    ]
    for options, loud_100_ms, quiet_100_ms in formats:
        async with conversation(scripted(["hello"], ["Hello."])) as client:
            await client.update(**options)
            for piece in [loud_100_ms] * 6 + [quiet_100_ms] * 8:
                client.send("input_audio_buffer.append", audio=base64.b64encode(piece).decode())
            await client.until("response.done")
            started = client.of("input_audio_buffer.speech_started")[0]
            stopped = client.of("input_audio_buffer.speech_stopped")[0]
            assert started["audio_start_ms"] == 0
            assert abs(stopped["audio_end_ms"] - 1_120) <= 64
