"""No client of ours takes what it was given for one origin to another, whatever it is told."""

import asyncio

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.monitor.opentelemetry.exporter import AzureMonitorTraceExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from openvoicelive.allowed_servers import AllowedServers
from openvoicelive.chat.interface import ChatRequest
from openvoicelive.chat.openai_compatible import OpenAICompatibleModel, find_ollama
from openvoicelive.errors import EngineError
from openvoicelive.protocol.session.mcp.server import McpServer
from openvoicelive.settings import Settings
from openvoicelive.tools.mcp import McpServers
from openvoicelive.web.telemetry import exporter_options
from openvoicelive.web.voice_live.connection import open_service
from openvoicelive.web.voice_live.credentials import Credentials
from openvoicelive.web.voice_live.failures import ServiceUnavailable
from tests.redirecting_server import STATUSES, Redirecting, redirecting
from tests.web.running_app import running_app

every_redirect = pytest.mark.parametrize("status", STATUSES)


def nothing_left(servers: Redirecting) -> None:
    assert servers.asked, "the client asked where it was told to"
    assert not servers.arrived_elsewhere


@every_redirect
async def test_a_conversation_goes_to_the_chat_server_alone(status: int) -> None:
    async with redirecting(status) as servers:
        model = OpenAICompatibleModel(
            f"{servers.url}/v1", model="a-model", api_key="a secret", new_call_id=lambda: "call_1"
        )
        with pytest.raises(EngineError, match="redirects") as failed:
            await anext(model.reply(ChatRequest("What was said.", ())))
        assert failed.value.code == "model_refused"
        assert "VOICE_LIVE_CHAT_URL" in str(failed.value)
        await model.close()
    nothing_left(servers)


@every_redirect
async def test_the_list_of_models_comes_from_the_chat_server_alone(status: int) -> None:
    async with redirecting(status) as servers:
        model = OpenAICompatibleModel(f"{servers.url}/v1", new_call_id=lambda: "call_1")
        with pytest.raises(EngineError, match="redirects"):
            await model.model_name()
        await model.close()
        assert await find_ollama(servers.url) is None
    nothing_left(servers)


@every_redirect
async def test_the_key_of_voice_live_goes_to_its_endpoint_alone(status: int) -> None:
    credential = Credentials(Settings(api_key="a secret", endpoint="https://x.example")).get()
    async with redirecting(status) as servers:
        with pytest.raises(ServiceUnavailable):
            async with open_service(servers.url, credential, "gpt-4o"):
                pass
    nothing_left(servers)


@every_redirect
async def test_the_identitys_secret_goes_to_its_endpoint_alone(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of all that DefaultAzureCredential tries, App Service's managed identity, with its secret header.
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")
    monkeypatch.setenv("IDENTITY_HEADER", "a secret")
    async with redirecting(status) as servers:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{servers.url}/msi/token")
        settings = Settings(endpoint="https://x.example", identity_client_id="an-id")
        credentials = Credentials(settings)
        with pytest.raises(ClientAuthenticationError):
            await credentials.get().get_token("https://ai.azure.com/.default")  # type: ignore[union-attr]
        await credentials.close()
    nothing_left(servers)


@pytest.mark.parametrize("status", [307, 308])
async def test_telemetry_goes_to_its_endpoint_alone(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STATSBEAT_DISABLED_ALL", "CONTROLPLANE_DISABLED", "SDKSTATS_DISABLED"):
        monkeypatch.setenv(f"APPLICATIONINSIGHTS_{name}", "true")
    async with redirecting(status) as servers:
        connection = (
            "InstrumentationKey=00000000-0000-0000-0000-000000000001;"
            f"IngestionEndpoint={servers.url}/;LiveEndpoint={servers.url}/"
        )
        spans = TracerProvider()
        exporter = AzureMonitorTraceExporter(**exporter_options(connection, None))
        spans.add_span_processor(SimpleSpanProcessor(exporter))
        span = spans.get_tracer("test").start_span("session")
        await asyncio.to_thread(span.end)
        await asyncio.to_thread(spans.shutdown)
    nothing_left(servers)


@every_redirect
async def test_tools_are_asked_for_at_their_server_alone(status: int) -> None:
    async with redirecting(status) as servers:
        allowed = AllowedServers.parse([servers.url, servers.elsewhere])
        async with asyncio.TaskGroup() as tasks:
            connections = McpServers(allowed, tasks)
            server = McpServer(
                server_label="north", server_url=f"{servers.url}/mcp", authorization="a secret"
            )
            with pytest.raises(EngineError):
                await connections.list_tools(server)
            connections.keep(frozenset())
    nothing_left(servers)


@every_redirect
async def test_our_own_service_is_asked_for_its_health_alone(status: int) -> None:
    async with redirecting(status) as servers, running_app(Settings(), service_url=servers.url) as app:
        assert (await app.get("/healthz"))[0] == 503
    nothing_left(servers)
