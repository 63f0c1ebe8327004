"""The command line, as a person types it."""

import socket
import sys
from pathlib import Path

import pytest

from openvoicelive import cli
from tests.packaging.program import running


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be where no `.env` is, with nothing set."""
    monkeypatch.chdir(tmp_path)
    for name in ("HOST", "PORT", "AZURE_VOICE_LIVE_ENDPOINT", "VOICE_LIVE_CHAT_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_a_port_that_is_taken_is_named_with_another_to_choose(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        assert cli.main(["serve"]) == 2
    told = capsys.readouterr().err
    assert f"Port {port}" in told
    assert "make run PORT=" in told


def test_a_mistake_in_the_settings_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOST", "0.0.0.0")
    assert cli.main(["serve"]) == 2
    told = capsys.readouterr().err
    assert "VOICE_LIVE_ACCESS_CODE" in told
    assert "Traceback" not in told


def test_settings_come_from_a_file_and_the_environment_wins(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (empty_folder / ".env").write_text("PORT=first\nHOST=0.0.0.0\n")
    monkeypatch.setenv("PORT", "second")
    assert cli.main(["serve"]) == 2
    assert "'second'" in capsys.readouterr().err


def test_check_says_what_loads_and_who_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check"]) == 0
    told = capsys.readouterr().out
    assert "our own service" in told
    assert "Recognition: moonshine" in told
    assert "Answers: guide" in told


def test_check_names_what_is_missing_for_azure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AZURE_VOICE_LIVE_ENDPOINT", "https://x.services.ai.azure.com")
    assert cli.main(["check"]) == 1
    assert "Missing: VOICE_LIVE_MODEL" in capsys.readouterr().out


async def test_control_c_ends_the_program_cleanly(empty_folder: Path) -> None:
    command = (sys.executable, "-m", "openvoicelive", "serve")
    async with running(*command, cwd=empty_folder, environment={"PORT": "0"}) as program:
        await program.ready()
        assert await program.interrupt() == 0
    assert "Traceback" not in "".join(program.output)
