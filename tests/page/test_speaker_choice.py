"""A person chooses a speaker, before a session and during one, and speakers come and go."""

from playwright.async_api import expect

from tests.page.conftest import Visit
from tests.page.device_panel import DEVICES, id_of, notice, open_panel, pull_out, select
from tests.page.test_speaker import RATE_HZ, recording_with, sound


async def test_the_speaker_changes_in_the_middle_of_an_answer(visit: Visit) -> None:
    visitor = await visit(init=DEVICES, tap=True)
    wire = await visitor.start()
    await open_panel(visitor)
    await wire.play("answer", sound(2, 30).tobytes())
    await recording_with(visitor, RATE_HZ // 4)
    await select(visitor, "Speaker").select_option("Fake Audio Output 2")
    assert (await wire.expect("played"))["audio_end_ms"] == 2000
    assert await visitor.page.evaluate("sinks") == [
        await id_of(visitor, "Fake Audio Output 2", "audiooutput")
    ]


async def test_a_speaker_that_is_pulled_out_is_replaced_and_used_again_when_back(visit: Visit) -> None:
    visitor = await visit(init=DEVICES)
    await visitor.start()
    await open_panel(visitor)
    await select(visitor, "Speaker").select_option("Fake Audio Output 1")
    await visitor.page.wait_for_function("() => sinks.length === 1")
    await pull_out(visitor, "Fake Audio Output 1")
    await expect(notice(visitor)).to_contain_text(
        "Fake Audio Output 1 is gone; the sound comes from the system"
    )
    await visitor.page.evaluate("() => { unplugged.clear(); changeDevices(); }")
    await expect(notice(visitor)).to_have_text("Fake Audio Output 1 is in use now.")
    chosen = await id_of(visitor, "Fake Audio Output 1", "audiooutput")
    assert await visitor.page.evaluate("sinks") == [chosen, "", chosen]


async def test_a_speaker_that_cannot_be_opened_leaves_the_one_before(visit: Visit) -> None:
    visitor = await visit(init=DEVICES)
    await visitor.start()
    await open_panel(visitor)
    await visitor.page.evaluate(
        "id => deafSinks.add(id)", await id_of(visitor, "Fake Audio Output 1", "audiooutput")
    )
    await select(visitor, "Speaker").select_option("Fake Audio Output 1")
    await expect(notice(visitor)).to_contain_text("That device could not be opened")
    await expect(select(visitor, "Speaker").locator("option:checked")).to_contain_text("System default")


async def test_a_browser_with_one_speaker_says_where_to_choose(visit: Visit) -> None:
    visitor = await visit(init="delete AudioContext.prototype.setSinkId;")
    await open_panel(visitor)
    await visitor.reads("This browser plays on the system")
    await expect(select(visitor, "Speaker")).to_be_disabled()
    await visitor.start()


async def test_the_test_sound_is_played_on_the_chosen_speaker(visit: Visit) -> None:
    watch_sounds = """
        window.sounds = [];
        const start = AudioBufferSourceNode.prototype.start;
        AudioBufferSourceNode.prototype.start = function () {
            const samples = this.buffer.getChannelData(0);
            sounds.push({ sink: this.context.sinkId, length: samples.length, peak: Math.max(...samples) });
            return start.call(this);
        };
    """
    visitor = await visit(init=f"{DEVICES} {watch_sounds}", permissions=["microphone"])
    await open_panel(visitor)
    await select(visitor, "Speaker").select_option("Fake Audio Output 2")
    await visitor.click("Play a test sound")
    await visitor.reads("If you did not hear it, turn the sound up or choose another speaker.")
    (played,) = await visitor.page.evaluate("sounds")
    assert played["sink"] == await id_of(visitor, "Fake Audio Output 2", "audiooutput")
    assert played["length"] > RATE_HZ
    assert 0.1 < played["peak"] < 0.3
    await visitor.page.wait_for_function("() => watched.contexts.every(({ state }) => state === 'closed')")
