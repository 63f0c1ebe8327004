"""What each part of the relay gains that reaches into a library's insides, in CPU for each frame.

Each part is taken away in turn, and the relay's CPU time is compared with that of the whole relay in the
same round. Each conversation has one frame on its way: the end that gets it answers with the next one. So the
relay reads one frame at a time, even if other programs use the machine. At a fixed pace it would then read
several frames at once, which costs less for each. Run it with `python -m bench.relay_parts`.
"""

import argparse
import gc
import os
import statistics
from collections.abc import Callable
from pathlib import Path

import psutil
import uvicorn
import uvloop

from bench import relay
from bench.machine import machine, write_result
from bench.relay import Command, running_relay, serve
from openvoicelive.serving import websocket_frames
from openvoicelive.serving.fast_path import FastPath
from openvoicelive.serving.server import PLAIN_PROTOCOLS
from openvoicelive.serving.uvicorn_protocols import WebSocketConnection
from openvoicelive.web.voice_live import channel, connection
from openvoicelive.web.voice_live.channel import FastChannel

WHOLE = "whole"


def _replace(owner: object, name: str, value: object) -> None:
    setattr(owner, name, value)


def _no(*_: object) -> bool:
    return False


def _nothing(*_: object) -> None:
    pass


def without_sound_from_browsers(_: uvicorn.Config) -> None:
    """The server offers no sound: it passes uvicorn's parser and ASGI's queue."""
    _replace(FastPath, "take", property(lambda _: None, _nothing))


def without_sound_to_browsers(_: uvicorn.Config) -> None:
    """The app cannot write sound at once: it passes the outbox's task, ASGI and the library's encoder."""
    _replace(WebSocketConnection, "write_sound", _no)


def without_sound_from_the_service(_: uvicorn.Config) -> None:
    """The channel offers no sound: it passes aiohttp's parser and queue."""
    _replace(FastChannel, "_look_for_pong", _nothing)


def without_sound_to_the_service(_: uvicorn.Config) -> None:
    """The channel cannot write at once: sound passes aiohttp's `send_frame`."""
    _replace(FastChannel, "try_send", _no)


def without_masks_in_c(_: uvicorn.Config) -> None:
    """Masks are applied in Python."""
    _replace(websocket_frames, "apply_mask", websocket_frames.xor_mask)


def without_rare_garbage_collection(_: uvicorn.Config) -> None:
    """Garbage is collected by Python's own thresholds."""
    _replace(relay, "collect_garbage_rarely", gc.collect)


def with_a_plain_server(config: uvicorn.Config) -> None:
    """uvicorn serves with its own classes."""
    config.http, config.ws = PLAIN_PROTOCOLS.http, PLAIN_PROTOCOLS.websocket


def with_plain_aiohttp(_: uvicorn.Config) -> None:
    """The channel uses aiohttp's public methods alone."""
    _replace(channel, "_transport_of", _nothing)


def with_the_plain_sdk(_: uvicorn.Config) -> None:
    """The app uses the SDK's public methods alone."""
    _replace(connection, "has_socket", _no)


def with_all_plain(config: uvicorn.Config) -> None:
    """Nothing reaches into a library's insides."""
    with_a_plain_server(config)
    with_the_plain_sdk(config)


PARTS: dict[str, Callable[[uvicorn.Config], None]] = {
    part.__name__: part
    for part in (
        without_sound_from_browsers,
        without_sound_to_browsers,
        without_sound_from_the_service,
        without_sound_to_the_service,
        without_masks_in_c,
        without_rare_garbage_collection,
        with_a_plain_server,
        with_plain_aiohttp,
        with_the_plain_sdk,
        with_all_plain,
    )
}


def main() -> None:
    """Measure, print a table and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=20)
    parser.add_argument("--frames", type=int, default=20_000, help="for each relay in a run")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--serve", nargs=2, metavar=("URL", "PART"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        url, part = options.serve
        serve(url, PARTS.get(part))
        return
    core, *_, core_of_load = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core_of_load})
    costs_us: dict[str, list[float]] = {name: [] for name in (WHOLE, *PARTS)}
    for _ in range(options.runs):
        for name, costs in costs_us.items():
            costs.append(uvloop.run(measure(name, core, options.conversations, options.frames)))
    print_table(costs_us)
    write_result(
        "relay_parts",
        {"conversations": options.conversations, "frames": options.frames, "us_per_frame": costs_us},
    )


async def measure(part: str, core: int, conversations: int, frames: int) -> float:
    """Return the CPU time that the relay needs for each frame, in microseconds."""
    command: Command = lambda port: ["bench.relay_parts", "--serve", f"http://127.0.0.1:{port}", part]  # noqa: E731
    async with running_relay(command, core) as (load, process, port):
        for _ in range(conversations):
            await load.add(port)
        await load.run(0.3)
        before_us = _cpu_us(process)
        await load.run_in_turn(frames)
        return (_cpu_us(process) - before_us) / (len(load.up) + len(load.down))


def _cpu_us(process: psutil.Process) -> float:
    """Return the CPU time of the relay's only busy thread; exact, unlike that of the whole process."""
    schedule = Path(f"/proc/{process.pid}/schedstat")
    return int(schedule.read_text().split()[0]) / 1_000


def print_table(costs_us: dict[str, list[float]]) -> None:
    """Print the medians, and how much more the relay needs without a part, round by round."""
    whole = costs_us[WHOLE]
    print(f"load average {machine()['load_average']}, {len(whole)} runs")
    print("                                   us/frame   more CPU: median, least and most of the runs")
    for name, costs in costs_us.items():
        more = [100 * (cost / base - 1) for cost, base in zip(costs, whole, strict=True)]
        print(
            f"{name:34} {statistics.median(costs):7.1f}  {statistics.median(more):+6.0f} %"
            f"  {min(more):+6.0f} to {max(more):+.0f} %"
        )


if __name__ == "__main__":
    main()
