"""A person chooses a microphone, before a session and during one, and devices come and go."""

from playwright.async_api import expect

from tests.browser import launch_chromium
from tests.page.conftest import Visit
from tests.page.device_panel import (
    DEVICES,
    id_of,
    last_asked,
    microphone_in_use,
    notice,
    open_panel,
    pull_out,
    select,
    tracks,
)


async def test_opening_the_panel_asks_for_nothing(visit: Visit) -> None:
    visitor = await visit(init=DEVICES)
    await open_panel(visitor)
    await expect(visitor.page.get_by_role("button", name="Check microphone")).to_be_visible()
    assert await visitor.page.evaluate("asked.length") == 0


async def test_names_appear_once_the_microphone_is_allowed(visit: Visit) -> None:
    unnamed = """
        const enumerate = MediaDevices.prototype.enumerateDevices;
        const ask = MediaDevices.prototype.getUserMedia;
        let allowed = false;
        MediaDevices.prototype.enumerateDevices = async function () {
            if (allowed) return enumerate.call(this);
            return ["audioinput", "audiooutput"].map((kind) => ({ kind, deviceId: "", label: "" }));
        };
        MediaDevices.prototype.getUserMedia = async function (constraints) {
            const stream = await ask.call(this, constraints);
            allowed = true;
            return stream;
        };
    """
    visitor = await visit(init=unnamed)
    await open_panel(visitor)
    await visitor.reads("Browsers name your devices only once you have allowed the microphone.")
    await expect(select(visitor, "Microphone").get_by_role("option")).to_have_text(["System default"])
    await visitor.screenshot("devices-unnamed")
    await visitor.click("Check microphone")
    await expect(select(visitor, "Microphone").get_by_role("option")).to_have_text(
        ["System default (Fake Default Audio Input)", "Fake Audio Input 1", "Fake Audio Input 2"]
    )
    await expect(visitor.page.locator("#devices-unnamed")).to_be_hidden()


async def test_the_level_is_shown_while_the_microphone_is_checked(visit: Visit) -> None:
    visitor = await visit(init=DEVICES)
    await open_panel(visitor)
    meter = visitor.page.get_by_role("meter", name="Level of your voice")
    await expect(meter).to_have_attribute("aria-valuenow", "-60")
    await visitor.click("Check microphone")
    await visitor.page.wait_for_function("() => Number(document.querySelector('#level').ariaValueNow) > -35")
    await visitor.screenshot("devices-check")
    await visitor.click("Stop checking")
    await expect(meter).to_have_attribute("aria-valuenow", "-60")
    await visitor.released_everything()


async def test_closing_the_panel_stops_checking(visit: Visit) -> None:
    visitor = await visit(init=DEVICES)
    await open_panel(visitor)
    await visitor.click("Check microphone")
    await expect(visitor.page.get_by_role("button", name="Stop checking")).to_be_visible()
    await open_panel(visitor)
    await visitor.released_everything()
    assert await tracks(visitor) == ["ended"]


async def test_a_microphone_that_cannot_be_checked_is_explained(visit: Visit) -> None:
    visitor = await visit(init=DEVICES)
    await visitor.page.evaluate("failing.add('')")
    await open_panel(visitor)
    await visitor.click("Check microphone")
    await visitor.reads("another program may be using it. Close that program, then try again.")
    await expect(visitor.page.get_by_role("button", name="Check microphone")).to_be_visible()


async def test_the_choice_is_kept_and_a_session_begins_with_it(visit: Visit) -> None:
    visitor = await visit(init=DEVICES, permissions=["microphone"])
    await open_panel(visitor)
    await select(visitor, "Microphone").select_option("Fake Audio Input 2")
    await select(visitor, "Speaker").select_option("Fake Audio Output 1")
    await visitor.page.get_by_role("switch", name="Noise suppression").uncheck()
    await visitor.page.reload()
    await visitor.start()
    asked = await last_asked(visitor)
    assert await microphone_in_use(visitor) == "Fake Audio Input 2"
    assert (asked["echoCancellation"], asked["noiseSuppression"], asked["autoGainControl"]) == (
        True,
        False,
        True,
    )
    assert await visitor.page.evaluate("sinks") == [
        await id_of(visitor, "Fake Audio Output 1", "audiooutput")
    ]
    await open_panel(visitor)
    await expect(select(visitor, "Microphone").locator("option:checked")).to_have_text("Fake Audio Input 2")
    await expect(visitor.page.get_by_role("switch", name="Noise suppression")).not_to_be_checked()


