"""How long openvoicelive takes from its start until somebody can talk with it, and what it takes while idle.

Each run is a fresh process on a warm disk, without any setting: all engines load, and the guide answers.
Started are `python -m openvoicelive serve` and `scripts/serve`, which is what `make run` calls. The time ends
when `/healthz` says ready. Run it with `python -m bench.start_up`.
"""

import argparse
import statistics
from pathlib import Path

import psutil

from bench.machine import SERVE, serving, write_result

READY_TARGET_S = 3.0
MEMORY_TARGET_MIB = 400

_SCRIPT = (str(Path(__file__).resolve().parents[1] / "scripts" / "serve"),)
_COMMANDS = {"python -m openvoicelive serve": SERVE, "scripts/serve": _SCRIPT}


def main() -> None:
    """Measure, print a table and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of each command, after one to warm the disk")
    options = parser.parse_args()
    print("command                         ready s           idle     threads")
    print("                                median   worst    MiB")
    figures = []
    for name, command in _COMMANDS.items():
        runs = [_start(command) for _ in range(options.runs + 1)][1:]
        seconds, memory_mib, threads = zip(*runs, strict=True)
        median_s, worst_s = statistics.median(seconds), max(seconds)
        print(f"{name:30}  {median_s:6.2f}  {worst_s:6.2f}  {max(memory_mib):5.0f}  {max(threads):8}")
        figures.append(
            {
                "command": name,
                "ready_s": [round(one, 3) for one in seconds],
                "ready_median_s": round(median_s, 3),
                "idle_memory_mib": [round(one, 1) for one in memory_mib],
                "threads": max(threads),
            }
        )
    print(f"targets: ready within {READY_TARGET_S:.0f} s, at most {MEMORY_TARGET_MIB} MiB")
    targets = {"ready_s": READY_TARGET_S, "idle_memory_mib": MEMORY_TARGET_MIB}
    write_result("start_up", {"load": {"runs": options.runs}, "targets": targets, "commands": figures})


def _start(command: tuple[str, ...]) -> tuple[float, float, int]:
    """Return the seconds until ready, and the memory and threads that are in use then."""
    with serving({}, command) as (_, process, ready_s):
        return ready_s, _resident_mib(process), process.num_threads()


def _resident_mib(process: psutil.Process) -> float:
    return float(process.memory_info().rss / 2**20)


if __name__ == "__main__":
    main()
