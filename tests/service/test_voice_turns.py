"""What the user says aloud, from the first sound to the answer."""

import base64

import numpy as np
import pytest

from openvoicelive.chat.interface import ChatEnd
from openvoicelive.recognition.interface import Capabilities
from openvoicelive.service.answering.pace import LEAD_S
from tests.service.in_process_client import BYTES_PER_MS, conversation
from tests.service.scripted_engines import Wait, scripted, silence, tone
from tests.service.virtual_time import InlineExecutor

ANSWER = "It is five o'clock. Shall I set a timer?"
TURN = [
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.input_audio_transcription.completed",
    "conversation.item.created",
    "response.created",
    "response.output_item.added",
    "conversation.item.created",
    "response.content_part.added",
]


async def test_a_spoken_turn_is_answered_with_sound_and_transcript() -> None:
    engines = scripted(["what time is it"], [ANSWER])
    async with conversation(engines) as client:
        await client.speak()
        done = await client.until("response.done")
        assert client.types[1 : len(TURN) + 1] == TURN
        assert (
            client.of("conversation.item.created")[0]["item"]["content"][0]["transcript"] == "what time is it"
        )
        assert done["response"]["output"][0]["content"][0]["transcript"] == ANSWER
        assert len(client.sound()) == len(ANSWER.split()) * engines.synthesizer.word_ms * BYTES_PER_MS
        assert engines.chat.calls[0].said_last == "what time is it"


async def test_the_sound_of_an_answer_is_what_the_synthesizer_made() -> None:
    async with conversation(scripted(["hello"], ["Hi there."])) as client:
        await client.speak()
        await client.until("response.done")
        assert np.array_equal(np.frombuffer(client.sound(), "<i2"), np.concatenate([tone(200)] * 2))


async def test_the_words_of_an_answer_come_with_the_sound_they_belong_to() -> None:
    engines = scripted(["hello"], ["One two three four. Five six."])
    async with conversation(engines) as client:
        await client.speak()
        await client.until("response.done")
        sound_ms = 0.0
        heard: dict[str, float] = {}
        for event in client.events:
            if event["type"] == "response.audio_transcript.delta":
                heard |= dict.fromkeys(event["delta"].split(), sound_ms)
            elif event["type"] == "response.audio.delta":
                sound_ms += len(base64.b64decode(event["delta"])) / BYTES_PER_MS
        assert heard == {"One": 0, "two": 200, "three": 400, "four.": 600, "Five": 800, "six.": 1000}


async def test_word_times_are_told_to_who_asks_for_them() -> None:
    async with conversation(scripted(["hello"], ["One, two. Three."])) as client:
        await client.update(output_audio_timestamp_types=["word"])
        await client.speak()
        await client.until("response.done")
        times = [
            (event["text"], event["audio_offset_ms"]) for event in client.of("response.audio_timestamp.delta")
        ]
        assert [at_ms for _, at_ms in times] == [0, 200, 400]


async def test_first_sound_goes_out_before_the_model_has_finished() -> None:
    engines = scripted(["tell me more"], [["Well, of course I can. ", Wait(10), "Here it is."]])
    async with conversation(engines) as client:
        await client.speak()
        await client.until("response.audio.delta")
        assert engines.chat.calls[0].is_open
        await client.until("response.done")
        assert client.transcript() == "Well, of course I can. Here it is."


async def test_early_recognition_is_used_when_the_silence_lasts() -> None:
    # As long as this it is hidden in the silence that is waited for.
    engines = scripted(["good morning"], ["Good morning."], recognition_executor=InlineExecutor(0.25))
    async with conversation(engines) as client:
        await client.speak()
        await client.until("response.done")
        stopped_s = client.times_of("input_audio_buffer.speech_stopped")
        written_s = client.times_of("conversation.item.input_audio_transcription.completed")
        assert written_s == stopped_s
        assert engines.recognizer.asked == 1


async def test_early_recognition_is_not_used_when_the_speaker_goes_on() -> None:
    engines = scripted(["turn on", "turn on the light"], [["Do you mean"], "Done."])
    async with conversation(engines) as client:
        await client.speak(silence_ms=320)
        await client.speak()
        await client.until("response.done")
        completed = client.of("conversation.item.input_audio_transcription.completed")
        assert [event["transcript"] for event in completed] == ["turn on the light"]
        assert engines.chat.calls[-1].said_last == "turn on the light"
        assert client.transcript() == "Done."
        assert len(engines.recognizer.utterances) == 1


