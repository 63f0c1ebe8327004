"""How fast the page opens on loopback, and how large it is."""

import statistics
from dataclasses import dataclass

from playwright.async_api import Browser, Page, Request

from bench.page_window import DEADLINE_MS

_NOTE_USABLE = """
    new MutationObserver(() => {
        const start = document.getElementById("start");
        if (start && !start.disabled) window.usableMs ??= performance.now();
    }).observe(document, { childList: true, subtree: true, attributes: true });
"""


@dataclass(frozen=True)
class Opening:
    """Medians and worst of some visits with an empty cache, in ms since the visit began."""

    visits: int
    first_paint_ms: float
    first_paint_worst_ms: float
    usable_ms: float
    usable_worst_ms: float
    requests: int
    """Until a session runs, the worklets among them."""

    kilobytes: float
    """The same requests' bodies, as sent."""


async def measure_opening(browser: Browser, url: str, visits: int) -> Opening:
    """Visit the page some times, after once to warm the server."""
    paints, usables, sizes = zip(*[await _visit(browser, url) for _ in range(visits + 1)], strict=True)
    return Opening(
        visits=visits,
        first_paint_ms=round(statistics.median(paints[1:])),
        first_paint_worst_ms=round(max(paints[1:])),
        usable_ms=round(statistics.median(usables[1:])),
        usable_worst_ms=round(max(usables[1:])),
        requests=len(sizes[-1]),
        kilobytes=round(sum(sizes[-1]) / 1000, 1),
    )


async def _visit(browser: Browser, url: str) -> tuple[float, float, list[int]]:
    """Return when the page was painted and usable, and the bytes of each request until a session runs."""
    context = await browser.new_context()
    page = await context.new_page()
    page.set_default_timeout(DEADLINE_MS)
    finished: list[Request] = []

    def note(request: Request) -> None:
        finished.append(request)

    page.on("requestfinished", note)
    await page.add_init_script(_NOTE_USABLE)
    await page.goto(url)
    await page.wait_for_function("() => window.usableMs > 0")
    first_paint_ms = await _first_paint_ms(page)
    usable_ms = float(await page.evaluate("usableMs"))
    await page.get_by_role("button", name="Start session").click()
    await page.wait_for_function("() => !document.getElementById('mute').disabled")
    sizes = [(await request.sizes())["responseBodySize"] for request in finished]
    await context.close()
    return first_paint_ms, usable_ms, sizes


async def _first_paint_ms(page: Page) -> float:
    await page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length > 0")
    return float(await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
