"""Agents: files that a client chooses by name."""

from pathlib import Path
from urllib.parse import quote_plus

import pytest

from openvoicelive.errors import SettingsError
from openvoicelive.service.conversations.agents import load_agents
from openvoicelive.service.conversations.opening import DEFAULT_INSTRUCTIONS
from openvoicelive.settings import Settings
from tests.service.in_process_client import conversation
from tests.service.scripted_engines import scripted

RECEPTION = """
instructions = "You are the reception of a hotel."
description = "Answers guests."
model = "gpt-4.1"
voice = "en-GB-RyanNeural"
greeting = "Good morning!"

[[tools]]
type = "function"
name = "book_room"
"""
ASKED = "agent-name=reception&agent-project-name=hotel"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "reception.toml").write_text(RECEPTION)
    return Settings(agents_folder=str(tmp_path))


async def test_an_agent_gives_the_session_its_instructions_voice_and_tools(settings: Settings) -> None:
    async with conversation(scripted(), settings=settings, query=ASKED) as client:
        session = client.events[0]["session"]
        assert session["instructions"] == "You are the reception of a hotel."
        assert session["model"] == "gpt-4.1"
        assert session["voice"] == {
            "type": "azure-standard",
            "name": "en-GB-RyanNeural",
            "temperature": None,
        }
        assert [tool["name"] for tool in session["tools"]] == ["book_room"]
        agent = session["agent"]
        assert (agent["type"], agent["name"], agent["description"]) == (
            "agent",
            "reception",
            "Answers guests.",
        )


@pytest.mark.parametrize(
    "query",
    [
        "agent-id=reception&agent-project-name=hotel&agent-access-token=a%20secret",
        "agent-id=reception&agent-access-token=a%20secret",
        "agent_id=reception&project_id=hotel",
        "agent_name=reception&agent_project_name=hotel",
        "agent-name=reception&project-name=hotel",
        f"model={quote_plus('agent?aid=reception&apn=hotel')}",
        f"model={quote_plus('agent?aname=reception&apn=hotel')}",
    ],
)
async def test_an_agent_is_found_by_any_of_the_names_that_azures_clients_have_for_it(
    settings: Settings, query: str
) -> None:
    async with conversation(scripted(), settings=settings, query=query) as client:
        session = client.events[0]["session"]
        assert (session["agent"]["name"], session["model"]) == ("reception", "gpt-4.1")
        assert session["instructions"] == "You are the reception of a hotel."


async def test_a_project_without_an_agent_is_no_agents_address() -> None:
    async with conversation(scripted(), query="model=gpt-4o&project-id=hotel") as client:
        assert "agent" not in client.events[0]["session"]


async def test_an_agent_without_a_voice_or_model_has_all_that_a_client_reads(tmp_path: Path) -> None:
    (tmp_path / "plain.toml").write_text("instructions = ''")
    settings = Settings(agents_folder=str(tmp_path))
    query = "agent-name=plain&agent-project-name=hotel"
    async with conversation(scripted(), settings=settings, query=query) as client:
        session = client.events[0]["session"]
        assert session["voice"] == {
            "type": "azure-standard",
            "name": "en-US-AvaNeural",
            "temperature": None,
        }
        assert session["instructions"] == DEFAULT_INSTRUCTIONS
        # Its model is a chat model, so its turns are not those of a native speech model.
        assert session["turn_detection"]["silence_duration_ms"] == 500


async def test_an_agent_greets_when_its_client_is_ready(settings: Settings) -> None:
    engines = scripted()
    async with conversation(engines, settings=settings, query=ASKED) as client:
        await client.update()
        await client.until("response.done")
        assert client.transcript() == "Good morning!"
        assert engines.chat.calls == []


@pytest.mark.parametrize(
    "query",
    [
        "agent-name=nobody&agent-project-name=hotel",
        "agent-id=nobody&agent-project-name=hotel",
        "agent-name=reception",
        "agent-project-name=hotel",
    ],
)
async def test_an_agent_that_is_not_there_is_told_and_the_connection_closed(
    settings: Settings, query: str
) -> None:
    async with conversation(scripted(), settings=settings, query=query) as client:
        error = await client.until("error")
        assert error["error"]["code"] == "agent_initialization_failed"
        await client.ended()
        assert client.closed == (1008, "agent_initialization_failed")


def test_without_a_folder_there_are_no_agents() -> None:
    assert load_agents(None) == {}


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.toml", "instructions = ", "a.toml"),
        ("a.toml", "greeting = 'Hi'", "instructions"),
        ("a.toml", "instructions = 'x'\npace = 1", "pace"),
        ("a b.toml", "instructions = 'x'", "a b.toml"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, name: str, text: str, told: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(SettingsError, match=told):
        load_agents(str(tmp_path))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="VOICE_LIVE_AGENTS"):
        load_agents(str(tmp_path / "nowhere"))
