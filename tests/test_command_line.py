"""The command line, as a person types it."""

import os
import re
import shlex
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from openvoicelive import cli
from tests.installed_copies import copy_installed, flip_a_byte
from tests.offered_engines import needs_pocketsphinx
from tests.packaging.program import clean_environment, free_port, running


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be where no `.env` is, with nothing set."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name in {"HOST", "PORT"} or name.startswith(("AZURE_", "VOICE_LIVE_", "APPLICATIONINSIGHTS_")):
            monkeypatch.delenv(name)
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        (sys.executable, "-m", "openvoicelive", "serve"),
        (str(Path(sys.executable).with_name("openvoicelive")), "serve"),
    ],
)
def test_a_port_that_is_taken_is_named_with_the_command_that_takes_another(command: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = subprocess.run(
            command,
            env={**clean_environment(), "PATH": os.defpath, "PORT": str(port)},
            capture_output=True,
            check=False,
            text=True,
        )
    assert refused.returncode == 2
    assert f"Port {port} on 127.0.0.1 cannot be used" in refused.stderr
    advice = re.search(r"PORT=(\d+) (.*)", refused.stderr)
    assert advice is not None
    assert int(advice[1]) != port
    assert tuple(shlex.split(advice[2])) == command


def test_a_command_of_the_path_is_named_without_its_folder(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program = Path(sys.executable).with_name("openvoicelive")
    monkeypatch.setattr(sys, "argv", [str(program), "serve"])
    monkeypatch.setenv("PATH", str(program.parent))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        assert cli.main() == 2
    assert re.search(r"PORT=\d+ openvoicelive serve$", capsys.readouterr().err)


def test_a_script_says_what_was_typed_and_the_last_one_is_right(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        assert cli.main(["serve", "--called-as", "scripts/serve", "--called-as", "make run"]) == 2
    assert re.search(r"PORT=\d+ make run$", capsys.readouterr().err)


@pytest.mark.parametrize("host", ["nohost.invalid", "192.0.2.1", "two..dots", "2001:db8::1"])
@pytest.mark.parametrize("command", ["serve", "check"])
def test_a_host_that_is_not_this_machines_is_what_is_to_be_changed(
    command: str, host: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOST", host)
    monkeypatch.setenv("VOICE_LIVE_ACCESS_CODE", "code")
    monkeypatch.setenv("VOICE_LIVE_SERVICE_API_KEY", "key")
    assert cli.main([command]) == 2
    told = capsys.readouterr().err
    assert f"HOST {host} cannot be used" in told
    assert "127.0.0.1" in told
    assert "PORT" not in told


def test_a_port_near_the_last_one_is_not_answered_with_one_that_does_not_exist(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "65530")
    with socket.create_server(("127.0.0.1", 65530)):
        assert cli.main(["serve"]) == 2
    assert "PORT=8010" in capsys.readouterr().err


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
    assert "Note: " not in told


@needs_pocketsphinx
def test_check_names_what_is_damaged_though_another_engine_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = copy_installed("moonshine-voice", "moonshine_voice", "assets/tiny-en", tmp_path, monkeypatch)
    flip_a_byte(model / "tokenizer.bin")
    assert cli.main(["check"]) == 1
    told = capsys.readouterr().out
    assert "Recognition: pocketsphinx-en-us" in told
    (damaged,) = (line for line in told.splitlines() if line.startswith("Damaged: "))
    assert "moonshine-voice is damaged: tokenizer.bin" in damaged
    assert damaged.endswith("pocketsphinx-en-us is used instead.")
    assert "Problem: " not in told


def test_check_says_that_a_model_without_an_address_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VOICE_LIVE_CHAT_MODEL", "llama3.2")
    monkeypatch.setenv("VOICE_LIVE_CHAT_API_KEY", "secret")
    assert cli.main(["check"]) == 0
    told = capsys.readouterr()
    assert "Note: VOICE_LIVE_CHAT_MODEL has no effect: VOICE_LIVE_CHAT_URL is not set" in told.out
    assert "Note: VOICE_LIVE_CHAT_API_KEY has no effect" in told.out
    assert "secret" not in told.out + told.err


def test_check_names_what_is_missing_for_azure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AZURE_VOICE_LIVE_ENDPOINT", "https://x.services.ai.azure.com")
    assert cli.main(["check"]) == 1
    assert "Missing: VOICE_LIVE_MODEL" in capsys.readouterr().out


REFUSED = {
    "a missing page settings file": {"VOICE_LIVE_PAGE_SETTINGS": "missing.toml"},
    "a page settings file beside a list": {
        "VOICE_LIVE_PAGE_SETTINGS": "page.toml",
        "VOICE_LIVE_USER_MAY_CHOOSE": "voice",
    },
    "a missing folder of agents": {"VOICE_LIVE_AGENTS": "nodir"},
    "an agent without instructions": {"VOICE_LIVE_AGENTS": "agents"},
    "an address of no MCP server": {"VOICE_LIVE_MCP_SERVERS": "ftp://example.com"},
    "others without a code and a key": {"HOST": "0.0.0.0"},
    "an unknown log format": {"VOICE_LIVE_LOG_FORMAT": "xml"},
    "a page settings file with Azure": {
        "AZURE_VOICE_LIVE_ENDPOINT": "https://x.services.ai.azure.com",
        "VOICE_LIVE_MODEL": "gpt-realtime",
        "VOICE_LIVE_PAGE_SETTINGS": "broken.toml",
    },
}


@pytest.mark.parametrize("environment", REFUSED.values(), ids=REFUSED)
def test_check_refuses_what_serve_refuses_in_the_same_words(
    environment: dict[str, str],
    empty_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (empty_folder / "page.toml").write_text("")
    (empty_folder / "broken.toml").write_text("voices = 1")
    (empty_folder / "agents").mkdir()
    (empty_folder / "agents" / "waiter.toml").write_text("voice = 'en-US-AvaNeural'")
    monkeypatch.setenv("PORT", "0")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["serve"]) == 2
    of_serve = capsys.readouterr().err.splitlines()[-1]
    assert cli.main(["check"]) == 2
    of_check = capsys.readouterr()
    assert of_check.err.splitlines()[-1] == of_serve
    assert of_check.out == ""


@pytest.mark.parametrize("command", ["serve", "check"])
def test_a_file_of_settings_that_cannot_be_read_is_named(
    command: str, empty_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (empty_folder / ".env").write_bytes(b"VOICE_LIVE_INSTRUCTIONS=Sei un\x92amica\n")
    assert cli.main([command]) == 2
    assert ".env in this folder cannot be read" in capsys.readouterr().err


def test_check_can_be_asked_while_the_program_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        assert cli.main(["check"]) == 0
    told = capsys.readouterr().out
    assert f"Port {port} on 127.0.0.1 cannot be used" in told
    assert "Answers: " in told


def test_check_and_the_log_say_which_settings_have_no_effect(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AZURE_VOICE_LIVE_ENDPOINT", "https://x.services.ai.azure.com")
    monkeypatch.setenv("VOICE_LIVE_MODEL", "gpt-realtime")
    for name in ("VOICE_LIVE_CHAT_MODEL", "VOICE_LIVE_AGENTS"):
        monkeypatch.setenv(name, "anything")
    assert cli.main(["check"]) == 0
    notes = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Note: ")]
    assert notes == [
        f"Note: {name} has no effect: AZURE_VOICE_LIVE_ENDPOINT is set."
        for name in ("VOICE_LIVE_CHAT_MODEL", "VOICE_LIVE_AGENTS")
    ]


async def test_the_log_of_the_start_names_a_model_that_nobody_asks(empty_folder: Path) -> None:
    command = (sys.executable, "-m", "openvoicelive", "serve")
    environment = {"PORT": "0", "VOICE_LIVE_CHAT_MODEL": "llama3.2"}
    async with running(*command, cwd=empty_folder, environment=environment) as program:
        await program.ready()
        assert await program.interrupt() == 0
    assert "WARNING" in (line := next(line for line in program.output if "VOICE_LIVE_CHAT_MODEL" in line))
    assert "VOICE_LIVE_CHAT_URL is not set, and no Ollama runs here" in line


async def test_control_c_ends_the_program_cleanly(empty_folder: Path) -> None:
    command = (sys.executable, "-m", "openvoicelive", "serve")
    async with running(*command, cwd=empty_folder, environment={"PORT": "0"}) as program:
        await program.ready()
        assert await program.interrupt() == 0
    assert "Traceback" not in "".join(program.output)


FULL_DISK = Path("/dev/full")
needs_full_disk = pytest.mark.skipif(not FULL_DISK.exists(), reason="this system has no /dev/full")


@needs_full_disk
@pytest.mark.parametrize(
    ("log_format", "told"),
    [
        ("text", "stdout cannot be written to (No space left on device)."),
        ("json", "The log cannot be written"),
    ],
)
def test_it_serves_although_what_it_says_cannot_be_written(log_format: str, told: str) -> None:
    # Without our own service, which takes seconds to load.
    settings = {
        "AZURE_VOICE_LIVE_ENDPOINT": "https://x.services.ai.azure.com",
        "VOICE_LIVE_MODEL": "gpt-realtime",
        "VOICE_LIVE_LOG_FORMAT": log_format,
    }
    port = free_port()
    with FULL_DISK.open("w") as full:
        program = subprocess.Popen(
            (sys.executable, "-m", "openvoicelive", "serve"),
            env=clean_environment() | settings | {"PORT": str(port)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert program.stderr is not None
    with program:
        try:
            complaint = next(line for line in program.stderr if told in line)
            if log_format == "text":
                assert f"Open http://127.0.0.1:{port} in a browser." in complaint
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30) as answer:
                assert answer.status == 200
            program.terminate()
            rest = program.stderr.read()
            assert program.wait() == 0
        finally:
            program.kill()  # what failed above must not leave it running
    assert "Traceback" not in rest
    assert told not in rest


@needs_full_disk
def test_check_says_in_one_sentence_that_it_cannot_say_more() -> None:
    with FULL_DISK.open("w") as full:
        result = subprocess.run(
            (sys.executable, "-m", "openvoicelive", "check"),
            env=clean_environment() | {"PORT": "0"},
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
        )
    assert result.returncode == 2
    assert result.stderr == "stdout cannot be written to (No space left on device).\n"
