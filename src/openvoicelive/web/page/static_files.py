"""The page's files, compressed: a third of their size, which a phone on the road notices."""

import asyncio
import gzip
from pathlib import Path

from quart import Quart, Response, abort, request, send_file

# What is text; pictures and sounds are compressed already.
_TEXT = frozenset(
    {"text/css", "text/javascript", "application/javascript", "application/json", "image/svg+xml"}
)


class StaticFiles:
    """Serves the files that were in a folder at the start, each under one name.

    Any other spelling of a name is unknown before the file system or the cache is asked, so the cache can
    never hold more than one entry for each file.
    """

    def __init__(self, folder: Path) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()
        }
        self._compressed: dict[Path, tuple[str | None, bytes]] = {}

    def register(self, app: Quart) -> None:
        """Serve the files under `/static/`."""
        # Otherwise `//` in an address would be answered with a redirect to another spelling.
        app.url_map.merge_slashes = False
        app.add_url_rule("/static/<path:filename>", "static", self._serve)

    async def _serve(self, filename: str) -> Response:
        path = self._files.get(filename)
        if path is None:
            abort(404)
        try:
            response = await send_file(path, conditional=True)
        except FileNotFoundError:  # deleted since the start
            abort(404)
        return await self._compress(path, response)

    async def _compress(self, path: Path, response: Response) -> Response:
        """Compress a response that is a whole text file if the browser can read it, once for each version."""
        if response.mimetype not in _TEXT:
            return response
        response.vary.add("Accept-Encoding")
        if response.status_code != 200 or not request.accept_encodings["gzip"]:
            return response
        version, _ = response.get_etag()
        known, body = self._compressed.get(path, (None, b""))
        if known is None or known != version:
            body = await asyncio.to_thread(gzip.compress, await response.get_data(as_text=False), mtime=0)
            self._compressed[path] = (version, body)
        response.set_data(body)
        response.content_encoding = "gzip"
        if version is not None:
            response.set_etag(version, weak=True)  # the same content, in other bytes
        return response
