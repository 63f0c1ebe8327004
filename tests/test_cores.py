"""How many cores there are, and how many conversations by default follow from it."""

from pathlib import Path

import pytest

from openvoicelive.cores import available_cores
from openvoicelive.settings import Settings, sessions_of_own_service

ENDPOINT = {"AZURE_VOICE_LIVE_ENDPOINT": "https://x.example.com", "VOICE_LIVE_MODEL": "gpt-realtime"}


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "50000 100000\n"}, 0.5),
        ({"cpu/cpu.cfs_quota_us": "25000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 0.25),
    ],
)
def test_a_containers_quota_counts(tmp_path: Path, files: dict[str, str], cores: float) -> None:
    write(tmp_path, files)
    assert available_cores(tmp_path) == cores


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"cpu.max": "max 100000\n"},
        {"cpu.max": "what"},
        {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"},
    ],
)
def test_without_a_quota_the_cores_of_the_process_count(tmp_path: Path, files: dict[str, str]) -> None:
    write(tmp_path, files)
    cores = available_cores(tmp_path)
    assert cores == int(cores) >= 1


@pytest.mark.parametrize(("cores", "sessions"), [(0.01, 1), (0.5, 8), (1.5, 24), (2, 32), (16, 256)])
def test_our_own_service_holds_as_many_as_the_cores_carry(cores: float, sessions: int) -> None:
    assert sessions_of_own_service(cores) == sessions


def test_what_the_operator_says_wins_and_a_client_of_azure_holds_more() -> None:
    assert Settings.from_environment({}).max_sessions == sessions_of_own_service(available_cores())
    assert Settings.from_environment(ENDPOINT).max_sessions == 64
    assert Settings.from_environment({"VOICE_LIVE_MAX_SESSIONS": "7"}).max_sessions == 7
    assert Settings.from_environment({**ENDPOINT, "VOICE_LIVE_MAX_SESSIONS": "7"}).max_sessions == 7


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
