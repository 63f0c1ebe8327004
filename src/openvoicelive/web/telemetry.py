"""The only file that knows OpenTelemetry: traces and metrics to Application Insights.

It is imported when APPLICATIONINSIGHTS_CONNECTION_STRING is set, and not otherwise. Nothing here runs for a
frame of sound: the SDK's instrumentation wraps connecting, closing and the few events that go out as objects,
counters are read when they are exported, and a turn makes one span.
"""

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from azure.ai.voicelive.telemetry import VoiceLiveInstrumentor
from azure.core.settings import settings as azure_settings
from azure.identity import DefaultAzureCredential
from azure.monitor.opentelemetry.exporter import AzureMonitorMetricExporter, AzureMonitorTraceExporter
from opentelemetry import metrics, trace
from opentelemetry.metrics import CallbackOptions, Histogram, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span, Status, StatusCode
from opentelemetry.util.types import AnyValue

from openvoicelive.settings import Settings
from openvoicelive.web.conversation.session_record import SessionTrace
from openvoicelive.web.page.measurements import Measurements
from openvoicelive.web.page.messages import Metrics

logger = logging.getLogger(__name__)

_CLOSE_DEADLINE_MS = 5_000
_EXPORT_INTERVAL_MS = 60_000

# What may leave of a span. The SDK's instrumentation (1.3.1) puts the agent's instructions on a span even
# when content is not recorded, and an error's message may quote a user. So this lists what is harmless.
_HARMLESS = frozenset(
    {
        "az.namespace",
        "server.address",
        "server.port",
        "error.type",
        "gen_ai.system",
        "gen_ai.provider.name",
        "gen_ai.operation.name",
        "gen_ai.request.model",
        "gen_ai.response.model",
        "gen_ai.response.finish_reasons",
        "gen_ai.voice.session_id",
        "gen_ai.voice.event_type",
        "gen_ai.voice.message_size",
        "gen_ai.voice.turn_count",
        "gen_ai.voice.interruption_count",
        "gen_ai.voice.input_audio_format",
        "gen_ai.voice.output_audio_format",
    }
)
_OURS = "openvoicelive."


