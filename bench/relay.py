"""How many conversations the relay carries on one core: browser socket <-> SDK <-> Voice Live.

The relay, which is the whole web app under uvicorn, has one core for itself; browsers and service have
another. Each conversation moves 25 frames a second up and 50 down, stamped when sent; latency is what the way
through the relay took, with the load's own delays in it. Run it with `python -m bench.relay`.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

import psutil
import uvicorn
import uvloop

from bench.machine import cpu_s, write_result
from bench.relay_load import MESSAGES_PER_S, Load
from openvoicelive.http_server import collect_garbage_rarely, server_config
from openvoicelive.settings import Settings
from openvoicelive.web.app import create_web_app

P99_LIMIT_MS = 10.0


@dataclass(frozen=True)
class Level:
    """What was measured with so many conversations at once."""

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
    lost: int

    @property
    def holds(self) -> bool:
        return not self.lost and max(self.up_p99_ms, self.down_p99_ms) < P99_LIMIT_MS


def main() -> None:
    """Measure, print a table and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--levels", type=int, nargs="+", default=[1, 100, 200, 300, 350, 400, 450])
    parser.add_argument("--seconds", type=float, default=6.0, help="at each level")
    parser.add_argument("--serve", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    levels = uvloop.run(measure(options.levels, options.seconds))
    print_table(levels)
    held = [level.conversations for level in levels if level.holds]
    print(f"conversations on one core with p99 < {P99_LIMIT_MS:.0f} ms: {max(held, default=0)}")
    write_result("relay", report(levels, options.seconds))


async def measure(conversations: list[int], duration_s: float) -> list[Level]:
    """Measure each level once, with growing numbers of conversations, until one loses any."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    load = Load()
    url = f"http://127.0.0.1:{await load.serve()}"
    relay = subprocess.Popen(  # noqa: ASYNC220 - starts before anything is measured
        [sys.executable, "-m", "bench.relay", "--serve", url],
        stdout=subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, {cores[0]}),  # noqa: PLW1509 - no threads here
        text=True,
    )
    try:
        assert relay.stdout
        port = int(await asyncio.to_thread(relay.stdout.readline))
        process = psutil.Process(relay.pid)
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


def serve(url: str) -> None:
    """Be the relay, in its own process: the web app as its entry point runs it."""
    settings = Settings(endpoint=url, api_key="bench", model="gpt-4o", voice="alloy", max_sessions=10_000)
    app = create_web_app(settings, service_url=url)
    config = server_config(app)
    config.port = 0
    _Server(config).run()


class _Server(uvicorn.Server):
    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        collect_garbage_rarely()
        print(self.servers[0].sockets[0].getsockname()[1], flush=True)


def print_table(levels: list[Level]) -> None:
    print("conver-  messages   up ms         down ms       relay              KiB per   load")
    print("sations  per s      p50    p99    p50    p99    core %   us/msg    convers.  core %")
    for level in levels:
        print(
            f"{level.conversations:7}  {level.messages_per_s:8.0f}"
            f"  {level.up_p50_ms:5.2f}  {level.up_p99_ms:5.2f}"
            f"  {level.down_p50_ms:5.2f}  {level.down_p99_ms:5.2f}  {level.relay_core_percent:6.1f}"
            f"  {level.relay_us_per_message:7.1f}  {level.relay_kib_per_conversation:9.1f}"
            f"  {level.load_core_percent:7.1f}"
        )


def report(levels: list[Level], duration_s: float) -> dict[str, object]:
    """Return what belongs with the figures: the load and the number of runs."""
    return {
        "load": {
            "messages_per_s_per_conversation": MESSAGES_PER_S,
            "up": "25 frames of 40 ms a second",
            "down": "50 frames of 20 ms a second",
            "seconds_per_level": duration_s,
            "runs": 1,
        },
        "p99_limit_ms": P99_LIMIT_MS,
        "conversations": max((level.conversations for level in levels if level.holds), default=0),
        "levels": [asdict(level) for level in levels],
    }


def _percentiles_ms(values_ns: list[int]) -> tuple[float, float]:
    if len(values_ns) < 2:
        return float("inf"), float("inf")
    quantiles = statistics.quantiles(values_ns, n=100)
    return round(quantiles[49] / 1e6, 2), round(quantiles[98] / 1e6, 2)


if __name__ == "__main__":
    main()
