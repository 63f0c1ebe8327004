"""How the page behaves in Chromium: opening, a call, captions, reactions, uneven lines, half an hour of talk.

The page is the real one. It opens against the real program; calls are held with a scripted app behind a proxy
that makes the line uneven. Run it with `python -m bench.page`.
"""

import argparse
import asyncio
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

from playwright.async_api import Browser

from bench.machine import serving, write_result
from bench.page_call import measure_call, measure_captions, measure_playback, measure_reactions
from bench.page_growth import measure_growth
from bench.page_opening import measure_opening
from bench.page_window import CHUNK_MS, talking_browser

TARGETS = {
    "first_paint_ms": 500,
    "usable_ms": 1000,
    "kilobytes": 150,
    "longest_task_ms": 50,
    "gaps": 0,
    "caption_ms": 100,
    "mute_ms": 50,
    "stop_ms": 50,
}
JITTERS_MS = (0.0, 40.0, 150.0)
MINUTES = (5, 15, 20, 25, 30)


def main() -> None:
    """Measure, print a table and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=10)
    parser.add_argument("--answers", type=int, default=12, help="at each jitter")
    parser.add_argument("--answer-seconds", type=float, default=5.0)
    parser.add_argument("--words", type=int, default=60)
    parser.add_argument("--reactions", type=int, default=20)
    parser.add_argument("--call-seconds", type=float, default=300.0)
    parser.add_argument("--minutes", type=int, nargs="+", default=list(MINUTES), help="of simulated talk")
    options = parser.parse_args()
    result = asyncio.run(measure(options))
    print_table(result)
    write_result("page", {"load": {**vars(options), "chunk_ms": CHUNK_MS}, "targets": TARGETS, **result})


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Measure one thing after the other in one browser."""
    async with talking_browser() as browser:
        return {
            "opening": asdict(await _opening(browser, options.visits)),
            "playback": [
                asdict(await measure_playback(browser, jitter_ms, options.answers, options.answer_seconds))
                for jitter_ms in JITTERS_MS
            ],
            "captions": asdict(await measure_captions(browser, options.words)),
            "reactions": asdict(await measure_reactions(browser, options.reactions)),
            "call": await measure_call(browser, options.call_seconds),
            "growth": [asdict(look) for look in await measure_growth(browser, tuple(options.minutes))],
        }


async def _opening(browser: Browser, visits: int) -> Any:
    with ExitStack() as stack:
        port, _, _ = await asyncio.to_thread(stack.enter_context, serving({}))
        return await measure_opening(browser, f"http://127.0.0.1:{port}/", visits)


def print_table(result: dict[str, Any]) -> None:
    """Print each figure beside its target."""
    opening, captions, reactions = result["opening"], result["captions"], result["reactions"]
    call, growth = result["call"], result["growth"]

    def line(what: str, figure: object, worst: object, target: object) -> None:
        print(f"{what:38}  {figure!s:>9}  {worst!s:>9}  {target!s:>8}")

    line("", "median", "worst", "target")
    line("first paint ms", opening["first_paint_ms"], opening["first_paint_worst_ms"], "≤ 500")
    line("usable ms", opening["usable_ms"], opening["usable_worst_ms"], "≤ 1000")
    line("page, until a session runs, kB", opening["kilobytes"], "", "≤ 150")
    for playback in result["playback"]:
        jitter = f"{playback['jitter_ms']:.0f} ms of jitter"
        line(f"gaps in {playback['answers']} answers, {jitter}", playback["gaps"], "", "0")
        line(f"  sound late by ms, {jitter}", "", playback["latest_arrival_ms"], "")
        line(f"  pre-roll ms, {jitter}", playback["preroll_p50_ms"], playback["preroll_worst_ms"], "")
    worst_caption_ms = max(captions["latest_ms"], -captions["earliest_ms"])
    line("caption after its sound ms", captions["p50_ms"], worst_caption_ms, "≤ 100")
    line("mute acts after ms", reactions["mute_p50_ms"], reactions["mute_worst_ms"], "≤ 50")
    line("Stop speaking acts after ms", reactions["stop_p50_ms"], reactions["stop_worst_ms"], "≤ 50")
    line("longest task while it starts ms", "", call["longest_task_while_starting_ms"] or "< 50", "")
    longest = call["longest_task_over_50_ms"] or "< 50"
    line(f"longest task in {call['seconds']} s ms", "", longest, "≤ 50")
    line("main thread busy %", call["main_thread_percent"], "", "")
    for look in growth:
        held = f"{look['nodes']} nodes, {look['listeners']} listeners, {look['heap_kib']} KiB"
        print(f"after {look['minutes']:2} min of talk: {held}")


if __name__ == "__main__":
    main()
