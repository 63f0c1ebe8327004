"""What the operator offers: by a file, by a list of names, or by where the app listens."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from openvoicelive.errors import SettingsError
from openvoicelive.settings import Settings
from openvoicelive.web.app import create_web_app
from openvoicelive.web.page.choices import read_offer
from tests.documents import code_block
from tests.fake_voice_live import FakeVoiceLive
from tests.web.conftest import azure_settings
from tests.web.running_app import running_app

ALL_HARMLESS = {"voice", "instructions", "language", "turn_detection", "speech_rate", "events"}
PUBLIC: dict[str, Any] = {"host": "0.0.0.0", "access_code": "code", "service_api_key": "key"}


@pytest.fixture
def example(tmp_path: Path) -> str:
    """The example of the documentation, as a file."""
    return written(tmp_path, code_block("docs/page-settings.md", "toml"))


def written(folder: Path, text: str) -> str:
    path = folder / "page-settings.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        (Settings(), ALL_HARMLESS),
        (Settings(host="::1"), ALL_HARMLESS),
        (Settings(user_may_choose=frozenset({"voice", "model"})), {"voice", "model"}),
        (Settings(**PUBLIC), set()),
        (Settings(**PUBLIC, user_may_choose=frozenset({"events"})), {"events"}),
    ],
)
def test_what_may_be_chosen_without_a_file_depends_on_who_can_connect(
    settings: Settings, names: set[str]
) -> None:
    assert read_offer(settings).choices.names == names


async def test_a_page_that_others_reach_refuses_every_choice(service: FakeVoiceLive) -> None:
    settings = azure_settings(service, host="0.0.0.0", page_access="everyone")
    async with running_app(settings) as app, app.browser() as browser:
        _, text, _ = await app.get("/config")
        choices = json.loads(text)["choices"]
        assert not any(choices.values())
        for choice in (
            {"voice": "en-US-AvaNeural"},
            {"language": "it-IT"},
            {"instructions": "Obey."},
            {"model": "gpt-5"},
            {"agent": "helpdesk"},
            {"speech_rate": 1.5},
            {"turn_detection": {"type": "server_vad"}},
            {"events": True},
        ):
            await browser.send("start", **choice)
            await browser.expect(
                "status", state="error", code="not_offered", values={"names": next(iter(choice))}
            )
        assert not service.sessions
        await browser.start()


async def test_the_documents_example_is_what_the_page_is_offered(
    service: FakeVoiceLive, example: str
) -> None:
    async with running_app(azure_settings(service, page_settings=example)) as app:
        _, text, _ = await app.get("/config")
    told = json.loads(text)
    choices = told["choices"]
    assert choices["voices"][:3] == [
        {"name": "en-US-AvaNeural", "label": "Ava", "language": "en-US"},
        {"name": "it-IT-IsabellaNeural", "label": "Isabella", "language": "it-IT"},
        {"name": "alloy", "label": "Alloy", "language": "en-US"},
    ]
    assert choices["voices"][3]["language"] == "pt-BR"
    assert choices["agents"] == [
        {"name": "reception", "label": "Reception desk"},
        {"name": "helpdesk", "label": "helpdesk"},
    ]
    assert choices["speech_rate"] == [0.75, 1.5]
    assert choices["turn_detection"]["silence_duration_ms"] == [200, 2000]
    assert told["instructions"] is None
    assert set(told["user_may_choose"]) == {
        *("voice", "language", "model", "agent", "turn_detection", "speech_rate", "events")
    }
    assert (told["defaults"]["language"], told["defaults"]["agent"]) == ("en-US", "helpdesk")


@pytest.mark.parametrize(
    ("choice", "code"),
    [
        ({"voice": "en-GB-SoniaNeural"}, "value_not_offered"),
        ({"language": "de-DE"}, "value_not_offered"),
        ({"model": "gpt-5"}, "value_not_offered"),
        ({"agent": "stranger"}, "value_not_offered"),
        ({"instructions": "Obey."}, "not_offered"),
        ({"speech_rate": 0.6}, "out_of_range"),
        ({"turn_detection": {"type": "server_vad", "threshold": 0.95}}, "out_of_range"),
        ({"turn_detection": {"type": "azure_semantic_vad_en"}}, "value_not_offered"),
        ({"voice": "x" * 300}, "too_long"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_the_file_does_not_list_is_refused(
    service: FakeVoiceLive, example: str, choice: dict[str, Any], code: str
) -> None:
    settings = azure_settings(service, page_settings=example)
    async with running_app(settings) as app, app.browser() as browser:
        await browser.send("start", **choice)
        assert (await browser.status("error"))["code"] == code
    assert not service.sessions


async def test_an_agent_is_asked_for_by_name_and_keeps_its_own_words(
    service: FakeVoiceLive, example: str
) -> None:
    settings = azure_settings(service, page_settings=example)
    async with running_app(settings) as app, app.browser() as browser:
        await browser.start(agent="reception", voice="alloy")
        session = await service.next_session()
    assert "agent-name=reception" in session.path
    assert "agent-project-name=front-office" in session.path
    assert "model=" not in session.path
    assert "instructions" not in session.configuration
    assert session.configuration["voice"] == "alloy"
    applied = browser.applied
    assert (applied["agent"], applied["model"], applied["instructions"]) == ("reception", None, None)


async def test_the_files_defaults_apply_to_whoever_chooses_nothing(
    service: FakeVoiceLive, tmp_path: Path
) -> None:
    text = """
    [defaults]
    language = "it-IT"
    speech_rate = 1.2
    turn_detection = { type = "azure_semantic_vad", silence_duration_ms = 700 }
    """
    settings = azure_settings(service, page_settings=written(tmp_path, text))
    async with running_app(settings) as app, app.browser() as browser:
        await browser.start()
        configuration = (await service.next_session()).configuration
    assert configuration["voice"]["rate"] == "1.2"
    assert configuration["input_audio_transcription"]["language"] == "it-IT"
    assert configuration["turn_detection"] == {
        "type": "azure_semantic_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 700,
    }


async def test_a_number_without_a_range_stays_as_it_is(service: FakeVoiceLive, tmp_path: Path) -> None:
    text = "[turn_detection]\nthreshold = [0.1, 0.9]\n"
    settings = azure_settings(service, page_settings=written(tmp_path, text))
    async with running_app(settings) as app, app.browser() as browser:
        turns = {"type": "server_vad", "threshold": 0.9, "silence_duration_ms": 500}
        await browser.start(turn_detection=turns)
        assert browser.applied["turn_detection"]["threshold"] == 0.9
        await browser.send("settings", turn_detection={"type": "server_vad", "silence_duration_ms": 900})
        assert (await browser.session())["refused"] == {"turn_detection": "not_offered"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("voices = [", "cannot be used"),
        ('voice = ["alloy"]', "unknown field `voice`"),
        ("voices = [7]", "$.voices[0]"),
        ('voices = [{ label = "Ava" }]', "required field `name`"),
        ("speech_rate = [1.5, 0.5]", "speech_rate"),
        ("speech_rate = [0.1, 1.0]", "from 0.5 to 2.0"),
        ("speech_rate = 1.0", "$.speech_rate"),
        ("[turn_detection]\nthreshold = [0.0, 7.0]", "threshold"),
        ("[turn_detection]\nsilence_duration_ms = [500, 90000]", "silence_duration_ms"),
        ('[turn_detection]\ntypes = ["telepathy"]', "telepathy"),
        ('[defaults]\nagent = "stranger"', "stranger"),
        ('[defaults]\nvoice = "alloy"', "unknown field `voice`"),
        ("[defaults]\nspeech_rate = 9.0", "speech_rate under defaults"),
        ("[defaults]\nturn_detection = { threshold = 9.0 }", "threshold under defaults"),
        ('[defaults]\nturn_detection = { type = "telepathy" }', "telepathy"),
    ],
)
def test_a_mistake_in_the_file_stops_the_start_with_a_sentence(
    tmp_path: Path, text: str, sentence: str
) -> None:
    settings = Settings(page_settings=written(tmp_path, text))
    with pytest.raises(SettingsError, match=re.escape(sentence)) as error:
        create_web_app(settings, service_url="http://127.0.0.1:1")
    assert "VOICE_LIVE_PAGE_SETTINGS" in str(error.value)
    assert str(error.value).endswith(".")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"absent\.toml, which cannot be read: No such file"):
        read_offer(Settings(page_settings=str(tmp_path / "absent.toml")))


def test_the_file_and_the_list_of_names_together_are_a_mistake(tmp_path: Path) -> None:
    settings = Settings(page_settings=written(tmp_path, ""), user_may_choose=frozenset({"voice"}))
    with pytest.raises(SettingsError, match="set one of them"):
        read_offer(settings)


def test_an_empty_file_offers_nothing(tmp_path: Path) -> None:
    assert read_offer(Settings(page_settings=written(tmp_path, ""))).choices.names == set()


def test_the_operators_own_voice_and_model_are_always_among_those_offered(tmp_path: Path) -> None:
    text = 'voices = ["alloy"]\nmodels = ["gpt-4o"]'
    settings = Settings(page_settings=written(tmp_path, text), voice="it-IT-DiegoNeural", model="gpt-5")
    choices = read_offer(settings).choices
    assert [voice.name for voice in choices.voices] == ["it-IT-DiegoNeural", "alloy"]
    assert choices.models == ("gpt-5", "gpt-4o")
