"""The page's files: compressed for browsers that can read that, and each under one name only."""

import asyncio
import gzip
from pathlib import Path

import aiohttp
import pytest
from quart import Quart

import openvoicelive.web
from openvoicelive.web.page.static_files import StaticFiles
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


async def raw_get(app: RunningApp, target: str) -> bytes:
    """Ask for a target as it is written, which no client library would."""
    host, port = app.host.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    request = (
        f"GET {target} HTTP/1.1\r\nHost: {app.host}\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"
    )
    writer.write(request.encode())
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize(
    "target",
    [
        "/static/anything/../app.js",
        "/static/./app.js",
        "/static//app.js",
        "/static/talk/../app.js",
        "/static/talk/%2e%2e/app.js",
        "/static/talk%2f..%2fapp.js",
        "/static/app.js/",
        "/static/app.js%00",
        "/static/talk",
        "/static/" + "x" * 256,
        "/static/" + "x/" * 2_000,
        "/static/" + "x/../" * 2_000 + "app.js",
        "/static/%ff",
        "/static/..%5capp.js",
    ],
)
async def test_another_spelling_of_a_name_is_not_found(
    app: RunningApp, target: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await raw_get(app, target)
    assert answer.startswith(b"HTTP/1.1 404 "), answer[:200]
    assert not caplog.records


async def test_only_one_compressed_copy_of_each_file_is_kept(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("one.js", "deep/two.js"):
        (tmp_path / name).write_text("// code\n" * 100)
    app, files = Quart(__name__, static_folder=None), StaticFiles(tmp_path)
    files.register(app)
    client = app.test_client()
    for number in range(100):
        for name in ("one.js", "deep/two.js", f"{number}/../one.js", f"deep/{number}/../two.js"):
            await client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip"})
    assert len(files._compressed) == 2
    (tmp_path / "one.js").unlink()
    assert (await client.get("/static/one.js")).status_code == 404
