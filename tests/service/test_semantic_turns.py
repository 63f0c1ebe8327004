"""Turns that end by what was said, and turns that do not begin with an "um"."""

import asyncio
from typing import Any

import numpy as np
import pytest

from openvoicelive.errors import EngineError
from openvoicelive.protocol import work
from openvoicelive.protocol.audio_formats import input_format
from openvoicelive.protocol.turn_detection import AzureSemanticVad
from openvoicelive.recognition.interface import Capabilities
from openvoicelive.service.hearing.input_queue import InputQueue
from openvoicelive.service.hearing.listener import Listener
from tests.service.in_process_client import conversation
from tests.service.scripted_engines import ScriptedEngines, scripted, silence, tone
from tests.service.virtual_time import InlineExecutor

STARTED, STOPPED = "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"
CREATED = "conversation.item.created"
SPEECH_MS = 640
WINDOW_MS = 32
NO_ANSWER = {"create_response": False}
LONG_ENOUGH_MS = 11_000


async def silence_waited_ms(transcript: str | Exception, **detection: Any) -> int:
    """Say something once; return the silence after which the turn ended."""
    async with conversation(scripted([transcript])) as client:
        await client.update(turn_detection=NO_ANSWER | detection)
        await client.play(np.concatenate([tone(SPEECH_MS), silence(LONG_ENOUGH_MS)]))
        stopped = await client.until(STOPPED)
        await client.until(CREATED)
        return int(stopped["audio_end_ms"]) - SPEECH_MS


def about(silence_ms: int) -> Any:
    """Windows are 32 ms, and where in one the speech ends is chance."""
    return pytest.approx(silence_ms + WINDOW_MS / 2, abs=WINDOW_MS)


WHOLE, UNSURE, OPEN = "What time is it?", "How old", "I would like to"


def eou(level: str | None = None, timeout_ms: int | None = None, model: str = "semantic_detection_v1") -> Any:
    options = {"model": model, "threshold_level": level, "timeout_ms": timeout_ms}
    given = {name: value for name, value in options.items() if value is not None}
    return {"end_of_utterance_detection": given}


@pytest.mark.parametrize(
    "type_", ["azure_semantic_vad", "azure_semantic_vad_en", "azure_semantic_vad_multilingual"]
)
async def test_a_finished_sentence_ends_after_the_clients_silence_and_an_unfinished_one_waits(
    type_: str,
) -> None:
    assert await silence_waited_ms(WHOLE, type=type_, silence_duration_ms=300) == about(300)
    assert await silence_waited_ms(OPEN, type=type_, silence_duration_ms=300) == about(300 + 900)


async def test_without_a_silence_of_the_client_a_finished_sentence_has_the_documented_one() -> None:
    assert await silence_waited_ms(WHOLE, type="azure_semantic_vad") == about(500)


async def test_silence_alone_ends_turns_where_no_meaning_is_asked_for() -> None:
    assert await silence_waited_ms(OPEN, type="server_vad") == about(500)


@pytest.mark.parametrize(
    ("transcript", "options", "silence_ms"),
    [
        (WHOLE, eou(), 500),
        (OPEN, eou(), 500 + 900),
        (OPEN, eou("low"), 500 + 833),
        (OPEN, eou("default"), 500 + 900),
        (OPEN, eou("medium"), 500 + 900),
        (OPEN, eou("high"), 500 + 929),
        (UNSURE, eou("medium"), 500),
        (UNSURE, eou("high"), 500 + 286),
        (OPEN, eou(timeout_ms=2_000), 500 + 1_800),
        (OPEN, eou(timeout_ms=0), 500),
        (OPEN, eou(timeout_ms=-5), 500),
        (OPEN, eou(timeout_ms=1_000_000), 500 + 9_000),
        (OPEN, eou(model="semantic_detection_v1_en"), 500 + 900),
        (OPEN, eou(model="semantic_detection_v1_multilingual"), 500 + 900),
    ],
)
async def test_the_end_of_an_utterance_is_detected_at_the_level_and_within_the_time_asked_for(
    transcript: str, options: Any, silence_ms: int
) -> None:
    assert await silence_waited_ms(transcript, type="server_vad", **options) == about(silence_ms)


@pytest.mark.parametrize(("seconds", "silence_ms"), [(4, 500 + 3_600), (0.5, 500 + 450), (0, 500)])
async def test_the_first_previews_timeout_is_in_seconds(seconds: float, silence_ms: int) -> None:
    options = {"model": "semantic_detection_v1", "threshold": 0.1, "timeout": seconds}
    waited_ms = await silence_waited_ms(
        OPEN, type="azure_semantic_vad", end_of_utterance_detection=options, neg_threshold=0.3
    )
    assert waited_ms == about(silence_ms)


