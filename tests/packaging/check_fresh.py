"""`make run` as an ordinary user in the minimal Debian that scripts/check-fresh has made."""

import os
import time
from pathlib import Path

import pytest

from tests.packaging.program import free_port, running

ROOT = Path(__file__).parents[2]
DEADLINE_S = 300
"""On two cores that have nothing else to do it takes 24 s; only what hangs takes so long."""


@pytest.mark.timeout(DEADLINE_S + 60)
async def test_an_ordinary_user_can_talk_after_make_run() -> None:
    root = os.environ["OPENVOICELIVE_FRESH_ROOT"]
    command = ("scripts/in-root", root, "visitor", "openvoicelive")
    began_s = time.monotonic()
    async with running(
        *command, "make", "run", f"PORT={free_port()}", cwd=ROOT, deadline_s=DEADLINE_S
    ) as program:
        assert '"ready":true' in (await program.ready()).replace(" ", "")
        print(f"make run: ready after {time.monotonic() - began_s:.0f} s")  # noqa: T201 - a figure to read
        status, page = await program.fetch("/")
        assert status == 200
        assert 'id="start"' in page
    said = "".join(program.output)
    assert "Traceback" not in said
    assert program.link in said
