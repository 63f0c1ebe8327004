"""The panel of microphones and speakers, and fake devices that can be pulled out."""

from typing import Any

from playwright.async_api import Locator

from tests.page.conftest import WATCH_DEVICES, Visitor

DEVICES = f"""
    {WATCH_DEVICES}
    window.asked = [];
    window.failing = new Set();
    const open = MediaDevices.prototype.getUserMedia;
    MediaDevices.prototype.getUserMedia = function (constraints) {{
        asked.push(constraints.audio);
        if (failing.size && failing.has(constraints.audio.deviceId?.exact ?? "")) {{
            return Promise.reject(new DOMException("no", "NotReadableError"));
        }}
        return open.call(this, constraints);
    }};
    window.unplugged = new Set();
    window.added = [];
    window.systemUses = "";
    const enumerate = MediaDevices.prototype.enumerateDevices;
    MediaDevices.prototype.enumerateDevices = async function () {{
        const listed = (await enumerate.call(this)).filter(({{ label }}) => !unplugged.has(label));
        const named = listed.map(({{ deviceId, kind, label }}) => ({{
            deviceId, kind, label: deviceId === "default" && systemUses ? "Default - " + systemUses : label,
        }}));
        return [...named, ...added];
    }};
    window.changeDevices = () => navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
    window.sinks = [];
    window.deafSinks = new Set();
    const setSinkId = AudioContext.prototype.setSinkId;
    AudioContext.prototype.setSinkId = async function (id) {{
        if (deafSinks.has(id)) throw new DOMException("no", "NotFoundError");
        await setSinkId.call(this, id);
        sinks.push(id);
    }};
"""
"""Chromium's three fake microphones and speakers, which can be pulled out; and what the page asks of them."""


async def open_panel(visitor: Visitor) -> None:
    await visitor.page.locator("#devices-panel summary").click()


def select(visitor: Visitor, label: str) -> Locator:
    return visitor.page.get_by_label(label, exact=True)


def notice(visitor: Visitor) -> Locator:
    return visitor.page.locator("#device-notice")


async def tracks(visitor: Visitor) -> list[str]:
    states: list[str] = await visitor.page.evaluate("watched.tracks.map(({ readyState }) => readyState)")
    return states


async def microphone_in_use(visitor: Visitor) -> str:
    label: str = await visitor.page.evaluate(
        "watched.tracks.find(({ readyState }) => readyState === 'live').label"
    )
    return label


async def last_asked(visitor: Visitor) -> dict[str, Any]:
    asked: dict[str, Any] = await visitor.page.evaluate("asked.at(-1)")
    return asked


async def id_of(visitor: Visitor, label: str, kind: str = "audioinput") -> str:
    found: str = await visitor.page.evaluate(
        """async ([label, kind]) => (await navigator.mediaDevices.enumerateDevices())
            .find((device) => device.label === label && device.kind === kind).deviceId""",
        [label, kind],
    )
    return found


async def pull_out(visitor: Visitor, label: str) -> None:
    """Let a device go, as the browser tells it: its track ends, and the list changes."""
    await visitor.page.evaluate(
        """(label) => {
            unplugged.add(label);
            for (const track of watched.tracks) {
                if (track.label === label && track.readyState === "live") track.onended(new Event("ended"));
            }
            changeDevices();
        }""",
        label,
    )
