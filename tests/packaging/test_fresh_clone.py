"""What a new user does: clone, `make run`, open the link, Ctrl+C."""

import asyncio
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.packaging.program import clean_environment, free_port, running

ROOT = Path(__file__).parents[2]
SET_UP_S = 300


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The files that git knows, as they are now, in a directory with a space in its name."""
    directory = tmp_path / "open voice live"
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    for name in filter(None, listing.stdout.split("\0")):
        if (ROOT / name).is_file():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, directory / name)
    return directory


@pytest.mark.timeout(SET_UP_S + 120)
async def test_make_run_sets_up_starts_and_prints_the_link(clone: Path) -> None:
    port = free_port()
    command = ("make", "run", f"PORT={port}")
    async with running(*command, cwd=clone, deadline_s=SET_UP_S) as program:
        assert program.link.endswith(f":{port}")
        assert "ready" in await program.ready()
        status, page = await program.fetch("/")
        assert status == 200
        assert 'id="start"' in page
        assert await program.interrupt() in {0, -signal.SIGINT, 130, 2}
        assert "Traceback" not in "".join(program.output)

    async with running(*command, cwd=clone) as program:
        assert "Installing" not in "".join(program.output)
        assert "ready" in await program.ready()
        for again in (command, ("scripts/serve",)):
            refused = await asyncio.create_subprocess_exec(
                *again,
                cwd=clone,
                env={**clean_environment(), "PORT": str(port)},
                stderr=asyncio.subprocess.PIPE,
            )
            _, told = await asyncio.wait_for(refused.communicate(), 60)
            typed = " ".join(word for word in again if "=" not in word)
            assert re.search(rf"PORT=\d+ {typed}$", told.decode(), flags=re.MULTILINE)
