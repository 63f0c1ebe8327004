"""Half an hour of talk, told to the page as fast as it listens: what grows?"""

from dataclasses import dataclass

from playwright.async_api import Browser, CDPSession

from bench.page_window import answer_sound, conversation
from tests.page.scripted_app import Wire

TURNS_PER_MINUTE = 8
_CUT_OFF_EVERY = 4
_SENTENCE = "The boats went out before the sun was up, and came home with silver fish in the evening."


@dataclass(frozen=True)
class Growth:
    """What the page held after so many minutes, its garbage collected."""

    minutes: int
    nodes: int
    listeners: int
    heap_kib: int


async def measure_growth(browser: Browser, minutes: tuple[int, ...]) -> list[Growth]:
    """Hold the turns of so many minutes, with a short sound in each; look at the page at those minutes."""
    looks = []
    async with conversation(browser, tap=False) as (page, wire):
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("Performance.enable")
        for turn in range(TURNS_PER_MINUTE * max(minutes)):
            await _turn(wire, turn)
            if (turn + 1) % TURNS_PER_MINUTE == 0 and (turn + 1) // TURNS_PER_MINUTE in minutes:
                looks.append(await _look(devtools, (turn + 1) // TURNS_PER_MINUTE))
    return looks


async def _turn(wire: Wire, turn: int) -> None:
    await wire.status("listening")
    for word in _SENTENCE.split():
        await wire.say("transcript", role="user", item_id=f"u{turn}", text=f"{word} ", final=False)
    await wire.say("transcript", role="user", item_id=f"u{turn}", text=_SENTENCE, final=True)
    await wire.status("processing")
    await wire.status("assistant_speaking")
    await wire.say("transcript", role="assistant", item_id=f"a{turn}", text=_SENTENCE, final=False)
    words = [
        {"text": word, "start_ms": index * 10, "end_ms": index * 10 + 9}
        for index, word in enumerate(_SENTENCE.split())
    ]
    await wire.say("words", item_id=f"a{turn}", words=words)
    cut_off = turn % _CUT_OFF_EVERY == 0
    await wire.play(f"a{turn}", answer_sound(2 if cut_off else 0.2, turn).tobytes())
    await wire.say("transcript", role="assistant", item_id=f"a{turn}", text=_SENTENCE, final=True)
    await wire.say("log", level="info", msg=f"Turn {turn}.")
    figures = {"silence_ms": 500, "transcript_ms": 590, "first_text_ms": 710, "first_sound_ms": 820}
    await wire.say("metrics", turn=turn, item_id=f"a{turn}", **figures)
    if cut_off:
        await wire.frame()
        await wire.say("control", action="stop_playback", because="speech", after_ms=120)
    assert (await wire.expect("played"))["item_id"] == f"a{turn}"
    await wire.status("ready")


async def _look(devtools: CDPSession, minute: int) -> Growth:
    for _ in range(2):
        await devtools.send("HeapProfiler.collectGarbage")
    listed = (await devtools.send("Performance.getMetrics"))["metrics"]
    figures = {one["name"]: one["value"] for one in listed}
    return Growth(
        minutes=minute,
        nodes=int(figures["Nodes"]),
        listeners=int(figures["JSEventListeners"]),
        heap_kib=int(figures["JSHeapUsedSize"] / 1024),
    )
