"""Before a call, the page measures what the call depends on, and says what to change."""

from playwright.async_api import expect

from tests.page.conftest import WATCH_DEVICES, Visit, Visitor
from tests.page.scripted_app import Wire
from tests.speech_clips import load

ECHO = """
    const ask = MediaDevices.prototype.getUserMedia;
    const connect = AudioNode.prototype.connect;
    let room, mouth, ears;
    MediaDevices.prototype.getUserMedia = async function (constraints) {
        const person = await ask.call(this, constraints);
        room = new AudioContext();
        mouth = new GainNode(room);
        ears = new MediaStreamAudioDestinationNode(room);
        connect.call(room.createMediaStreamSource(person), mouth);
        connect.call(mouth, ears);
        return ears.stream;
    };
    AudioNode.prototype.connect = function (target, ...more) {
        if (target instanceof AudioDestinationNode && room) {
            mouth.gain.value = 0;
            const air = new MediaStreamAudioDestinationNode(this.context);
            connect.call(this, air);
            const wall = new GainNode(room, { gain: 0.1 });
            connect.call(room.createMediaStreamSource(air.stream), wall);
            connect.call(wall, ears);
        }
        return connect.call(this, target, ...more);
    };
"""
"""A room whose microphone hears the person until the page plays something, and then that, 20 dB softer."""

SILENT = """
    MediaDevices.prototype.getUserMedia = async () =>
        new MediaStreamAudioDestinationNode(new AudioContext()).stream;
"""

SHOUTING = """
    const ask = MediaDevices.prototype.getUserMedia;
    MediaDevices.prototype.getUserMedia = async function (constraints) {
        const room = new AudioContext();
        const voice = room.createMediaStreamSource(await ask.call(this, constraints));
        const microphone = new MediaStreamAudioDestinationNode(room);
        voice.connect(new GainNode(room, { gain: 40 })).connect(microphone);
        return microphone.stream;
    };
"""
"""A person so close that what the microphone gives is clipped."""


async def begin(visitor: Visitor) -> None:
    await visitor.page.locator("#devices-panel summary").click()
    await visitor.click("Start self-test")


async def answer_sample(visitor: Visitor) -> Wire:
    """Be the server of the test: pings are answered by the scripted app."""
    wire = await visitor.app.wire()
    await wire.expect("sample")
    await wire.play("sample", load("card", 24_000).tobytes())
    await wire.say("sample_done", item_id="sample", failed=None)
    return wire


async def finds_good(visitor: Visitor, words: str) -> None:
    await expect(
        visitor.page.locator('#self-test-findings [data-good="true"]', has_text=words)
    ).to_have_count(1)


async def finds_wrong(visitor: Visitor, words: str) -> None:
    await expect(
        visitor.page.locator('#self-test-findings [data-good="false"]', has_text=words)
    ).to_have_count(1)


async def ends_with(visitor: Visitor, words: str) -> None:
    await expect(visitor.page.locator("#self-test-status")).to_have_text(words)
    await expect(visitor.page.get_by_role("button", name="Start self-test")).to_be_enabled()


async def test_who_has_nothing_to_change_is_told_that_all_is_well(visit: Visit) -> None:
    visitor = await visit(init=WATCH_DEVICES)
    await begin(visitor)
    await visitor.reads("Say a sentence or two in your usual voice")
    await visitor.screenshot("self-test-speak")
    wire = await answer_sample(visitor)
    await visitor.reads("Now stay quiet while the sound plays.")
    await ends_with(visitor, "All is well. You can start talking.")
    await finds_good(visitor, "Your voice is clear")
    await finds_good(visitor, "there and back")
    await finds_good(visitor, "The agent’s voice arrives evenly")  # noqa: RUF001 - as the page writes it
    await finds_good(visitor, "The microphone does not hear the agent.")
    await visitor.screenshot("self-test-well")
    await visitor.released_everything()
    await wire.closed.wait()
    assert wire.frames_received == 0