async def test_recognition_that_lasts_longer_than_the_silence_is_waited_for() -> None:
    engines = scripted(["good morning"], ["Good morning."], recognition_executor=InlineExecutor(2.0))
    async with conversation(engines) as client:
        await client.speak()
        await client.until("response.done")
        assert client.transcript() == "Good morning."
        assert engines.recognizer.asked == 1


async def test_the_recogniser_hears_each_sound_of_a_turn_once() -> None:
    engines = scripted(["turn on", "turn on the light"], ["What?", "Done."])
    async with conversation(engines) as client:
        await client.speak(silence_ms=320)
        await client.speak()
        stopped = await client.until("input_audio_buffer.speech_stopped")
        await client.until("response.done")
        heard_ms = engines.recognizer.utterances[0].heard_ms
        started = client.of("input_audio_buffer.speech_started")[0]
        spoken_ms = stopped["audio_end_ms"] - started["audio_start_ms"]
        assert spoken_ms - 400 < heard_ms <= spoken_ms


async def test_a_speculative_reply_is_taken_over_when_the_silence_lasts() -> None:
    engines = scripted(["hello"], [[Wait(0.2), "Hello, how are you?"]])
    async with conversation(engines) as client:
        await client.speak()
        await client.until("response.done")
        assert len(engines.chat.calls) == 1
        first_sound_s = client.times_of("response.audio.delta")[0]
        assert first_sound_s == client.times_of("response.created")[0]


async def test_a_speculative_reply_is_dropped_when_the_user_goes_on() -> None:
    engines = scripted(["turn on", "turn on the light"], [["Turn on", Wait()], "Done."])
    async with conversation(engines) as client:
        await client.speak(silence_ms=320)
        assert [call.is_open for call in engines.chat.calls] == [True]
        await client.speak(silence_ms=0)
        assert [call.is_open for call in engines.chat.calls] == [False]
        await client.play(silence(640))
        await client.until("response.done")
        assert client.transcript() == "Done."
        assert len(client.of("response.created")) == 1


async def test_a_speculative_reply_that_meanwhile_would_be_another_answer_is_not_used() -> None:
    engines = scripted(["hello"], [["Draft.", Wait()], "Arr, hello."])
    async with conversation(engines) as client:
        await client.speak(silence_ms=320)
        await client.update(instructions="Talk like a pirate.")
        await client.play(silence(320))
        await client.until("response.done")
        assert client.transcript() == "Arr, hello."
        assert engines.chat.calls[1].request.instructions == "Talk like a pirate."


async def test_turn_detection_can_be_switched_off_and_on_again_in_mid_turn() -> None:
    engines = scripted(["hello"], ["Hello."])
    async with conversation(engines) as client:
        await client.play(tone(320))
        await client.update(turn_detection=None)
        await client.play(silence(1_000))
        assert "input_audio_buffer.speech_stopped" not in client.types
        await client.update(turn_detection={"type": "server_vad", "silence_duration_ms": 300})
        await client.speak()
        await client.until("response.done")
        stopped = client.of("input_audio_buffer.speech_stopped")
        assert len(stopped) == 1


async def test_options_can_change_in_mid_turn() -> None:
    async with conversation(scripted(["hello"], ["Hello."])) as client:
        await client.play(tone(320))
        await client.update(turn_detection={"type": "server_vad", "silence_duration_ms": 1_000})
        await client.speak(silence_ms=1_100)
        await client.until("response.done")
        stopped = client.of("input_audio_buffer.speech_stopped")[0]
        assert 1_000 <= stopped["audio_end_ms"] - 320 - 640 <= 1_000 + 64


