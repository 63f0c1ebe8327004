"""From the first sample of a person's speech to the last sample of the assistant's sound, in a real Chromium.

Both ends are measured inside the browser, by the machine's clock: the begin is when the page got the first
sample of the speech from the microphone, the end when the last sample of the answer was rendered for the
speakers; where the answer paused just then, the end is when the order to stop came. What the devices
themselves add is not in it. Speech begins with the first 10 ms that are less than 25 dB below the clip's
loudest. Run it with `python -m bench.interruption`.
"""

import argparse
import asyncio

from bench.clips import sentences
from bench.interrupted_answers import ANSWER_S, Interruption, interrupt_answers
from bench.machine import percentile, write_result

P95_TARGET_MS = 350


def main() -> None:
    """Measure, print a table and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="sessions, each with nine interruptions")
    options = parser.parse_args()
    rounds = asyncio.run(interrupt_answers(options.rounds))
    found = [interruption for held in rounds for interruption in held.interruptions]
    missed = sum(held.missed for held in rounds)
    figures = {
        "interruptions": len(found),
        "missed": missed,
        "p50_ms": percentile([one.latency_ms for one in found], 50),
        "p95_ms": percentile([one.latency_ms for one in found], 95),
        "to_the_order_p50_ms": percentile([_to_the_order_ms(one) for one in found], 50),
        "to_the_order_p95_ms": percentile([_to_the_order_ms(one) for one in found], 95),
    }
    print("inter-    missed  speech's begin to silence   of it until the order to stop")
    print("ruptions          p50 ms    p95 ms            p50 ms    p95 ms")
    print(
        f"{len(found):8}  {missed:6}  {figures['p50_ms']:6.0f}  {figures['p95_ms']:8.0f}"
        f"  {figures['to_the_order_p50_ms']:16.0f}  {figures['to_the_order_p95_ms']:8.0f}"
    )
    print(f"target: p95 at most {P95_TARGET_MS} ms")
    by_clip = {name: [round(one.latency_ms, 1) for one in found if one.clip == name] for name in sentences()}
    load = {"clips": sentences(), "silence_after_each_s": ANSWER_S, "rounds": options.rounds}
    write_result(
        "interruption",
        {"load": load, "p95_target_ms": P95_TARGET_MS, **figures, "latencies_by_clip_ms": by_clip},
    )


def _to_the_order_ms(interruption: Interruption) -> float:
    return interruption.stop_came_ms - interruption.speech_began_ms


if __name__ == "__main__":
    main()
