"""An Application Insights endpoint that keeps what it is sent."""

import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web


class FakeInsights:
    """The endpoint; `items` is all that arrived, `text` the same as it came."""

    def __init__(self) -> None:
        self.connection_string = ""
        self.text = ""
        self.items: list[dict[str, Any]] = []

    def spans(self, name: str) -> list[dict[str, Any]]:
        """Return what arrived of spans: id, name, duration, properties, and their place in a trace."""
        found = []
        for item in self.items:
            data = item["data"]
            if (
                data["baseType"] in {"RemoteDependencyData", "RequestData"}
                and data["baseData"]["name"] == name
            ):
                found.append({**data["baseData"], "tags": item["tags"]})
        return found

    def span_names(self) -> set[str]:
        return {
            item["data"]["baseData"]["name"]
            for item in self.items
            if item["data"]["baseType"] in {"RemoteDependencyData", "RequestData"}
        }

    def messages(self) -> set[str]:
        """Return what arrived of spans' events."""
        data = (item["data"] for item in self.items)
        return {one["baseData"]["message"] for one in data if one["baseType"] == "MessageData"}

    def metrics(self) -> dict[str, float]:
        """Return the last value of each metric."""
        return {
            point["name"]: point["value"]
            for item in self.items
            if item["data"]["baseType"] == "MetricData"
            for point in item["data"]["baseData"]["metrics"]
        }

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        text = (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode()
        items = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]
        self.text += text
        self.items += items
        return web.json_response({"itemsReceived": len(items), "itemsAccepted": len(items), "errors": []})


@asynccontextmanager
async def fake_insights() -> AsyncIterator[FakeInsights]:
    """Serve on a free port of this machine."""
    fake = FakeInsights()
    application = web.Application(client_max_size=2**24)
    application.router.add_post("/{path:.*}", fake.take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    fake.connection_string = (
        f"InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint={url};LiveEndpoint={url}"
    )
    try:
        yield fake
    finally:
        await runner.cleanup()