async def test_speech_over_an_answer_cancels_it_and_stops_model_and_synthesizer() -> None:
    engines = scripted(["tell me a story", "stop"], [["Once upon a time. " * 40, Wait()], "All right."])
    async with conversation(engines) as client:
        await client.speak()
        await client.until("response.audio.delta")
        await client.play(tone(320))
        cancelled = await client.until("response.done")
        assert cancelled["response"]["status"] == "cancelled"
        assert cancelled["response"]["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
        assert not engines.chat.calls[0].is_open
        assert engines.synthesizer.now_speaking == 0
        spoken = engines.synthesizer.words_spoken
        await client.play(silence(640))
        answered = await client.until("response.done")
        assert answered["response"]["status"] == "completed"
        assert engines.synthesizer.words_spoken == spoken + 2  # "All right."


async def test_speech_is_not_answered_when_the_client_wants_to_decide_itself() -> None:
    async with conversation(scripted(["hello"], [])) as client:
        await client.update(turn_detection={"type": "server_vad", "create_response": False})
        await client.speak()
        await client.until("conversation.item.created")
        await client.play(silence(2_000))
        assert "response.created" not in client.types


async def test_an_answer_goes_on_under_speech_when_the_client_wants_that() -> None:
    engines = scripted(["tell me a story", "yes"], ["Once upon a time there was a king.", "Good."])
    async with conversation(engines) as client:
        await client.update(turn_detection={"type": "server_vad", "interrupt_response": False})
        await client.speak()
        await client.until("response.audio.delta")
        await client.speak()
        done = await client.until("response.done")
        assert done["response"]["status"] == "completed"
        await client.until("response.done")


async def test_a_turn_without_words_is_not_answered() -> None:
    async with conversation(scripted([""], [])) as client:
        await client.speak()
        created = await client.until("conversation.item.created")
        assert created["item"]["content"][0]["transcript"] == ""
        await client.play(silence(2_000))
        assert "response.created" not in client.types


async def test_the_language_and_the_phrases_of_the_session_reach_the_recogniser() -> None:
    engines = scripted(["ciao"], ["Ciao."])
    engines.recognizer.capabilities = Capabilities(frozenset({"en", "it"}))
    async with conversation(engines) as client:
        await client.update(
            input_audio_transcription={"model": "azure-speech", "language": "it", "phrase_list": ["Oblò"]}
        )
        await client.speak()
        await client.until("response.done")
        heard = engines.recognizer.utterances[0]
        assert (heard.language, heard.phrases) == ("it", ("Oblò",))


async def test_sound_goes_out_at_most_the_lead_ahead_of_real_time() -> None:
    engines = scripted([], ["one two three four five six seven eight nine ten. " * 4])
    async with conversation(engines) as client:
        await client.ask("count")
        times_s = client.times_of("response.audio.delta")
        sent_s = 0.0
        for event, at_s in zip(client.of("response.audio.delta"), times_s, strict=True):
            sent_s += len(base64.b64decode(event["delta"])) / BYTES_PER_MS / 1000
            assert sent_s <= at_s - times_s[0] + LEAD_S + 1e-6
        assert sent_s == pytest.approx(8)
        assert times_s[-1] - times_s[0] == pytest.approx(8 - LEAD_S)


async def test_a_written_answer_is_not_paced() -> None:
    async with conversation(scripted([], [["word "] * 1_000])) as client:
        await client.ask("write", modalities=["text"])
        times_s = client.times_of("response.text.delta")
        assert len(times_s) == 1_000
        assert times_s[0] == times_s[-1]


async def test_an_answer_that_reaches_its_limit_is_incomplete() -> None:
    async with conversation(scripted([], [["One two", ChatEnd("length", 7, 3)]])) as client:
        done = await client.ask("count")
        assert done["response"]["status"] == "incomplete"
        assert done["response"]["usage"]["output_tokens"] >= 3


async def test_two_turns_in_one_message_give_the_same_events_at_the_same_audio_times_as_in_real_time() -> (
    None
):
    sound = np.concatenate([tone(640), silence(960), tone(640), silence(960)])

    async def hear(*, at_once: bool) -> list[object]:
        async with conversation(scripted(["one", "two"], [])) as client:
            await client.update(turn_detection={"type": "server_vad", "create_response": False})
            if at_once:
                client.append(sound)
            else:
                await client.play(sound)
            while len(client.of("conversation.item.created")) < 2:
                await client.until("conversation.item.created")
            return [
                (
                    event["type"],
                    event.get("audio_start_ms"),
                    event.get("audio_end_ms"),
                    event.get("transcript"),
                )
                for event in client.events
            ]

    assert sorted(map(str, await hear(at_once=True))) == sorted(map(str, await hear(at_once=False)))


async def test_two_turns_in_one_message_are_answered_and_interrupted_as_in_real_time() -> None:
    sound = np.concatenate([tone(640), silence(960), tone(640), silence(960)])
    story = "Once upon a time there was a king. " * 20

    async def hear(*, at_once: bool) -> list[object]:
        engines = scripted(["tell me a story", "another one"], [story] * 2)
        async with conversation(engines) as client:
            if at_once:
                client.append(sound)
            else:
                await client.play(sound)
            while len(client.of("response.created")) < 2:
                await client.until("response.created")
            dones = [event["response"] for event in client.of("response.done")]
            heard = [kind for kind in client.types if kind.startswith("input_audio_buffer.")]
            engines.chat.script.clear()  # an answer that was interrupted may never have been thought of
            return [sorted(heard), [(done["status"], done["status_details"]) for done in dones]]

    in_real_time = await hear(at_once=False)
    assert in_real_time[1] == [("cancelled", {"type": "cancelled", "reason": "turn_detected"})]
    assert await hear(at_once=True) == in_real_time
