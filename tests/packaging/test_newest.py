"""The built wheel with the newest versions that its bounds allow, and not those of the lock.

We use private parts of some packages. This says, before a user meets it, that a release within the bounds has
changed them: then the bound comes down, or the code follows.
"""

import json
import subprocess
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement
from websockets.asyncio.client import connect

from tests.end_to_end.browser_microphone import RATE_HZ, silence, synthetic
from tests.packaging.installing import build_wheel, make_environment, pip
from tests.packaging.program import running
from tests.scripted_model import scripted_model
from tests.web.running_app import Browser

INSTALLING_S = 400
DEADLINE_S = 60
FRAME_BYTES = RATE_HZ * 2 * 20 // 1000
USED_PRIVATELY = {"aiohttp", "azure-ai-voicelive", "openai", "uvicorn", "websockets"}

# Of the environment itself: what is installed, and what the wheel asks for.
INSTALLED = """
import importlib.metadata, json
print(json.dumps([
    {one.metadata["Name"].lower(): one.version for one in importlib.metadata.distributions()},
    importlib.metadata.requires("openvoicelive"),
]))
"""


@pytest.fixture
def newest(tmp_path: Path) -> Path:
    """Return the Python of an environment with the wheel, and the newest of all that it asks for."""
    python = make_environment(tmp_path / "newest")
    pip(python, "install", "--no-compile", "--only-binary", ":all:", f"{build_wheel(tmp_path)}[local]")
    told = subprocess.run([python, "-c", INSTALLED], capture_output=True, check=True, text=True).stdout
    installed, requirements = json.loads(told)
    bounded = {one.name for one in map(Requirement, requirements) if "<" in str(one.specifier)}
    assert bounded >= USED_PRIVATELY
    for name in sorted(USED_PRIVATELY):
        print(f"{name} {installed[name]}; the lock has {version(name)}")  # noqa: T201 - to read when this fails
    return python


@pytest.mark.timeout(INSTALLING_S + DEADLINE_S)
async def test_the_newest_versions_hold_a_conversation(newest: Path, tmp_path: Path) -> None:
    with scripted_model() as chat_url:
        environment = {"PORT": "0", "VOICE_LIVE_CHAT_URL": chat_url}
        command = (newest.with_name("openvoicelive"), "serve")
        async with running(*command, cwd=tmp_path, environment=environment) as program:
            await program.ready()
            async with connect(program.link.replace("http", "ws", 1) + "/ws", compression=None) as socket:
                await _converse(Browser(socket, deadline_s=DEADLINE_S))
        assert "Traceback" not in "".join(program.output)


async def _converse(browser: Browser) -> None:
    """Speak, and be answered aloud: sound goes both ways through what is ours in the sockets."""
    await browser.start()
    said = np.concatenate((synthetic("What is the largest lake?"), silence(1.5))).tobytes()
    for start in range(0, len(said), FRAME_BYTES):
        await browser.send_sound(said[start : start + FRAME_BYTES])
    question = await browser.until(type="transcript", role="user", final=True)
    assert "lake" in question["text"].lower()
    while not isinstance(sound := await browser.next(), bytes):
        pass
    assert np.frombuffer(sound, np.int16).size
    answer = await browser.until(type="transcript", role="assistant", final=True)
    assert answer["text"]
