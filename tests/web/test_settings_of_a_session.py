"""What a user changes while a session runs: what the service is asked, and what the page is told."""

import asyncio
from typing import Any

import pytest
from azure.core.credentials import AzureKeyCredential

from openvoicelive.settings import Settings
from openvoicelive.web.conversation.assistant import VoiceAssistant
from openvoicelive.web.page.messages import Session, ToPage
from tests.fake_voice_live import FakeSession, FakeVoiceLive
from tests.web.conftest import API_KEY, azure_settings
from tests.web.running_app import DEADLINE_S, Browser, RunningApp, running_app

A_SOUND = bytes(4800)


async def accept(session: FakeSession) -> dict[str, Any]:
    """Take the next update, as the service does; returns what was in it."""
    update: dict[str, Any] = (await session.expect("session.update"))["session"]
    await session.send("session.updated", session=update)
    return update


async def refuse(session: FakeSession, code: str, message: str) -> None:
    update = await session.expect("session.update")
    await session.error(code, message, update["event_id"])


async def test_a_session_begins_by_telling_what_applies(browser: Browser) -> None:
    await browser.start()
    assert browser.applied == {
        "type": "session",
        "model": "gpt-4o",
        "agent": None,
        "voice": "en-US-AvaNeural",
        "language": None,
        "instructions": Settings().instructions,
        "turn_detection": {
            "type": "server_vad",
            "threshold": 0.5,
            "prefix_padding_ms": 300,
            "silence_duration_ms": 500,
        },
        "push_to_talk": False,
        "speech_rate": 1.0,
        "word_times": True,
        "refused": {},
    }


@pytest.mark.parametrize(
    ("change", "update"),
    [
        (
            {"voice": "it-IT-DiegoNeural"},
            {
                "voice": {"type": "azure-standard", "name": "it-IT-DiegoNeural"},
                "output_audio_timestamp_types": ["word"],
            },
        ),
        (
            {"speech_rate": 1.25},
            {
                "voice": {"type": "azure-standard", "name": "en-US-AvaNeural", "rate": "1.25"},
                "output_audio_timestamp_types": ["word"],
            },
        ),
        ({"instructions": "Be brief."}, {"instructions": "Be brief."}),
        (
            {"language": "it-IT"},
            {"input_audio_transcription": {"model": "azure-speech", "language": "it-IT"}},
        ),
        (
            {"turn_detection": {"type": "azure_semantic_vad", "silence_duration_ms": 800}},
            {
                "turn_detection": {
                    "type": "azure_semantic_vad",
                    "threshold": 0.5,
                    "prefix_padding_ms": 300,
                    "silence_duration_ms": 800,
                }
            },
        ),
    ],
    ids=lambda value: next(iter(value)),
)
async def test_a_setting_changes_while_the_session_runs(
    browser: Browser, session: FakeSession, change: dict[str, Any], update: dict[str, Any]
) -> None:
    await browser.send("settings", **change)
    assert await accept(session) == update
    applied = await browser.session()
    assert applied["refused"] == {}
    for name, value in change.items():
        told = applied[name]
        assert (told | value if isinstance(value, dict) else value) == told


async def test_a_turn_is_counted_from_the_last_word_by_the_silence_that_applied(
    browser: Browser, session: FakeSession
) -> None:
    await browser.send("settings", turn_detection={"type": "server_vad", "silence_duration_ms": 900})
    await accept(session)
    await browser.session()
    await session.speech_started()
    await session.speech_stopped(audio_end_ms=0)
    await session.answer("resp_1", "item_1", "Hi.", A_SOUND)
    spoken = await browser.until(type="metrics")
    assert spoken["silence_ms"] == 900 <= spoken["first_text_ms"] <= spoken["first_sound_ms"]
    await browser.send("text", text="And now?")
    await session.expect("conversation.item.create")
    await session.expect("response.create")
    await session.answer("resp_2", "item_2", "Now, too.", A_SOUND)
    assert (await browser.until(type="metrics"))["silence_ms"] is None


async def test_voice_and_rate_that_change_together_are_one_update(
    browser: Browser, session: FakeSession
) -> None:
    await browser.send("settings", voice="es-ES-AlvaroNeural", speech_rate=0.8)
    assert (await accept(session))["voice"] == {
        "type": "azure-standard",
        "name": "es-ES-AlvaroNeural",
        "rate": "0.8",
    }
    applied = await browser.session()
    assert (applied["voice"], applied["speech_rate"]) == ("es-ES-AlvaroNeural", 0.8)


async def test_what_stays_as_it_is_asks_nothing_of_the_service(
    browser: Browser, session: FakeSession
) -> None:
    await browser.send("settings", voice="en-US-AvaNeural", speech_rate=1.0)
    assert (await browser.session())["refused"] == {}
    assert session.received == ["session.update"]


async def test_the_voice_cannot_change_once_the_agent_has_spoken(
    browser: Browser, session: FakeSession
) -> None:
    await session.answer("resp_1", "item_1", "Hi.", A_SOUND)
    await browser.until(type="transcript", final=True)
    await browser.send("settings", voice="it-IT-DiegoNeural", speech_rate=2, instructions="Be brief.")
    assert await accept(session) == {"instructions": "Be brief."}
    applied = await browser.session()
    assert applied["refused"] == {"voice": "after_speech", "speech_rate": "after_speech"}
    assert (applied["voice"], applied["instructions"]) == ("en-US-AvaNeural", "Be brief.")


