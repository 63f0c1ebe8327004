"""The program with a managed identity, as App Service and Container Apps give it one, and no key anywhere."""

import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from tests.cloud.fake_azure import FakeAzure
from tests.cloud.running_program import running_program

CLIENT_ID = "00000000-0000-0000-0000-00000000000c"
HEADER = "only-this-container-knows"


class IdentityEndpoint:
    """What the platform puts beside the container.

    https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
    """

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[dict[str, str]] = []
        self.knows_identity = True

    async def answer(self, request: web.Request) -> web.Response:
        if request.headers.get("X-IDENTITY-HEADER") != HEADER:
            return web.json_response({"statusCode": 401}, status=401)
        if not self.knows_identity:
            return web.json_response({"statusCode": 400, "message": "No such identity"}, status=400)
        self.asked.append(dict(request.query))
        return web.json_response(
            {
                "access_token": f"managed-{len(self.asked)}",
                "expires_on": str(int(time.time()) + 86_400),
                "resource": request.query["resource"],
                "token_type": "Bearer",
                "client_id": request.query["client_id"],
            }
        )


@pytest.fixture
async def identity() -> AsyncIterator[IdentityEndpoint]:
    endpoint = IdentityEndpoint()
    application = web.Application()
    application.router.add_get("/msi/token", endpoint.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    endpoint.url = f"http://127.0.0.1:{runner.addresses[0][1]}/msi/token"
    yield endpoint
    await runner.cleanup()


def environment(azure: FakeAzure, identity: IdentityEndpoint) -> dict[str, str]:
    return {
        "AZURE_VOICE_LIVE_ENDPOINT": azure.url,
        "AZURE_CLIENT_ID": CLIENT_ID,
        "VOICE_LIVE_MODEL": "gpt-4o",
        "IDENTITY_ENDPOINT": identity.url,
        "IDENTITY_HEADER": HEADER,
    }


async def test_the_managed_identity_opens_all_sessions_with_one_token(
    tmp_path: Path, azure: FakeAzure, identity: IdentityEndpoint
) -> None:
    async with running_program(tmp_path, **environment(azure, identity)) as running:
        for _ in range(2):
            async with running.browser() as browser:
                await browser.start()
        assert await running.signalled(signal.SIGTERM) == 0
    assert azure.tokens == ["managed-1", "managed-1"]
    assert [asked["client_id"] for asked in identity.asked] == [CLIENT_ID]
    assert identity.asked[0]["resource"] == "https://ai.azure.com"
    output = "".join(running.output)
    assert "Unclosed" not in output
    assert "managed-1" not in output
    assert HEADER not in output


async def test_an_identity_that_the_platform_does_not_know_is_explained(
    tmp_path: Path, azure: FakeAzure, identity: IdentityEndpoint
) -> None:
    identity.knows_identity = False
    async with running_program(tmp_path, **environment(azure, identity)) as running:
        async with running.browser() as browser:
            await browser.send("start")
            ended = await browser.until(state="error")
        await running.signalled(signal.SIGINT)
    assert "AZURE_VOICE_LIVE_API_KEY" in ended["message"]
    assert HEADER not in "".join(running.output)
