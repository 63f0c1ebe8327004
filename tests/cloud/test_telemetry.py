"""Traces and metrics to Application Insights: figures of sessions and turns, nothing that a person said."""

import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from openvoicelive.web.telemetry import WithoutContent
from tests.cloud.fake_azure import FakeAzure
from tests.cloud.fake_insights import FakeInsights, fake_insights
from tests.cloud.running_program import running_program
from tests.cloud.test_logs import KEY, WORDS, converse, refused_session, settings


@pytest.fixture
async def insights() -> AsyncIterator[FakeInsights]:
    async with fake_insights() as fake:
        yield fake


async def observe(tmp_path: Path, azure: FakeAzure, insights: FakeInsights) -> list[str]:
    """Run the program with two sessions under observation, and return what it has logged."""
    environment = {
        **settings(azure),
        "APPLICATIONINSIGHTS_CONNECTION_STRING": insights.connection_string,
        # However somebody has set them: the content of messages is not recorded.
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true",
        "AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED": "true",
    }
    async with running_program(tmp_path, **environment) as running:
        async with running.browser() as browser:
            await converse(azure, browser)
        async with running.browser() as browser:
            await refused_session(azure, browser)
        assert await running.signalled(signal.SIGTERM) == 0
    return running.output


async def test_sessions_and_turns_become_spans_and_metrics(
    tmp_path: Path, azure: FakeAzure, insights: FakeInsights
) -> None:
    output = await observe(tmp_path, azure, insights)
    assert "Traceback" not in "".join(output)
    session, refused = insights.spans("session")
    assert session["properties"]["gen_ai.request.model"] == "gpt-4o"
    assert session["success"] is False, "the user was shown an error"
    assert session["tags"]["ai.cloud.role"] == "openvoicelive"
    trace = session["tags"]["ai.operation.id"]
    turn = insights.spans("turn")[0]
    assert turn["tags"]["ai.operation.parentId"] == session["id"]
    assert turn["properties"]["openvoicelive.turn"] == "1"
    assert int(turn["properties"]["openvoicelive.first_sound_ms"]) >= 0
    assert refused["tags"]["ai.operation.id"] != trace
    metrics = insights.metrics()
    assert metrics["openvoicelive.sessions"] == 2
    assert metrics["openvoicelive.turns"] >= 1
    assert metrics["openvoicelive.sessions_now"] == 0
    assert "openvoicelive.first_sound" in metrics


async def test_the_sdks_own_spans_belong_to_their_session(
    tmp_path: Path, azure: FakeAzure, insights: FakeInsights
) -> None:
    await observe(tmp_path, azure, insights)
    session = insights.spans("session")[0]
    connect = insights.spans("connect")[0]
    assert connect["tags"]["ai.operation.parentId"] == session["id"]
    assert connect["properties"]["gen_ai.operation.name"] == "connect"
    assert insights.spans("send session.update")[0]["tags"]["ai.operation.parentId"] == connect["id"]
    # One for each event that goes out as an object, and none for sound or what comes in.
    names = {name for name in insights.span_names() if not name.startswith("send ")}
    assert names == {"session", "turn", "connect", "close"}
    assert "append" not in insights.text


async def test_nothing_that_was_said_and_no_key_leaves(
    tmp_path: Path, azure: FakeAzure, insights: FakeInsights
) -> None:
    await observe(tmp_path, azure, insights)
    assert insights.spans("connect")
    assert insights.messages() == {"trouble"}
    assert {where for where, word in WORDS.items() if word in insights.text} == set()
    assert KEY not in insights.text


def test_of_a_failure_only_its_kind_leaves() -> None:
    sent = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(WithoutContent(sent)))
    with provider.get_tracer("test").start_as_current_span("connect") as span:
        span.set_attributes({"error.type": "ConnectionError", "error.message": WORDS["in an error"]})
        span.set_status(StatusCode.ERROR, WORDS["in an error"])
        span.record_exception(ValueError(WORDS["in an error"]))
    (left,) = sent.get_finished_spans()
    assert left.attributes == {"error.type": "ConnectionError"}
    assert left.status.status_code is StatusCode.ERROR
    assert WORDS["in an error"] not in left.to_json()


def test_without_a_connection_string_nothing_of_it_is_imported() -> None:
    program = (
        "import sys\n"
        "from openvoicelive.settings import Settings\n"
        "from openvoicelive.web.app import create_web_app\n"
        "create_web_app(Settings(endpoint='https://x.services.ai.azure.com'), service_url='http://127.0.0.1:1')\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'azure.monitor'))])\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


async def test_a_connection_string_that_is_none_is_told_and_the_app_goes_on(
    tmp_path: Path, azure: FakeAzure
) -> None:
    environment = {**settings(azure), "APPLICATIONINSIGHTS_CONNECTION_STRING": "nonsense"}
    async with running_program(tmp_path, **environment) as running:
        assert (await running.fetch("/healthz"))[0] == 200
    assert any("APPLICATIONINSIGHTS_CONNECTION_STRING" in line for line in running.output)