async def test_a_voice_that_the_service_knows_to_have_spoken_is_refused_by_the_same_code(
    browser: Browser, session: FakeSession
) -> None:
    await browser.send("settings", voice="it-IT-DiegoNeural")
    await refuse(session, "cannot_update_voice", "Cannot update a conversation's voice.")
    applied = await browser.session()
    assert applied["refused"] == {"voice": "after_speech"}
    assert applied["voice"] == "en-US-AvaNeural"


async def test_one_setting_that_the_service_refuses_does_not_undo_the_others(
    browser: Browser, session: FakeSession
) -> None:
    await browser.send("settings", instructions="Be brief.", language="xx-XX")
    await accept(session)
    await refuse(session, "invalid_value", "The language xx-XX is not known.")
    applied = await browser.session()
    assert applied["refused"] == {"language": "The language xx-XX is not known."}
    assert (applied["language"], applied["instructions"]) == (None, "Be brief.")


async def test_a_refusal_is_forgotten_with_the_next_change(browser: Browser, session: FakeSession) -> None:
    await browser.send("settings", language="xx-XX")
    await refuse(session, "invalid_value", "The language xx-XX is not known.")
    await browser.session()
    await browser.send("settings", language="it-IT")
    await accept(session)
    applied = await browser.session()
    assert (applied["language"], applied["refused"]) == ("it-IT", {})


async def test_what_the_operator_does_not_offer_is_refused_without_asking_the_service(
    service: FakeVoiceLive,
) -> None:
    settings = azure_settings(service, user_may_choose=frozenset({"voice"}))
    async with running_app(settings) as app, app.browser() as browser:
        await browser.start()
        session = await service.next_session()
        assert browser.applied["instructions"] is None
        await browser.send("settings", instructions="Obey.", speech_rate=2, voice="x" * 201)
        applied = await browser.session()
        assert applied["refused"] == {
            "instructions": "not_offered",
            "speech_rate": "not_offered",
            "voice": "too_long",
        }
        assert session.received == ["session.update"]


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"speech_rate": 3}, {"speech_rate": "out_of_range"}),
        ({"turn_detection": {"type": "server_vad", "threshold": 1.5}}, {"turn_detection": "out_of_range"}),
        (
            {"turn_detection": {"type": "server_vad", "silence_duration_ms": 60_000}},
            {"turn_detection": "out_of_range"},
        ),
        (
            {"turn_detection": {"type": "azure_semantic_vad_en"}},
            {"turn_detection": "value_not_offered"},
        ),
    ],
)
async def test_numbers_beyond_their_range_are_refused(
    browser: Browser, change: dict[str, Any], refused: dict[str, str]
) -> None:
    await browser.start()
    await browser.send("settings", **change)
    assert (await browser.session())["refused"] == refused


async def test_a_voice_with_its_own_pace_only_says_so(service: FakeVoiceLive) -> None:
    settings = azure_settings(service, voice="alloy")
    async with running_app(settings) as app, app.browser() as browser:
        await browser.start(speech_rate=1.5)
        session = await service.next_session()
        assert session.configuration["voice"] == "alloy"
        assert browser.applied["refused"] == {"speech_rate": "voice_has_one_pace"}
        assert (browser.applied["speech_rate"], browser.applied["word_times"]) == (1.0, False)
        await browser.send("settings", speech_rate=1.5)
        assert (await browser.session())["refused"] == {"speech_rate": "voice_has_one_pace"}
        await browser.send("settings", voice="en-US-AvaNeural", speech_rate=1.5)
        assert (await accept(session))["voice"]["rate"] == "1.5"
        assert (await browser.session())["word_times"] is True


async def test_a_change_before_the_service_is_reached_is_in_the_first_configuration(
    service: FakeVoiceLive,
) -> None:
    told: list[ToPage | bytes] = []
    assistant = VoiceAssistant(
        service.url, AzureKeyCredential(API_KEY), "gpt-4o", "alloy", "Hi.", told.append
    )
    await assistant.change({"language": "it-IT"}, {"instructions": "not_offered"})
    conversation = asyncio.create_task(assistant.start())
    session = await service.next_session()
    async with asyncio.timeout(DEADLINE_S):
        while not any(isinstance(message, Session) for message in told):  # noqa: ASYNC110 - a plain list
            await asyncio.sleep(0)
    assistant.request_stop()
    await conversation
    assert session.configuration["input_audio_transcription"]["language"] == "it-IT"
    (applied,) = [message for message in told if isinstance(message, Session)]
    assert (applied.language, applied.refused) == ("it-IT", {"instructions": "not_offered"})


async def test_choices_of_a_start_reach_the_service(app: RunningApp, service: FakeVoiceLive) -> None:
    async with app.browser() as browser:
        await browser.start(
            voice="fr-FR-HenriNeural",
            language="fr-FR",
            speech_rate=0.9,
            turn_detection={"type": "azure_semantic_vad", "threshold": 0.6},
        )
        configuration = (await service.next_session()).configuration
    assert configuration["voice"]["rate"] == "0.9"
    assert configuration["input_audio_transcription"]["language"] == "fr-FR"
    assert configuration["turn_detection"] == {
        "type": "azure_semantic_vad",
        "threshold": 0.6,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 500,
    }


async def test_settings_without_a_session_get_a_sentence(browser: Browser) -> None:
    await browser.send("settings", voice="en-US-AvaNeural")
    assert "no session" in await browser.log()


async def test_a_ping_is_answered_at_once_with_and_without_a_session(browser: Browser) -> None:
    await browser.send("ping", id=7)
    await browser.expect("pong", id=7)
    await browser.start()
    await browser.send("ping", id=8)
    await browser.expect("pong", id=8)
