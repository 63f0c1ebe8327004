"""A server that says nothing, or never becomes ready, is given up or tried again."""

import pytest

from tests.page.conftest import WATCH_DEVICES, Visit, Visitor
from tests.page.scripted_app import Wire
from tests.page.test_reconnecting import lose, next_try, restore


async def test_a_server_that_answers_nothing_is_tried_again(visit: Visit) -> None:
    visitor = await visit()
    await visitor.page.clock.install()
    await visitor.page.reload()
    wire = await visitor.start()
    await lose(visitor, wire)
    await next_try(visitor)
    wire, _ = await next_try(visitor)
    await wire.status("ready")
    await visitor.sees_state("Ready")


DROP_PONGS = """
    const native = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
    Object.defineProperty(WebSocket.prototype, "onmessage", { ...native, set(listener) {
        native.set.call(this, listener && ((event) => {
            if (!(window.deaf && String(event.data).includes("pong"))) listener(event);
        }));
    } });
"""
"""While `window.deaf`, the page hears no answer to its pings."""


async def test_a_line_that_is_silent_is_tried_again(visit: Visit) -> None:
    visitor = await visit(init=DROP_PONGS)
    await visitor.page.clock.install()
    await visitor.page.reload()
    await visitor.start()
    await visitor.page.clock.run_for(1000)
    await visitor.page.evaluate("window.deaf = true")
    for _ in range(10):
        await visitor.page.clock.run_for(1000)
    await visitor.sees_state("Reconnecting")
    await visitor.page.evaluate("window.deaf = false")
    await visitor.page.clock.run_for(1000)
    await restore(visitor)


async def test_a_server_that_begins_and_is_silent_then_is_tried_again(visit: Visit) -> None:
    visitor = await visit(init=DROP_PONGS)
    await visitor.page.clock.install()
    await visitor.page.reload()
    wire = await visitor.start()
    await visitor.page.evaluate("window.deaf = true")
    await lose(visitor, wire)
    wire, _ = await next_try(visitor)
    await wire.status("starting")
    wire, waited_ms = await next_try(visitor)
    assert waited_ms < 10_000
    await visitor.page.evaluate("window.deaf = false")
    await wire.status("ready")
    await visitor.sees_state("Ready")


async def test_a_server_that_begins_and_never_becomes_ready_is_given_up(visit: Visit) -> None:
    visitor = await visit(init=WATCH_DEVICES)
    await visitor.page.clock.install()
    await visitor.page.reload()
    wire = await visitor.start()
    await lose(visitor, wire)
    wire, _ = await next_try(visitor)
    await wire.status("starting")
    await goes_on_until_a_problem(visitor, wire)
    await visitor.reads("The connection to the server was lost.")
    await visitor.released_everything()


async def test_a_first_connection_that_never_becomes_ready_is_given_up(visit: Visit) -> None:
    visitor = await visit(init=WATCH_DEVICES)
    await visitor.page.clock.install()
    await visitor.page.reload()
    await visitor.click("Start session")
    wire = await visitor.app.wire()
    await wire.expect("start")
    await goes_on_until_a_problem(visitor, wire)
    await visitor.reads("The connection to the server was lost.")
    await visitor.released_everything()
    await visitor.start()


async def test_a_first_connection_that_is_silent_is_given_up_at_once(visit: Visit) -> None:
    visitor = await visit(init=WATCH_DEVICES + DROP_PONGS + "window.deaf = true;")
    await visitor.page.clock.install()
    await visitor.page.reload()
    await visitor.click("Start session")
    await (await visitor.app.wire()).expect("start")
    await visitor.page.clock.run_for(10_000)
    await visitor.sees_state("Problem")
    await visitor.released_everything()


async def goes_on_until_a_problem(visitor: Visitor, wire: Wire, *, at_most_ms: int = 90_000) -> None:
    """Let the page's clock go, its server saying again and again that it begins."""
    state = visitor.page.locator("#state")
    for _ in range(at_most_ms // 1000):
        if await state.text_content() == "Problem":
            return
        await wire.status("starting")
        await visitor.page.clock.run_for(1000)
    pytest.fail("The page waits for ever.")