async def test_the_microphone_changes_while_a_session_goes_on(visit: Visit) -> None:
    visitor = await visit(init=DEVICES)
    wire = await visitor.start()
    await wire.frame()
    await open_panel(visitor)
    await select(visitor, "Microphone").select_option("Fake Audio Input 1")
    await visitor.page.wait_for_function("() => watched.tracks.length === 2")
    assert await tracks(visitor) == ["ended", "live"]
    assert await microphone_in_use(visitor) == "Fake Audio Input 1"
    before = wire.frames_received
    while wire.frames_received <= before:
        await wire.frame()
    await visitor.sees_state("Ready")
    await visitor.screenshot("devices-in-session")


async def test_switches_apply_to_a_running_session_which_stays_muted(visit: Visit) -> None:
    visitor = await visit(init=DEVICES)
    wire = await visitor.start()
    await wire.frame()
    await visitor.click("Mute")
    muted = await wire.expect("mute")
    await open_panel(visitor)
    await visitor.page.get_by_role("switch", name="Echo cancellation").uncheck()
    await visitor.page.wait_for_function(
        "() => watched.tracks.at(-1).getSettings().echoCancellation === false && watched.tracks.length === 2"
    )
    await wire.play("answer", bytes(24_000))
    played = await wire.expect("played")
    assert played["frames_before"] == muted["frames_before"]
    assert await visitor.page.evaluate("watched.tracks.at(-1).enabled") is False
    await visitor.click("Unmute")
    await wire.expect("mute")
    while wire.frames_received <= played["frames_before"]:
        await wire.frame()


async def test_a_microphone_that_cannot_be_opened_leaves_the_one_before(visit: Visit) -> None:
    visitor = await visit(init=DEVICES)
    wire = await visitor.start()
    await open_panel(visitor)
    await visitor.page.evaluate("id => failing.add(id)", await id_of(visitor, "Fake Audio Input 2"))
    await select(visitor, "Microphone").select_option("Fake Audio Input 2")
    await expect(notice(visitor)).to_contain_text("That device could not be opened")
    await expect(select(visitor, "Microphone").locator("option:checked")).to_contain_text("System default")
    before = wire.frames_received
    while wire.frames_received <= before:
        await wire.frame()


async def test_a_switch_that_the_browser_does_not_follow_is_told(visit: Visit) -> None:
    stubborn = """
        const settings = MediaStreamTrack.prototype.getSettings;
        MediaStreamTrack.prototype.getSettings = function () {
            return { ...settings.call(this), autoGainControl: true };
        };
        const supported = MediaDevices.prototype.getSupportedConstraints;
        MediaDevices.prototype.getSupportedConstraints = function () {
            return { ...supported.call(this), noiseSuppression: false };
        };
    """
    visitor = await visit(init=stubborn)
    await visitor.start()
    await open_panel(visitor)
    told = visitor.page.get_by_text("Your browser did not follow this switch for this microphone.")
    await expect(told).to_be_hidden()
    await visitor.page.get_by_role("switch", name="Automatic level").uncheck()
    await expect(told).to_be_visible()
    await expect(visitor.page.get_by_role("switch", name="Noise suppression")).to_be_disabled()


async def test_a_session_goes_on_with_another_microphone_when_one_is_pulled_out(visit: Visit) -> None:
    visitor = await visit(init=DEVICES, permissions=["microphone"])
    await open_panel(visitor)
    await select(visitor, "Microphone").select_option("Fake Audio Input 2")
    wire = await visitor.start()
    await pull_out(visitor, "Fake Audio Input 2")
    await expect(notice(visitor)).to_have_text(
        "Your microphone is gone; Fake Default Audio Input goes on in its place."
    )
    await visitor.screenshot("devices-replaced")
    before = wire.frames_received
    while wire.frames_received <= before:
        await wire.frame()
    assert await tracks(visitor) == ["ended", "live"]


async def test_the_chosen_microphone_is_used_again_when_it_is_back(visit: Visit) -> None:
    visitor = await visit(init=DEVICES, permissions=["microphone"])
    await open_panel(visitor)
    await select(visitor, "Microphone").select_option("Fake Audio Input 2")
    await visitor.start()
    await pull_out(visitor, "Fake Audio Input 2")
    await expect(notice(visitor)).to_contain_text("goes on in its place")
    await visitor.page.evaluate("() => { unplugged.clear(); changeDevices(); }")
    await expect(notice(visitor)).to_have_text("Fake Audio Input 2 is in use now.")
    assert await microphone_in_use(visitor) == "Fake Audio Input 2"


