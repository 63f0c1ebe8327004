"""What one bad client costs the others: four conversations go on while another process does its worst.

The victims are the conversations of `bench.voice_to_voice`. Beside them a probe pings the service every
20 ms: how much later than undisturbed the pong comes is how long the event loop was held up. Each attack of
`bench.bad_clients` lasts as long as the victims talk. Run it with `python -m bench.bad_neighbours`.
"""

import argparse
import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import psutil
import uvloop
from websockets.asyncio.client import connect

from bench.bad_clients import ATTACKS
from bench.machine import percentile, serving, write_result
from bench.voice_to_voice import WORDS_PER_S, Level, measure_level
from tests.model_script import LAKE
from tests.scripted_model import scripted_model

VICTIMS = 4
TURNS = 5
PING_EVERY_S = 0.02
UNDISTURBED = "undisturbed"
AIM = 1.3
"""The victims' p95 should be at most so many times the undisturbed one."""
ENDING_S = 10.0


@dataclass(frozen=True)
class Attacked:
    """What the victims noticed of one attack."""

    attack: str
    victims: Level
    ping_p50_ms: float
    ping_p99_ms: float
    ping_max_ms: float
    times_undisturbed: float
    """The victims' p95 by the undisturbed one."""


async def ping(port: int, delays_ms: list[float]) -> None:
    """Note how long each pong takes, until cancelled."""
    url = f"ws://127.0.0.1:{port}/voice-live/realtime?model=gpt-4o"
    async with connect(url, compression=None, ping_interval=None, max_queue=None) as socket:
        while True:
            sent_s = time.monotonic()
            await (await socket.ping())
            delays_ms.append(1_000 * (time.monotonic() - sent_s))
            await asyncio.sleep(PING_EVERY_S)


async def measure(port: int, server: psutil.Process, turns: int) -> tuple[Level, list[float]]:
    """Hold the victims' conversations, and return what they and the probe noticed."""
    delays_ms: list[float] = []
    probe = asyncio.create_task(ping(port, delays_ms))
    level = await measure_level(port, server, VICTIMS, turns)
    probe.cancel()
    return level, delays_ms


@contextmanager
def attacking(attack: str, port: int) -> Iterator[None]:
    """Let another process attack meanwhile."""
    if attack == UNDISTURBED:
        yield
        return
    command = [sys.executable, "-m", "bench.bad_clients", attack, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as attacker:
        assert attacker.stdout
        attacker.stdout.readline()  # it has made its messages
        try:
            yield
            assert attacker.poll() is None, f"{attack} ended early"
        finally:
            attacker.terminate()
            attacker.wait(ENDING_S)


def main() -> None:
    """Measure, print a table and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("attacks", nargs="*", metavar="attack", help=f"of {', '.join(ATTACKS)}; default all")
    parser.add_argument("--turns", type=int, default=TURNS, help="turns of each victim under each attack")
    options = parser.parse_args()
    if unknown := set(options.attacks) - set(ATTACKS):
        parser.error(f"there is no attack {', '.join(sorted(unknown))}")
    print("                              first sound         unans-        ping     ping     ping   times")
    print(
        "attack                 turns  p50 ms    p95 ms    wered   gaps  p50 ms   p99 ms   max ms   undist."
    )
    results: list[Attacked] = []
    with scripted_model(words_per_second=WORDS_PER_S, answer=LAKE) as chat_url:
        for attack in (UNDISTURBED, *(options.attacks or ATTACKS)):
            # Each has a fresh service, so that none suffers from what an earlier one has left.
            settings = {"VOICE_LIVE_CHAT_URL": chat_url, "VOICE_LIVE_ACCESS_CODE": "right"}
            with serving(settings) as (port, server, _), attacking(attack, port):
                level, delays_ms = uvloop.run(measure(port, server, options.turns))
            undisturbed = results[0].victims if results else level
            results.append(
                Attacked(
                    attack=attack,
                    victims=level,
                    ping_p50_ms=percentile(delays_ms, 50),
                    ping_p99_ms=percentile(delays_ms, 99),
                    ping_max_ms=round(max(delays_ms), 1),
                    times_undisturbed=round(level.p95_ms / undisturbed.p95_ms, 2),
                )
            )
            _print(results[-1])
    load = {"victims": VICTIMS, "turns": options.turns, "ping_every_s": PING_EVERY_S, "aim": AIM}
    write_result("bad_neighbours", {"load": load, "attacks": [asdict(result) for result in results]})


def _print(result: Attacked) -> None:
    level = result.victims
    print(
        f"{result.attack:22} {level.turns:5}  {level.p50_ms:6.0f}  {level.p95_ms:8.0f}"
        f"  {level.unanswered:7}  {level.gaps:5}  {result.ping_p50_ms:6.1f}  {result.ping_p99_ms:7.1f}"
        f"  {result.ping_max_ms:7.1f}  {result.times_undisturbed:8.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