@pytest.mark.parametrize(
    ("eagerness", "finished_ms", "unfinished_ms"),
    [
        ("high", 288, 929),
        ("medium", 352, 1_835),
        ("auto", 352, 1_835),
        (None, 352, 1_835),
        ("low", 640, 3_664),
    ],
)
async def test_eagerness_says_how_soon_and_how_late_a_turn_ends(
    eagerness: str | None, finished_ms: int, unfinished_ms: int
) -> None:
    detection = {"type": "semantic_vad"} | ({"eagerness": eagerness} if eagerness else {})
    assert await silence_waited_ms(WHOLE, **detection) == about(finished_ms)
    assert await silence_waited_ms(OPEN, **detection) == about(unfinished_ms)


async def test_a_silence_that_is_asked_for_comes_before_eagerness() -> None:
    detection = {"type": "semantic_vad", "eagerness": "high", "silence_duration_ms": 2_000}
    assert await silence_waited_ms(OPEN, **detection) == about(2_000)


async def test_silence_decides_when_recognition_fails() -> None:
    async with conversation(scripted([EngineError("It broke.")])) as client:
        await client.update(turn_detection=NO_ANSWER | {"type": "azure_semantic_vad"})
        await client.play(np.concatenate([tone(SPEECH_MS), silence(1_000)]))
        stopped = await client.until(STOPPED)
        assert stopped["audio_end_ms"] - SPEECH_MS == about(500)
        await client.until("conversation.item.input_audio_transcription.failed")


async def test_a_recogniser_that_hangs_delays_the_end_until_its_deadline_and_no_longer() -> None:
    executor = InlineExecutor()
    executor.is_stuck = True
    engines = scripted([], recognition_executor=executor, recognition_deadline_s=2.0)
    async with conversation(engines) as client:
        await client.update(turn_detection=NO_ANSWER | {"type": "azure_semantic_vad"})
        await client.play(np.concatenate([tone(SPEECH_MS), silence(1_000)]))
        stopped = await client.until(STOPPED)
        assert stopped["audio_end_ms"] - SPEECH_MS == about(500)
        await client.until("conversation.item.input_audio_transcription.failed")


async def test_the_speaker_may_go_on_after_an_unfinished_sentence() -> None:
    async with conversation(scripted([OPEN, "I would like to go home."])) as client:
        await client.update(turn_detection=NO_ANSWER | {"type": "azure_semantic_vad"})
        await client.speak(silence_ms=900)
        await client.speak()
        await client.until(CREATED)
        assert client.types.count(STARTED) == client.types.count(STOPPED) == 1
        completed = client.of("conversation.item.input_audio_transcription.completed")
        assert [event["transcript"] for event in completed] == ["I would like to go home."]


async def test_a_short_silence_needs_no_early_recognition_of_its_own() -> None:
    engines = scripted([WHOLE])
    async with conversation(engines) as client:
        await client.update(
            turn_detection=NO_ANSWER | {"type": "azure_semantic_vad", "silence_duration_ms": 100}
        )
        await client.play(np.concatenate([tone(SPEECH_MS), silence(640)]))
        stopped = await client.until(STOPPED)
        assert stopped["audio_end_ms"] - SPEECH_MS == about(100)
        await client.until(CREATED)


@pytest.mark.parametrize(
    ("language", "silence_ms"), [("it-IT", 500 + 900), ("en", 500 + 400), ("auto", 500 + 400)]
)
async def test_the_language_of_the_client_says_what_is_finished(language: str, silence_ms: int) -> None:
    engines = scripted(["Vorrei parlare con"])
    engines.recognizer.capabilities = Capabilities(frozenset({"it", "en"}))
    async with conversation(engines) as client:
        await client.update(
            input_audio_transcription={"model": "azure-speech", "language": language},
            turn_detection=NO_ANSWER | {"type": "azure_semantic_vad"},
        )
        await client.play(np.concatenate([tone(SPEECH_MS), silence(2_000)]))
        stopped = await client.until(STOPPED)
        assert stopped["audio_end_ms"] - SPEECH_MS == about(silence_ms)
        await client.until(CREATED)


async def events_of(
    engines: ScriptedEngines, sound: Any, items: int, *, at_once: bool, **detection: Any
) -> Any:
    async with conversation(engines) as client:
        await client.update(turn_detection=NO_ANSWER | detection)
        if at_once:
            client.append(sound)
        else:
            await client.play(sound)
        while len(client.of(CREATED)) < items:
            await client.until(CREATED)
        return sorted(
            str(
                [
                    event["type"],
                    event.get("audio_start_ms"),
                    event.get("audio_end_ms"),
                    event.get("transcript"),
                ]
            )
            for event in client.events
        )