async def test_without_any_microphone_one_can_still_type_until_one_is_there(visit: Visit) -> None:
    visitor = await visit(init=DEVICES)
    wire = await visitor.start()
    await visitor.page.evaluate("() => { failing.add(''); }")
    await pull_out(visitor, "Fake Default Audio Input")
    await expect(notice(visitor)).to_contain_text(
        "the agent cannot hear you. Plug one in; meanwhile you can type."
    )
    assert (await wire.expect("mute"))["muted"] is True
    await visitor.screenshot("devices-lost")
    await visitor.page.get_by_label("Message", exact=True).fill("Are you there?")
    await visitor.click("Send")
    assert (await wire.expect("text"))["text"] == "Are you there?"
    await visitor.page.evaluate("() => { failing.clear(); unplugged.clear(); changeDevices(); }")
    assert (await wire.expect("mute"))["muted"] is False
    await expect(notice(visitor)).to_have_text("Fake Default Audio Input is in use now.")
    before = wire.frames_received
    while wire.frames_received <= before:
        await wire.frame()


async def test_the_systems_microphone_is_followed_when_the_system_changes_it(visit: Visit) -> None:
    visitor = await visit(init=f"{DEVICES} systemUses = 'Laptop';")
    await visitor.start()
    await expect(visitor.page.locator("#microphone option").first).to_have_text("System default (Laptop)")
    await visitor.page.evaluate("() => { systemUses = 'Headset'; changeDevices(); }")
    await visitor.page.wait_for_function("() => watched.tracks.length === 2")
    assert await tracks(visitor) == ["ended", "live"]
    await expect(notice(visitor)).to_contain_text("is in use now.")


async def test_a_device_that_is_plugged_in_is_offered(visit: Visit) -> None:
    visitor = await visit(init=DEVICES)
    await visitor.start()
    await expect(visitor.page.locator("#microphone option")).to_have_count(3)
    await visitor.page.evaluate(
        "() => { added.push({ kind: 'audioinput', deviceId: 'new', label: 'New one' }); changeDevices(); }"
    )
    await expect(notice(visitor)).to_contain_text("New one was plugged in. You can choose it")
    await expect(visitor.page.locator("#microphone option")).to_have_count(4)
    assert await tracks(visitor) == ["live"]


async def test_a_microphone_muted_outside_of_the_page_is_told(visit: Visit) -> None:
    visitor = await visit(init=DEVICES)
    await visitor.start()
    await visitor.page.evaluate("watched.tracks[0].dispatchEvent(new Event('mute'))")
    await expect(notice(visitor)).to_contain_text("muted by its own switch or by the system")
    await visitor.page.evaluate("watched.tracks[0].dispatchEvent(new Event('unmute'))")
    await expect(notice(visitor)).to_be_empty()


async def test_everything_before_a_call_can_be_done_by_keyboard(visit: Visit) -> None:
    visitor = await visit(init=DEVICES, permissions=["microphone"])
    keyboard = visitor.page.keyboard
    await visitor.page.locator("#devices-panel summary").focus()
    await keyboard.press("Enter")
    await keyboard.press("Tab")
    await keyboard.press("ArrowDown")
    await expect(select(visitor, "Microphone").locator("option:checked")).to_have_text("Fake Audio Input 1")
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await expect(visitor.page.get_by_role("button", name="Stop checking")).to_be_focused()
    for _ in range(3):
        await keyboard.press("Tab")
    await keyboard.press("Space")
    await expect(visitor.page.get_by_role("switch", name="Echo cancellation")).not_to_be_checked()
    for _ in range(3):
        await keyboard.press("Tab")
    await expect(visitor.page.get_by_role("button", name="Start self-test")).to_be_focused()


async def test_a_page_that_may_have_no_devices_still_opens(visit: Visit) -> None:
    async with launch_chromium(None) as browser:
        visitor = await visit(browser=browser)
        await open_panel(visitor)
        await expect(select(visitor, "Microphone").get_by_role("option")).to_have_text(["System default"])
        await visitor.page.context.close()