class AzureMonitor:
    """Sends to one Application Insights resource."""

    def __init__(self, connection_string: str, settings: Settings, measurements: Measurements) -> None:
        """Begin to measure.

        Raises:
            ValueError: If the connection string is not one.

        """
        # What the exporter tells its makers and asks of them, and its figures about itself.
        for name in ("STATSBEAT_DISABLED_ALL", "CONTROLPLANE_DISABLED", "SDKSTATS_DISABLED"):
            os.environ.setdefault(f"APPLICATIONINSIGHTS_{name}", "true")
        options = exporter_options(connection_string, settings.identity_client_id)
        resource = Resource.create(
            {
                "service.name": "openvoicelive",
                "service.version": version("openvoicelive"),
                "openvoicelive.build": settings.build or "",
            }
        )
        self._spans = TracerProvider(resource=resource)
        self._spans.add_span_processor(
            BatchSpanProcessor(WithoutContent(AzureMonitorTraceExporter(**options)))
        )
        reader = PeriodicExportingMetricReader(
            AzureMonitorMetricExporter(**options), export_interval_millis=_EXPORT_INTERVAL_MS
        )
        self._metrics = MeterProvider([reader], resource=resource)
        trace.set_tracer_provider(self._spans)
        metrics.set_meter_provider(self._metrics)
        self._latencies = _instruments(self._metrics.get_meter("openvoicelive"), measurements)
        _instrument_sdk()

    @contextmanager
    def session(self, session: str, model: str) -> Iterator[SessionTrace]:
        """Take in one conversation as a span, of which the SDK's spans are children."""
        tracer = self._spans.get_tracer("openvoicelive")
        with tracer.start_as_current_span(
            "session",
            attributes={f"{_OURS}session": session, "gen_ai.request.model": model},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            yield _Trace(tracer, span, self._latencies)

    def close(self) -> None:
        """Send what is still here."""
        VoiceLiveInstrumentor().uninstrument()
        self._spans.force_flush(_CLOSE_DEADLINE_MS)
        self._spans.shutdown()
        self._metrics.shutdown(_CLOSE_DEADLINE_MS)


def exporter_options(connection_string: str, client_id: str | None) -> dict[str, Any]:
    """Return how Azure's exporters reach an Application Insights resource."""
    return {
        "connection_string": connection_string,
        # An Application Insights resource without local authentication wants the app's identity.
        "credential": DefaultAzureCredential(managed_identity_client_id=client_id) if client_id else None,
        # What cannot be sent is lost, not written to a disk that may be read-only.
        "disable_offline_storage": True,
        # The exporter counts a redirect before it compares: none is followed, not even within Azure.
        "redirect_max": 1,
    }


class _Trace:
    def __init__(self, tracer: trace.Tracer, span: Span, latencies: Mapping[str, Histogram]) -> None:
        self._tracer = tracer
        self._span = span
        self._latencies = latencies

    def turn(self, turn: Metrics) -> None:
        """Take in a turn: a span as long as its user waited, which ends when the answer was complete."""
        figures = {name: ms for name in self._latencies if (ms := getattr(turn, name)) is not None}
        for name, elapsed_ms in figures.items():
            self._latencies[name].record(elapsed_ms / 1000)
        now_ns = time.time_ns()
        span = self._tracer.start_span(
            "turn",
            context=trace.set_span_in_context(self._span),
            start_time=now_ns - max(figures.values(), default=0) * 1_000_000,
            attributes={f"{_OURS}{name}": value for name, value in {"turn": turn.turn, **figures}.items()},
        )
        span.end(now_ns)

    def trouble(self, code: str) -> None:
        """Take in an error that the user was shown."""
        self._span.add_event("trouble", {f"{_OURS}code": code})
        self._span.set_status(StatusCode.ERROR)


class WithoutContent(SpanExporter):
    """Passes spans on with nothing but harmless attributes."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export copies."""
        return self._inner.export([_without_content(span) for span in spans])

    def shutdown(self) -> None:
        """End."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what waits."""
        return self._inner.force_flush(timeout_millis)


def _without_content(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=_harmless(span.attributes),
        # The SDK's events are about content, which is not there.
        events=[
            Event(event.name, harmless, event.timestamp)
            for event in span.events
            if f"{_OURS}code" in (harmless := _harmless(event.attributes))
        ],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _harmless(attributes: Mapping[str, AnyValue] | None) -> dict[str, AnyValue]:
    given = attributes or {}
    return {name: value for name, value in given.items() if name in _HARMLESS or name.startswith(_OURS)}


def _instruments(meter: metrics.Meter, measurements: Measurements) -> dict[str, Histogram]:
    """Have counters read when they are exported; return the histograms of a turn."""
    for name in ("sessions_now", "sessions", "refusals", "errors", "turns", "frames"):
        create = meter.create_observable_gauge if name == "sessions_now" else meter.create_observable_counter
        create(f"{_OURS}{name}", callbacks=[_reading(measurements, f"openvoicelive_web_{name}")])
    return {
        f"{name}_ms": meter.create_histogram(f"{_OURS}{name}", unit="s")
        for name in ("transcript", "first_text", "first_sound")
    }


def _reading(measurements: Measurements, family: str) -> Callable[[CallbackOptions], list[Observation]]:
    def read(_options: CallbackOptions) -> list[Observation]:
        return [Observation(value, labels) for value, labels in measurements.read(family)]

    return read


def _instrument_sdk() -> None:
    os.environ["AZURE_EXPERIMENTAL_ENABLE_GENAI_TRACING"] = "true"
    azure_settings.tracing_implementation = "opentelemetry"
    VoiceLiveInstrumentor().instrument(enable_content_recording=False)
