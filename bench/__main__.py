"""Runs the benchmarks, all or those that are named; each prints a table and writes JSON into `bench/results`.

    python -m bench [relay] [voice_to_voice] [interruption] [heard_words] [end_of_turn]
        [long_turns] [memory] [bad_neighbours] [control_under_sound] [start_up] [codec] [page]

Each runs in a process of its own, one after the other, so that none disturbs another. One alone takes
options, as `python -m bench.relay --help` says.
"""

import argparse
import os
import subprocess
import sys

from bench.machine import RESULTS

BENCHMARKS = (
    "start_up",
    "relay",
    "voice_to_voice",
    "interruption",
    "heard_words",
    "end_of_turn",
    "long_turns",
    "memory",
    "bad_neighbours",
    "control_under_sound",
    "codec",
    "page",
)


def main() -> int:
    """Return how many benchmarks failed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="benchmark", help=f"of {', '.join(BENCHMARKS)}; default all"
    )
    names = parser.parse_args().names
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    failed = [name for name in names or BENCHMARKS if not _run(name)]
    print(f"Results: {RESULTS}")
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return len(failed)


def _run(name: str) -> bool:
    print(f"== {name} (load average {os.getloadavg()[0]:.1f})", flush=True)
    return subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
