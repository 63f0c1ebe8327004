"""What `/metrics` tells Prometheus about the page's side."""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from openvoicelive.web.page.messages import Metrics

_SECONDS = (0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9, 1.2, 1.6, 2.5, 5.0, 10.0)


class Measurements(Collector):
    """Counts of one app.

    Frames are plain integers: a Prometheus counter takes a lock, and there are 75 frames a second each.
    """

    def __init__(self) -> None:
        self.frames_up = 0
        self.frames_down = 0
        self.sessions = 0
        self._registry = CollectorRegistry()
        self._registry.register(self)
        self.begun = Counter("openvoicelive_web_sessions", "Sessions begun.", registry=self._registry)
        self.refused = Counter(
            "openvoicelive_web_refusals", "Sessions refused.", ["reason"], registry=self._registry
        )
        self.errors = Counter("openvoicelive_web_errors", "Errors shown to users.", registry=self._registry)
        self.turns = Counter("openvoicelive_web_turns", "Turns answered.", registry=self._registry)
        self._latencies = {
            name: Histogram(
                f"openvoicelive_web_{name}_seconds",
                f"From the end of the user's speech to the {meaning}.",
                buckets=_SECONDS,
                registry=self._registry,
            )
            for name, meaning in (
                ("transcript", "transcript"),
                ("first_text", "first word of the answer"),
                ("first_sound", "first sound of the answer"),
            )
        }

    def observe(self, turn: Metrics) -> None:
        """Take in the figures of one turn."""
        self.turns.inc()
        for name, histogram in self._latencies.items():
            if (elapsed_ms := getattr(turn, f"{name}_ms")) is not None:
                histogram.observe(elapsed_ms / 1000)

    def read(self, family: str) -> Iterator[tuple[float, Mapping[str, str]]]:
        """Yield the values of a counter or gauge, with their labels."""
        for metric in self._registry.collect():
            if metric.name == family:
                for sample in metric.samples:
                    if not sample.name.endswith("_created"):
                        yield sample.value, sample.labels

    def collect(self) -> Iterator[Metric]:
        """Yield what is counted in plain integers."""
        yield GaugeMetricFamily(
            "openvoicelive_web_sessions_now", "Sessions that run now.", value=self.sessions
        )
        frames = CounterMetricFamily("openvoicelive_web_frames", "Frames of sound.", labels=["direction"])
        frames.add_metric(["up"], self.frames_up)
        frames.add_metric(["down"], self.frames_down)
        yield frames

    def exposition(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)