async def test_an_echo_is_heard_and_the_remedy_is_named(visit: Visit) -> None:
    visitor = await visit(init=ECHO)
    await begin(visitor)
    await answer_sample(visitor)
    await ends_with(visitor, "Done. Below is what to change.")
    await finds_wrong(visitor, "Use headphones, or turn the speaker down.")
    await visitor.screenshot("self-test-echo")


async def test_an_echo_without_cancellation_is_mended_with_the_switch(visit: Visit) -> None:
    visitor = await visit(init=ECHO)
    await visitor.page.locator("#devices-panel summary").click()
    await visitor.page.get_by_role("switch", name="Echo cancellation").uncheck()
    await visitor.click("Start self-test")
    await answer_sample(visitor)
    await finds_wrong(visitor, "Switch echo cancellation on, or use headphones.")


async def test_a_voice_that_the_automatic_level_distorts_is_mended_with_the_switch(visit: Visit) -> None:
    visitor = await visit(init=SHOUTING)
    await begin(visitor)
    await answer_sample(visitor)
    await finds_wrong(visitor, "Switch automatic level off, or move away from the microphone.")


async def test_a_microphone_without_any_sound_is_found(visit: Visit) -> None:
    visitor = await visit(init=SILENT)
    await begin(visitor)
    await answer_sample(visitor)
    await finds_wrong(visitor, "The microphone gives no sound at all.")
    await ends_with(visitor, "Done. Below is what to change.")
    await expect(visitor.page.locator("#self-test-findings")).not_to_contain_text("hear the agent")


async def test_without_a_microphone_the_connection_is_tested_all_the_same(visit: Visit) -> None:
    refuse = """
        MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));
    """
    visitor = await visit(init=refuse)
    await begin(visitor)
    await answer_sample(visitor)
    await ends_with(visitor, "Done. Below is what to change.")
    await finds_wrong(visitor, "Allow it with the microphone or lock symbol")
    await finds_good(visitor, "there and back")


async def test_a_server_that_does_not_answer_is_found_and_the_echo_tested_with_the_test_sound(
    visit: Visit,
) -> None:
    visitor = await visit(init=ECHO)
    await begin(visitor)
    wire = await visitor.app.wire()
    await wire.hang_up()
    await ends_with(visitor, "Done. Below is what to change.")
    await finds_wrong(visitor, "The server did not answer. Check your network")
    await finds_wrong(visitor, "The microphone hears the agent")


async def test_a_sample_that_fails_is_told_with_its_reason(visit: Visit) -> None:
    visitor = await visit()
    await begin(visitor)
    wire = await visitor.app.wire()
    await wire.expect("sample")
    await wire.say("sample_done", item_id="sample", failed="No voice is installed.")
    await finds_wrong(visitor, "it is not known how evenly it arrives. No voice is installed.")
    await ends_with(visitor, "Done. Below is what to change.")


async def test_a_self_test_can_be_stopped_and_releases_everything(visit: Visit) -> None:
    visitor = await visit(init=WATCH_DEVICES)
    await begin(visitor)
    wire = await visitor.app.wire()
    await wire.expect("sample")
    await visitor.click("Stop self-test")
    await ends_with(visitor, "Self-test stopped.")
    await visitor.released_everything()
    await wire.closed.wait()


async def test_a_session_that_begins_stops_the_self_test(visit: Visit) -> None:
    visitor = await visit(init=WATCH_DEVICES)
    await begin(visitor)
    test = await visitor.app.wire()
    await test.expect("sample")
    await visitor.start()
    await test.closed.wait()
    await visitor.reads("Stop the session to run the self-test.")
    await expect(visitor.page.get_by_role("button", name="Start self-test")).to_be_disabled()
    states = await visitor.page.evaluate("watched.tracks.map(({ readyState }) => readyState)")
    assert states == ["ended", "live"]
    await visitor.click("Stop session")
    await expect(visitor.page.get_by_role("button", name="Start self-test")).to_be_enabled()
