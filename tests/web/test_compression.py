"""The page's files travel compressed, to browsers that can read that."""

import gzip
from pathlib import Path

import aiohttp
import pytest

import openvoicelive.web
from tests.web.running_app import RunningApp

PATH = "/static/locales/en.json"
CONTENT = (Path(openvoicelive.web.__file__).parent / PATH[1:]).read_bytes()


async def fetch(app: RunningApp, **headers: str) -> tuple[aiohttp.ClientResponse, bytes]:
    async with (
        aiohttp.ClientSession(auto_decompress=False) as client,
        client.get(app.url + PATH, headers=headers) as answer,
    ):
        return answer, await answer.read()


@pytest.mark.parametrize("time", ["first", "second"])
async def test_a_text_file_is_compressed_for_who_can_read_it(app: RunningApp, time: str) -> None:
    if time == "second":
        await fetch(app, **{"Accept-Encoding": "gzip"})
    answer, body = await fetch(app, **{"Accept-Encoding": "br, gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(body) == CONTENT
    assert len(body) < len(CONTENT) / 2


async def test_who_cannot_read_it_gets_the_file_as_it_is(app: RunningApp) -> None:
    answer, body = await fetch(app, **{"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in answer.headers
    assert body == CONTENT


async def test_a_file_is_asked_for_each_time_and_sent_only_when_it_has_changed(app: RunningApp) -> None:
    answer, _ = await fetch(app, **{"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "no-cache"
    again, body = await fetch(app, **{"Accept-Encoding": "gzip", "If-None-Match": answer.headers["ETag"]})
    assert (again.status, body) == (304, b"")
