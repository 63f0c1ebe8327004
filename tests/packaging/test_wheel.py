"""The built wheel, installed alone in an empty environment, runs."""

import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.packaging.installing import ROOT, build_wheel, make_environment, pip
from tests.packaging.program import clean_environment, free_port, running

INSTALLING_S = 300

pytestmark = pytest.mark.timeout(INSTALLING_S)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing but the wheel and what it depends on."""
    directory = tmp_path_factory.mktemp("installed")
    make_environment(directory)
    install(directory, str(wheel))
    return directory


def install(directory: Path, requirement: str) -> None:
    """Install with the versions of the lock: what somebody else releases today changes no result here."""
    constraints = directory / "constraints.txt"
    lock = (ROOT / "requirements" / "run.txt").read_text()
    constraints.write_text("\n".join(re.findall(r"^(\w\S*==[^\\\n]*)", lock, flags=re.MULTILINE)))
    options = ("--no-compile", "--only-binary", ":all:", "-c", constraints)
    pip(directory / "bin" / "python", "install", *options, requirement)


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    listing = ["git", "ls-files", "-z", "src/openvoicelive"]
    tracked = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0")
    held = set(zipfile.ZipFile(wheel).namelist())
    assert {name.removeprefix("src/") for name in tracked if name and (ROOT / name).is_file()} <= held
    assert any(name.endswith("/licenses/LICENSE") for name in held)


def test_the_program_tells_its_version(installed: Path, wheel: Path) -> None:
    command = [str(installed / "bin" / "openvoicelive"), "--version"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert wheel.name.split("-")[1] in result.stdout


async def test_the_page_is_served_from_the_wheel_alone_and_says_what_to_set(
    installed: Path, tmp_path: Path
) -> None:
    port = str(free_port())
    command = installed / "bin" / "openvoicelive"
    async with running(command, "serve", cwd=tmp_path, environment={"PORT": port}) as program:
        assert program.link.endswith(f":{port}")
        status, page = await program.fetch("/")
        assert status == 200
        assert 'id="start"' in page
        for file in re.findall(r'(?:src|href)="(/[^"]+)"', page):
            status, _ = await program.fetch(file)
            assert status == 200, file
        status, health = await program.fetch("/healthz")
        assert status == 503
        assert "AZURE_VOICE_LIVE_ENDPOINT must be set" in health


def test_the_wheel_alone_says_that_our_own_service_is_an_extra(installed: Path, tmp_path: Path) -> None:
    command = [str(installed / "bin" / "openvoicelive"), "check"]
    result = subprocess.run(
        command, cwd=tmp_path, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "pip install 'openvoicelive[local]'" in result.stdout
    assert "Traceback" not in result.stderr


async def test_the_wheel_alone_is_ready_to_talk_with_azure(installed: Path, tmp_path: Path) -> None:
    azure = {
        "PORT": str(free_port()),
        "AZURE_VOICE_LIVE_ENDPOINT": "https://x.services.ai.azure.com",
        "VOICE_LIVE_MODEL": "gpt-realtime",
    }
    command = installed / "bin" / "openvoicelive"
    async with running(command, "serve", cwd=tmp_path, environment=azure) as program:
        assert "ready" in await program.ready()


async def test_with_its_extras_the_wheel_is_ready_to_talk(
    installed: Path, wheel: Path, tmp_path: Path
) -> None:
    install(installed, f"{wheel}[local,espeak]")
    command = installed / "bin" / "openvoicelive"
    async with running(command, "serve", cwd=tmp_path, environment={"PORT": str(free_port())}) as program:
        assert "ready" in await program.ready()
