"""What belongs with every figure: the machine it was measured on; and the processes that are measured."""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

RESULTS = Path(__file__).parent / "results"
READY_DEADLINE_S = 30.0
# A benchmark finds out how many conversations a machine carries, whatever the program takes by default.
MOST_SESSIONS = "1000"
SERVE = (sys.executable, "-m", "openvoicelive", "serve")


def machine() -> dict[str, object]:
    """Describe this machine, and how busy it was already."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "load_average": os.getloadavg(),
    }


def write_result(name: str, result: Mapping[str, object]) -> None:
    """Write a benchmark's result as JSON."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    report = {"benchmark": name, "machine": machine(), **result}
    (RESULTS / f"{name}.json").write_text(json.dumps(report, indent=2) + "\n")


def percentile(values: list[float], percent: int) -> float:
    """Return a percentile, rounded to a tenth; infinite when there are too few values."""
    if len(values) < 2:
        return values[0] if values else float("inf")
    return round(statistics.quantiles(values, n=100, method="inclusive")[percent - 1], 1)


@contextmanager
def serving(
    environment: Mapping[str, str], command: Sequence[str] = SERVE
) -> Iterator[tuple[int, psutil.Process, float]]:
    """Run openvoicelive; yield its port, its process and the seconds until it was ready."""
    began_s = time.monotonic()
    given = {
        **os.environ,
        "PORT": "0",
        "HOST": "127.0.0.1",
        "VOICE_LIVE_MAX_SESSIONS": MOST_SESSIONS,
        **environment,
    }
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=given) as process:
        assert process.stdout
        try:
            greeting = next(line for line in process.stdout if "://" in line)
            port = int(greeting.split("://", 1)[1].split()[0].rsplit(":", 1)[1])
            with urllib.request.urlopen(
                f"http://127.0.0.1:{port}/healthz", timeout=READY_DEADLINE_S
            ) as answer:
                assert json.load(answer)["ready"]
            yield port, psutil.Process(process.pid), time.monotonic() - began_s
        finally:
            process.terminate()


def cpu_s(process: psutil.Process) -> float:
    """Return the seconds of CPU that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
