"""The indicator shows how loud both sides are, and costs nothing where it is not seen."""

from playwright.async_api import expect

from tests.page.conftest import Visit
from tests.page.test_speaker import sound

LEVEL = "side => Number(document.getElementById('status').style.getPropertyValue(`--${side}`))"

COUNT_PICTURES = """
    window.pictures = 0;
    const request = window.requestAnimationFrame;
    window.requestAnimationFrame = (draw) => request((now) => { window.pictures++; draw(now); });
"""


async def test_it_shows_the_levels_of_both_sides(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await visitor.page.wait_for_function(f"() => ({LEVEL})('user') > 0.4")
    assert await visitor.page.evaluate(LEVEL, "agent") == 0
    await wire.status("assistant_speaking")
    await wire.play("answer", sound(2, 70).tobytes())
    await visitor.page.wait_for_function(f"() => ({LEVEL})('agent') > 0.4")
    await visitor.screenshot("indicator-both-sides")
    await wire.expect("played")
    await visitor.page.wait_for_function(f"() => ({LEVEL})('agent') === 0")


async def test_a_muted_microphone_shows_no_level(visit: Visit) -> None:
    visitor = await visit()
    await visitor.start()
    await visitor.page.wait_for_function(f"() => ({LEVEL})('user') > 0.4")
    await visitor.click("Mute")
    await visitor.page.wait_for_function(f"() => ({LEVEL})('user') === 0")
    await expect(visitor.page.locator("#status")).to_have_attribute("data-state", "muted")


async def test_nothing_is_drawn_without_a_session(visit: Visit) -> None:
    visitor = await visit(init=COUNT_PICTURES)
    assert await visitor.page.evaluate("pictures") == 0
    await visitor.start()
    await visitor.page.wait_for_function("() => pictures > 5")
    await visitor.click("Stop session")
    await visitor.sees_state("Stopped")
    assert await visitor.page.evaluate(LEVEL, "user") == 0
    before = await visitor.page.evaluate("pictures")
    await visitor.page.evaluate("new Promise((resolve) => setTimeout(resolve, 200))")
    assert await visitor.page.evaluate("pictures") == before


async def test_who_wants_less_motion_gets_none(visit: Visit) -> None:
    visitor = await visit(init=COUNT_PICTURES, reduced_motion="reduce")
    wire = await visitor.start()
    await wire.status("processing")
    await visitor.sees_state("Thinking")
    for _ in range(10):
        await wire.frame()
    assert await visitor.page.evaluate("pictures") == 0
    assert await visitor.page.evaluate("document.getAnimations().length") == 0
