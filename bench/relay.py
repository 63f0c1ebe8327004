"""How many conversations the relay carries on one core: browser socket <-> SDK <-> Voice Live.

The relay, which is the whole web app under uvicorn, has one core for itself; browsers and service have
another. Each conversation moves 50 frames a second up and 50 down, stamped when sent; latency is what the way
through the relay took, with the load's own delays in it. Each level is measured in several runs, each with a
relay of its own, in turn with the least that a relay can do (`bare_relay.py`). Run it with
`python -m bench.relay`.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, astuple, dataclass
from typing import Any

import psutil
import uvicorn
import uvloop

from bench.machine import cpu_s, write_result
from bench.relay_load import MESSAGES_PER_S, Load
from openvoicelive.protocol.dialects.interface import MAX_MESSAGE_BYTES
from openvoicelive.serving.server import collect_garbage_rarely, server_config
from openvoicelive.settings import Settings
from openvoicelive.web.app import create_web_app

P99_LIMIT_MS = 10.0

Command = Callable[[int], list[str]]
"""A relay's module and arguments, for a service's port."""

RELAYS: dict[str, Command] = {
    "app": lambda port: ["bench.relay", "--serve", f"http://127.0.0.1:{port}"],
    "bare": lambda port: ["bench.bare_relay", str(port)],
}


@dataclass(frozen=True)
class Level:
    """What was measured with so many conversations at once, in one run or as the median of several."""

    conversations: int
    messages_per_s: float
    up_p50_ms: float
    up_p99_ms: float
    down_p50_ms: float
    down_p99_ms: float
    relay_core_percent: float
    relay_us_per_message: float
    relay_kib_per_conversation: float
    load_core_percent: float
    lost: float

    @property
    def p99_ms(self) -> float:
        return max(self.up_p99_ms, self.down_p99_ms)

    @property
    def holds(self) -> bool:
        return not self.lost and self.p99_ms < P99_LIMIT_MS


def main() -> None:
    """Measure, print a table and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--levels", type=int, nargs="+", default=[1, 100, 200, 300, 350, 400])
    parser.add_argument("--seconds", type=float, default=6.0, help="at each level")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--serve", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    core, *_, core_of_load = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core_of_load})
    runs: dict[str, list[list[Level]]] = {name: [] for name in RELAYS}
    for _ in range(options.runs):
        for name, of_relay in runs.items():
            of_relay.append(uvloop.run(measure(RELAYS[name], core, options.levels, options.seconds)))
    medians = {name: _medians(of_relay) for name, of_relay in runs.items()}
    for name, levels in medians.items():
        print_table(name, levels, runs[name])
    held = [level.conversations for level in medians["app"] if level.holds]
    print(f"conversations on one core with p99 < {P99_LIMIT_MS:.0f} ms, by medians: {max(held, default=0)}")
    write_result("relay", report(medians, runs, options.seconds))


async def measure(command: Command, core: int, conversations: list[int], duration_s: float) -> list[Level]:
    """Measure each level once, with growing numbers of conversations, until one loses any.

    The relay has this core; the load is where the caller is.
    """
    async with running_relay(command, core) as (load, process, port):
        idle_bytes = process.memory_info().rss
        levels: list[Level] = []
        running = 0
        for count in conversations:
            while running < count:
                await load.add(port)
                running += 1
            await load.run(1.0)
            levels.append(await _measure_level(load, process, count, duration_s, idle_bytes))
            if levels[-1].lost:
                break
        return levels


@asynccontextmanager
async def running_relay(command: Command, core: int) -> AsyncIterator[tuple[Load, psutil.Process, int]]:
    """Run a relay on this core; yield its load, its process and its port."""
    load = Load()
    relay = subprocess.Popen(  # noqa: ASYNC220 - starts before anything is measured
        [sys.executable, "-m", *command(await load.serve())],
        stdout=subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # noqa: PLW1509 - no threads here
        text=True,
    )
    try:
        assert relay.stdout
        yield load, psutil.Process(relay.pid), int(await asyncio.to_thread(relay.stdout.readline))
    finally:
        load.close()
        relay.terminate()
        relay.wait(10)


