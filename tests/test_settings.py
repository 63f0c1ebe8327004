"""What an operator can set, and the sentence for each mistake."""

import re
from io import StringIO
from pathlib import Path

import pytest
from dotenv import dotenv_values

from openvoicelive.errors import SettingsError
from openvoicelive.service.conversations.agents import load_agents
from openvoicelive.settings import Settings
from openvoicelive.web.page.choices import read_offer

EXAMPLE = Path(__file__).parents[1] / ".env.example"
COMMENTED = re.findall(r"^# ([A-Z_]+=.*)$", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_without_any_setting_everything_stays_on_this_machine() -> None:
    settings = Settings.from_environment({})
    assert settings.uses_own_service
    assert settings.is_loopback
    assert settings.missing == ()
    assert settings.port == 8000


def test_blank_values_count_as_not_set() -> None:
    assert Settings.from_environment({"AZURE_VOICE_LIVE_ENDPOINT": " ", "PORT": ""}) == Settings()


def test_azure_is_used_when_its_endpoint_is_set() -> None:
    settings = Settings.from_environment(
        {"AZURE_VOICE_LIVE_ENDPOINT": "https://x.services.ai.azure.com/", "VOICE_LIVE_MODEL": "gpt-realtime"}
    )
    assert settings.endpoint == "https://x.services.ai.azure.com"
    assert (settings.uses_own_service, settings.missing) == (False, ())


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({"AZURE_VOICE_LIVE_ENDPOINT": "https://x.services.ai.azure.com"}, "VOICE_LIVE_MODEL"),
        ({"AZURE_VOICE_LIVE_API_KEY": "secret"}, "AZURE_VOICE_LIVE_ENDPOINT"),
    ],
)
def test_what_is_missing_is_named(environment: dict[str, str], missing: str) -> None:
    assert Settings.from_environment(environment).missing == (missing,)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AZURE_VOICE_LIVE_ENDPOINT", "x.services.ai.azure.com"),
        ("VOICE_LIVE_CHAT_URL", "ftp://example.com"),
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("VOICE_LIVE_MAX_SESSIONS", "0"),
        ("VOICE_LIVE_USER_MAY_CHOOSE", "voice, prices"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: value})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com"])
def test_others_are_let_in_only_with_a_code_and_a_key(host: str) -> None:
    with pytest.raises(SettingsError, match=r"VOICE_LIVE_ACCESS_CODE and VOICE_LIVE_SERVICE_API_KEY"):
        Settings.from_environment({"HOST": host})
    both = {"VOICE_LIVE_ACCESS_CODE": "code", "VOICE_LIVE_SERVICE_API_KEY": "key"}
    assert not Settings.from_environment({"HOST": host, **both}).is_loopback


def test_the_platform_may_decide_who_comes_in_instead_of_an_access_code() -> None:
    cloud = {"HOST": "0.0.0.0", "AZURE_VOICE_LIVE_ENDPOINT": "https://v.example.com"}
    with pytest.raises(SettingsError, match="VOICE_LIVE_ACCESS_CODE"):
        Settings.from_environment(cloud)
    for access in ("everyone", "networks", "sign-in"):
        assert Settings.from_environment({**cloud, "VOICE_LIVE_PAGE_ACCESS": access}).page_access == access
    with pytest.raises(SettingsError, match="VOICE_LIVE_PAGE_ACCESS may be"):
        Settings.from_environment({**cloud, "VOICE_LIVE_PAGE_ACCESS": "nobody"})
    with pytest.raises(SettingsError, match="VOICE_LIVE_SERVICE_API_KEY"):
        Settings.from_environment({"HOST": "0.0.0.0", "VOICE_LIVE_PAGE_ACCESS": "everyone"})


def test_with_azure_the_page_alone_is_open_and_wants_a_code() -> None:
    azure = {
        "AZURE_VOICE_LIVE_ENDPOINT": "https://x.services.ai.azure.com",
        "VOICE_LIVE_MODEL": "m",
        "HOST": "0.0.0.0",
    }
    with pytest.raises(SettingsError, match="set VOICE_LIVE_ACCESS_CODE first"):
        Settings.from_environment(azure)
    assert Settings.from_environment({**azure, "VOICE_LIVE_ACCESS_CODE": "code"})


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_needs_neither(host: str) -> None:
    assert Settings.from_environment({"HOST": host}).is_loopback


def test_keys_are_never_printed() -> None:
    secrets = {
        "AZURE_VOICE_LIVE_API_KEY": "secret-1",
        "VOICE_LIVE_CHAT_API_KEY": "secret-2",
        "VOICE_LIVE_SERVICE_API_KEY": "secret-3",
        "VOICE_LIVE_ACCESS_CODE": "secret-4",
    }
    assert "secret" not in repr(Settings.from_environment(secrets))


@pytest.mark.parametrize("line", COMMENTED)
def test_each_line_of_the_example_is_right_as_soon_as_its_sign_is_taken_away(line: str) -> None:
    [(name, value)] = dotenv_values(stream=StringIO(line)).items()
    assert value is not None
    settings = Settings.from_environment({name: value})
    read_offer(settings)
    load_agents(settings.agents_folder)


def test_the_example_has_a_line_for_each_setting_that_begins_with_its_sign() -> None:
    assert len(COMMENTED) == len({line.partition("=")[0] for line in COMMENTED}) > 25
    assert "".join(dotenv_values(EXAMPLE)) == ""
