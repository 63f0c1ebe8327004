"""What becomes of a session in a language that is not, or only partly, installed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from openvoicelive.chat.guide.guide import Guide
from openvoicelive.chat.guide.texts import load_texts
from openvoicelive.service.missing_engines import MissingRecognizer
from openvoicelive.synthesis.engines import InstalledVoices
from openvoicelive.synthesis.espeak import EspeakSynthesizer
from openvoicelive.synthesis.flite import FliteSynthesizer
from openvoicelive.synthesis.interface import Speech, Synthesizer, VoiceRequest
from tests.service.in_process_client import BYTES_PER_MS, InProcessClient, conversation
from tests.service.scripted_engines import Wait, scripted

COMPLETED = "conversation.item.input_audio_transcription.completed"
FAILED = "conversation.item.input_audio_transcription.failed"
CREATED = "conversation.item.created"


class Spoken:
    """A voice, and who asked for it."""

    def __init__(self, synthesizer: Synthesizer) -> None:
        self._synthesizer = synthesizer
        self.name, self.capabilities = synthesizer.name, synthesizer.capabilities
        self.voices: list[VoiceRequest] = []

    def speak(self, text: str, voice: VoiceRequest) -> Iterator[Speech]:
        self.voices.append(voice)
        return self._synthesizer.speak(text, voice)

    def close(self) -> None:
        self._synthesizer.close()


def listening_for(language: str | None) -> dict[str, Any]:
    return {"model": "azure-speech", "language": language}


async def warnings_after_an_answer(client: InProcessClient) -> list[dict[str, Any]]:
    """Return all warnings so far; what was reported before a whole answer has been told by then."""
    await client.ask("Ciao")
    return [event["warning"] for event in client.of("warning")]


async def test_a_language_that_is_not_installed_is_told_once_and_typed_words_are_answered() -> None:
    engines = scripted([], ["Ciao.", "Ciao ancora."])
    async with conversation(engines) as client:
        await client.update(input_audio_transcription=listening_for("it-IT"))
        await client.update(turn_detection={"type": "server_vad", "threshold": 0.4})
        await client.speak()
        failed = await client.until(FAILED)
        assert failed["error"]["code"] == "language_not_recognised"
        await client.until(CREATED)
        [warning] = await warnings_after_an_answer(client)
        assert warning["code"] == "language_not_recognised"
        assert warning["param"] == "session.input_audio_transcription.language"
        assert "it-IT" in warning["message"]
        assert warning["message"] == failed["error"]["message"]
        assert (await client.ask("Ancora"))["response"]["status"] == "completed"
        assert client.transcript() == "Ciao.Ciao ancora."
        assert engines.recognizer.utterances == []


async def test_another_language_that_is_not_installed_is_told_too() -> None:
    async with conversation(scripted([], ["Ciao."])) as client:
        for language in ("it-IT", "en", "it-IT", "es-ES"):
            await client.update(input_audio_transcription=listening_for(language))
        told = [warning["message"] for warning in await warnings_after_an_answer(client)]
        assert [next(tag for tag in ("it-IT", "es-ES") if tag in message) for message in told] == [
            "it-IT",
            "it-IT",
            "es-ES",
        ]


async def test_a_session_that_changes_to_an_installed_language_is_understood() -> None:
    engines = scripted(["hello"], ["Hello."])
    async with conversation(engines) as client:
        await client.update(input_audio_transcription=listening_for("it-IT"))
        await client.update(input_audio_transcription=listening_for("en-GB"))
        await client.speak()
        assert (await client.until(COMPLETED))["transcript"] == "hello"
        await client.until("response.done")


@pytest.mark.parametrize(
    ("asked", "given"),
    [("it,en-US", "en-US"), ("en", "en"), ("auto", None), ("", None), (None, None)],
)
async def test_of_several_languages_the_installed_one_is_recognised(
    asked: str | None, given: str | None
) -> None:
    engines = scripted(["hello"], ["Hello."])
    async with conversation(engines) as client:
        await client.update(input_audio_transcription=listening_for(asked))
        await client.speak()
        await client.until("response.done")
        assert engines.recognizer.utterances[0].language == given
        assert not client.of("warning")


async def test_where_nothing_is_recognised_the_missing_engine_is_named_and_not_the_language() -> None:
    engines = scripted([], ["Ciao."]).together()
    engines.recognition.recognizer = MissingRecognizer("Nothing here understands speech.")
    async with conversation(engines) as client:
        await client.update(input_audio_transcription=listening_for("it-IT"))
        await client.speak()
        assert (await client.until(FAILED))["error"]["code"] == "engine_missing"
        assert await warnings_after_an_answer(client) == []


@pytest.mark.parametrize("detection", ["server_vad", "azure_semantic_vad", "semantic_vad"])
async def test_sound_alone_ends_turns_in_a_language_that_is_not_installed(detection: str) -> None:
    engines = scripted()
    async with conversation(engines) as client:
        await client.update(
            input_audio_transcription=listening_for("it-IT"), turn_detection={"type": detection}
        )
        await client.speak(silence_ms=1_000)
        await client.until("input_audio_buffer.speech_stopped")
        await client.until(FAILED)
        assert "response.created" not in client.types


@pytest.mark.parametrize(
    ("voice", "session", "question", "spoken"),
    [
        ("it-IT-IsabellaNeural", {}, "Che cosa sai fare?", "it"),
        ("pt-BR-FranciscaNeural", {}, "O que você sabe fazer?", "pt"),
        ("es-ES-ElviraNeural", {}, "¿Qué sabes hacer?", "es"),
        ("es-MX-DaliaNeural", {"input_audio_transcription": listening_for("es-ES")}, "Ayuda", "es"),
        ("alloy", {"input_audio_transcription": listening_for("it")}, "What can you do?", "it"),
        ("en-US-AvaNeural", {"input_audio_transcription": listening_for("auto")}, "Help", "en"),
    ],
)
async def test_the_guide_answers_aloud_in_the_language_of_the_session(
    voice: str, session: dict[str, Any], question: str, spoken: str
) -> None:
    engines = scripted().together()
    engines.chat = Guide(now=lambda: datetime.now(UTC), new_call_id=lambda: "call_1")
    flite, espeak = Spoken(FliteSynthesizer()), Spoken(EspeakSynthesizer())
    engines.synthesizer = InstalledVoices([flite, espeak])
    async with conversation(engines) as client:
        await client.update(voice=voice, output_audio_timestamp_types=["word"], **session)
        assert (await client.ask(question))["response"]["status"] == "completed"
        answer = load_texts()[spoken].answers["abilities"]
        assert client.transcript().strip() == answer
        assert len(client.sound()) > 4_000 * BYTES_PER_MS
        words = client.of("response.audio_timestamp.delta")
        assert [word["text"] for word in words] == re.findall(r"[\w']+", answer)
        starts_ms = [word["audio_offset_ms"] for word in words]
        assert starts_ms == sorted(starts_ms)
    assert (len(flite.voices) > 0) == (spoken == "en")
    assert {voice.language.partition("-")[0] for voice in espeak.voices} == {spoken} - {"en"}


async def test_without_a_voice_of_the_language_the_answer_says_so_and_written_ones_go_on() -> None:
    engines = scripted([], ["Ciao.", "Ciao."]).together()
    engines.synthesizer = InstalledVoices([FliteSynthesizer()])
    async with conversation(engines) as client:
        await client.update(voice="it-IT-IsabellaNeural")
        error = (await client.ask("Ciao"))["response"]["status_details"]["error"]
        assert error["code"] == "voice_unavailable"
        assert "it-IT" in error["message"]
        assert (await client.ask("Ciao", modalities=["text"]))["response"]["status"] == "completed"


async def test_the_language_of_the_session_reaches_the_model_and_the_voice() -> None:
    engines = scripted([], ["Ciao.", "Hola."])
    async with conversation(engines) as client:
        await client.update(input_audio_transcription=listening_for("en,it"), voice="it-IT-IsabellaNeural")
        await client.ask("Saluta")
        await client.ask("Saluda", voice="es-MX-DaliaNeural")
        assert [call.request.language for call in engines.chat.calls] == ["it-IT", "en"]
        assert [voice.language for voice in engines.synthesizer.voices] == ["it-IT", "en"]


@pytest.mark.parametrize(
    ("language", "text"),
    [("it-IT", "Un momento, per favore."), ("pt", "Um momento, por favor."), ("zxx", "One moment, please.")],
)
async def test_a_wait_is_bridged_in_the_language_of_the_session(language: str, text: str) -> None:
    async with conversation(scripted([], [[Wait(1.5), "Ecco."]])) as client:
        await client.update(
            input_audio_transcription=listening_for(language),
            interim_response={"type": "static_interim_response", "latency_threshold_ms": 1_000},
        )
        await client.ask("Allora?")
        assert client.transcript() == f"{text}Ecco."