async def _measure_level(
    load: Load, relay: psutil.Process, count: int, duration_s: float, idle_bytes: int
) -> Level:
    relay_s, load_s, begin_s = cpu_s(relay), time.process_time(), time.monotonic()
    await load.run(duration_s)
    elapsed_s = time.monotonic() - begin_s
    relay_s, load_s = cpu_s(relay) - relay_s, time.process_time() - load_s
    moved = len(load.up) + len(load.down)
    expected = count * MESSAGES_PER_S * elapsed_s
    up_p50, up_p99 = _percentiles_ms(load.up)
    down_p50, down_p99 = _percentiles_ms(load.down)
    return Level(
        conversations=count,
        messages_per_s=round(moved / elapsed_s, 1),
        up_p50_ms=up_p50,
        up_p99_ms=up_p99,
        down_p50_ms=down_p50,
        down_p99_ms=down_p99,
        relay_core_percent=round(100 * relay_s / elapsed_s, 1),
        relay_us_per_message=round(1e6 * relay_s / max(1, moved), 1),
        relay_kib_per_conversation=round((relay.memory_info().rss - idle_bytes) / count / 1024, 1),
        load_core_percent=round(100 * load_s / elapsed_s, 1),
        lost=load.lost + (moved < 0.97 * expected),
    )


def serve(url: str, prepare: Callable[[uvicorn.Config], None] | None = None) -> None:
    """Be the relay, in its own process: the web app as its entry point runs it, or as it was prepared."""
    settings = Settings(endpoint=url, api_key="bench", model="gpt-4o", voice="alloy", max_sessions=10_000)
    app = create_web_app(settings, service_url=url)
    config = server_config(app, max_message_bytes=MAX_MESSAGE_BYTES)
    config.port = 0
    if prepare is not None:
        prepare(config)
    _Server(config).run()


class _Server(uvicorn.Server):
    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        collect_garbage_rarely()
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)


def _medians(runs: list[list[Level]]) -> list[Level]:
    return [_median(levels) for levels in zip(*runs, strict=False)]


def _median(levels: tuple[Level, ...]) -> Level:
    columns = zip(*(astuple(level) for level in levels), strict=True)
    conversations, *figures = (statistics.median(column) for column in columns)
    return Level(int(conversations), *(round(figure, 2) for figure in figures))


def print_table(name: str, levels: list[Level], runs: list[list[Level]]) -> None:
    """Print the medians, and the p99 of each run."""
    print(f"{name}: medians of {len(runs)} runs")
    print("conver-  messages   up ms         down ms       relay              KiB per   load    p99 of")
    print("sations  per s      p50    p99    p50    p99    core %   us/msg    convers.  core %  each run")
    for place, level in enumerate(levels):
        of_runs = [run[place] for run in runs if place < len(run)]
        print(
            f"{level.conversations:7}  {level.messages_per_s:8.0f}"
            f"  {level.up_p50_ms:5.2f}  {level.up_p99_ms:5.2f}"
            f"  {level.down_p50_ms:5.2f}  {level.down_p99_ms:5.2f}  {level.relay_core_percent:6.1f}"
            f"  {level.relay_us_per_message:7.1f}  {level.relay_kib_per_conversation:9.1f}"
            f"  {level.load_core_percent:7.1f}  {' '.join(f'{one.p99_ms:.1f}' for one in of_runs)}"
        )


def report(
    medians: dict[str, list[Level]], runs: dict[str, list[list[Level]]], duration_s: float
) -> dict[str, object]:
    """Return what belongs with the figures: the load and the number of runs."""
    return {
        "load": {
            "messages_per_s_per_conversation": MESSAGES_PER_S,
            "up": "50 frames of 20 ms a second",
            "down": "50 frames of 20 ms a second",
            "seconds_per_level": duration_s,
            "runs": len(runs["app"]),
        },
        "p99_limit_ms": P99_LIMIT_MS,
        "conversations": max((level.conversations for level in medians["app"] if level.holds), default=0),
        "medians": {name: [asdict(level) for level in levels] for name, levels in medians.items()},
        "runs": {
            name: [[asdict(level) for level in run] for run in of_relay] for name, of_relay in runs.items()
        },
    }


def _percentiles_ms(values_ns: list[int]) -> tuple[float, float]:
    if len(values_ns) < 2:
        return float("inf"), float("inf")
    quantiles = statistics.quantiles(values_ns, n=100)
    return round(quantiles[49] / 1e6, 2), round(quantiles[98] / 1e6, 2)


if __name__ == "__main__":
    main()