@pytest.mark.parametrize("recognition_s", [0.0, 0.05, 0.7])
@pytest.mark.parametrize("remove_filler_words", [False, True])
async def test_sound_that_comes_at_once_gives_the_same_events_at_the_same_audio_times(
    recognition_s: float,
    remove_filler_words: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    detection = {"type": "azure_semantic_vad", "remove_filler_words": remove_filler_words}
    sound = np.concatenate([tone(300), silence(900), tone(300), silence(2_000), tone(300), silence(600)])

    def engines() -> ScriptedEngines:
        heard = ["I would like to", "I would like to go.", "Thanks."]
        return scripted(heard, recognition_executor=InlineExecutor(recognition_s))

    at_once = await events_of(engines(), sound, 2, at_once=True, **detection)
    assert at_once == await events_of(engines(), sound, 2, at_once=False, **detection)
    assert len([event for event in at_once if STARTED in event]) == 2


# --- fillers ---

REMOVED = NO_ANSWER | {"type": "azure_semantic_vad", "remove_filler_words": True, "silence_duration_ms": 500}


async def test_a_turn_of_nothing_but_fillers_leaves_no_events_and_the_next_is_a_turn_of_its_own() -> None:
    async with conversation(scripted(["Um.", "What time is it?"])) as client:
        await client.update(turn_detection=REMOVED)
        await client.play(np.concatenate([tone(300), silence(2_000)]))
        assert client.types[-1] == "session.updated"
        await client.play(np.concatenate([tone(300), silence(1_000)]))
        created = await client.until(CREATED)
        assert created["item"]["content"][0]["transcript"] == "What time is it?"
        (started,) = client.of(STARTED)
        assert 1_300 < started["audio_start_ms"] < 2_300


async def test_sound_without_words_is_no_turn_where_fillers_are_none() -> None:
    async with conversation(scripted([""])) as client:
        await client.update(turn_detection=REMOVED)
        await client.play(np.concatenate([tone(300), silence(2_000)]))
        assert client.types[-1] == "session.updated"


async def test_a_turn_that_begins_with_a_filler_is_reported_when_a_word_follows() -> None:
    async with conversation(scripted(["Um", "Um, what", "Um, what time is it?"])) as client:
        await client.update(turn_detection=REMOVED)
        await client.play(silence(1_000))
        await client.play(tone(480))
        assert STARTED not in client.types
        await client.play(tone(480))
        started = await client.until(STARTED)
        assert started["audio_start_ms"] == pytest.approx(1_000 - 420, abs=WINDOW_MS)
        await client.play(silence(1_000))
        await client.until(CREATED)


async def test_a_pause_tells_that_there_were_words_before_the_next_look() -> None:
    async with conversation(scripted(["Stop."])) as client:
        await client.update(turn_detection=REMOVED)
        await client.play(np.concatenate([tone(200), silence(320)]))
        assert client.types[-1] == STARTED
        await client.play(silence(640))
        await client.until(CREATED)


async def test_a_filler_before_a_pause_belongs_to_what_follows_it() -> None:
    async with conversation(scripted(["Um,", "Um, yes.", "Um, yes please."])) as client:
        await client.update(turn_detection=REMOVED)
        await client.play(np.concatenate([tone(200), silence(400), tone(480)]))
        (started,) = client.of(STARTED)
        assert started["audio_start_ms"] == 0
        await client.play(silence(1_000))
        await client.until(CREATED)


async def test_a_very_short_silence_ends_a_filler_without_a_turn_and_a_word_with_one() -> None:
    server_like = REMOVED | {"silence_duration_ms": 0} | eou(timeout_ms=0)
    async with conversation(scripted(["Um", "Stop."])) as client:
        await client.update(turn_detection=server_like)
        await client.play(np.concatenate([tone(200), silence(320)]))
        assert client.types[-1] == "session.updated"
        await client.play(np.concatenate([tone(200), silence(320)]))
        await client.until(CREATED)
        assert client.types.count(STARTED) == 1


async def test_only_the_fillers_of_the_named_languages_are_none() -> None:
    async with conversation(scripted(["Yeah."])) as client:
        await client.update(turn_detection=REMOVED | {"languages": ["it"]})
        await client.play(np.concatenate([tone(200), silence(1_000)]))
        await client.until(CREATED)


async def test_english_detection_knows_english_fillers() -> None:
    async with conversation(scripted(["Beh.", "Yeah."])) as client:
        await client.update(turn_detection=REMOVED | {"type": "azure_semantic_vad_en"})
        await client.play(np.concatenate([tone(200), silence(1_000)]))
        await client.until(CREATED)
        await client.play(np.concatenate([tone(200), silence(1_000)]))
        assert client.types.count(STARTED) == 1


async def test_a_turn_begins_when_it_cannot_be_recognised_whether_it_is_a_filler() -> None:
    async with conversation(scripted([EngineError("It broke.")])) as client:
        await client.update(turn_detection=REMOVED)
        await client.play(np.concatenate([tone(200), silence(1_000)]))
        await client.until(STARTED)
        await client.until("conversation.item.input_audio_transcription.failed")


async def test_a_filler_does_not_interrupt_an_answer_but_a_word_does() -> None:
    engines = scripted(["Tell me a story.", "Mm-hmm.", "Stop."], ["Once upon a time. " * 40, "All right."])
    async with conversation(engines) as client:
        await client.update(turn_detection=REMOVED | {"create_response": True})
        await client.play(np.concatenate([tone(300), silence(640)]))
        await client.until("response.audio.delta")
        await client.play(np.concatenate([tone(200), silence(1_600)]))
        assert "response.done" not in client.types
        await client.play(np.concatenate([tone(200), silence(640)]))
        assert (await client.until("response.done"))["response"]["status"] == "cancelled"
        await client.until("response.done")


# --- while the assistant speaks ---


async def test_interrupting_an_answer_takes_as_much_speech_as_the_client_asks_for() -> None:
    engines = scripted(
        ["Tell me a story.", "Stop.", "And now?"], ["Once upon a time. " * 40, "All right.", "Now."]
    )
    detection = {"type": "azure_semantic_vad", "speech_duration_assistant_speaking_ms": 800}
    async with conversation(engines) as client:
        await client.update(turn_detection=detection)
        await client.speak()
        await client.until("response.audio.delta")
        await client.play(np.concatenate([tone(640), silence(640)]))
        assert client.types.count(STARTED) == 1
        await client.play(np.concatenate([tone(960), silence(640)]))
        assert (await client.until("response.done"))["response"]["status"] == "cancelled"
        await client.until("response.done")
        await client.play(silence(5_000))
        await client.speak(speech_ms=200)
        await client.until("response.done")
        assert client.types.count(STARTED) == 3


async def test_how_much_speech_interrupts_must_be_in_range() -> None:
    async with conversation(scripted()) as client:
        detection = {"type": "azure_semantic_vad", "speech_duration_assistant_speaking_ms": -1}
        client.send("session.update", session={"turn_detection": detection})
        refused = await client.until("error")
        assert refused["error"]["param"] == "session.turn_detection.speech_duration_assistant_speaking_ms"


async def test_after_an_answer_was_stopped_ordinary_speech_is_enough_again() -> None:
    engines = scripted(["Tell me a story.", "And now?"], ["Once upon a time. " * 40, "Now."])
    detection = {"type": "azure_semantic_vad", "speech_duration_assistant_speaking_ms": 800}
    async with conversation(engines) as client:
        await client.update(turn_detection=detection)
        await client.speak()
        await client.until("response.audio.delta")
        client.send("response.cancel")
        await client.until("response.done")
        await client.speak(speech_ms=200)
        await client.until("response.done")
        assert client.types.count(STARTED) == 2


async def test_after_the_sound_of_a_whole_answer_was_cleared_ordinary_speech_is_enough_again() -> None:
    engines = scripted(["Tell me a story.", "And now?"], ["Once upon a time there was a king.", "Now."])
    detection = {"type": "azure_semantic_vad", "speech_duration_assistant_speaking_ms": 800}
    async with conversation(engines) as client:
        await client.update(turn_detection=detection)
        await client.speak()
        await client.until("response.done")
        client.send("output_audio_buffer.clear")
        await client.until("output_audio_buffer.cleared")
        await client.speak(speech_ms=200)
        await client.until("response.done")
        assert client.types.count(STARTED) == 2


async def test_listening_reports_nothing_of_a_turn_of_fillers() -> None:
    reports: list[work.Report] = []
    written = asyncio.Event()

    def report(report: work.Report) -> None:
        reports.append(report)
        if isinstance(report, work.Transcribed):
            written.set()

    detection = AzureSemanticVad(remove_filler_words=True, silence_duration_ms=500)
    queue = InputQueue()
    task = asyncio.create_task(Listener(scripted(["Um.", "the end"]).together(), queue, report).run())
    queue.order(work.ConfigureListening(input_format("pcm16", 24_000), detection, None))
    await queue.append(np.concatenate([tone(200), silence(2_000)]).tobytes())
    queue.order(work.Transcribe("item", 0, 0))
    await written.wait()
    task.cancel()
    assert [report for report in reports if not isinstance(report, work.PartialTranscript)] == [
        work.Transcribed("item", "the end")
    ]
