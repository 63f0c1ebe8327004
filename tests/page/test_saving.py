"""What a person can keep of a conversation: files, and sound if they agree to a recording."""

import io
import json
import wave
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from playwright.async_api import expect

from tests.browser import played_pcm
from tests.page.conftest import Visit, Visitor
from tests.page.scripted_app import Wire
from tests.page.test_conversation import entries
from tests.page.test_saved_files import Cue, read_srt, read_vtt
from tests.page.test_speaker import RATE_HZ, recording_with, sound

CONSENT = "Record the sound of the conversation"
SIGN = "#recording"
CLOSE_MS = 100
"""What happens at the same time is as close as this in the files: a busy machine's clocks are read late."""


async def open_panel(visitor: Visitor) -> None:
    await visitor.page.locator("#saving-panel > summary").click()


async def save(visitor: Visitor, button: str) -> Path:
    async with visitor.page.expect_download() as download:
        await visitor.click(button)
    return await (await download.value).path()


def read_wav(path: Path | io.BytesIO) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    """Return the user's side and the agent's."""
    with wave.open(str(path) if isinstance(path, Path) else path) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE_HZ)
        left, right = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2).T
    return left, right


async def sent_frames(wire: Wire) -> npt.NDArray[np.int16]:
    frames = [await wire.frame() for _ in range(wire.frames_received)]
    return np.frombuffer(b"".join(frames), "<i2")


async def say(wire: Wire, role: str, item_id: str, text: str) -> None:
    await wire.say("transcript", role=role, item_id=item_id, text=text, final=True)


async def test_a_recording_has_the_user_on_the_left_and_what_was_heard_on_the_right(visit: Visit) -> None:
    visitor = await visit(tap=True)
    await open_panel(visitor)
    await visitor.page.get_by_label(CONSENT).check()
    wire = await visitor.start()
    await expect(visitor.page.locator(SIGN)).to_have_text("Recording")
    first, following = sound(4, 1), sound(0.5, 2)
    await wire.play("first", first.tobytes())
    await recording_with(visitor, RATE_HZ)
    await wire.say("control", action="stop_playback", because="speech", after_ms=200)
    await wire.expect("played")
    await wire.play("following", following.tobytes())
    await wire.expect("played")
    await visitor.screenshot("recording")
    await visitor.click("Stop session")
    await wire.closed.wait()
    await expect(visitor.page.locator(SIGN)).to_be_empty()
    user, agent = read_wav(await save(visitor, "Sound (WAV)"))

    played = (await played_pcm(visitor.page)).pcm
    saved, heard = agent[agent != 0], played[played != 0]  # the pauses are as long as the page was slow
    np.testing.assert_array_equal(saved, heard)
    np.testing.assert_array_equal(saved[-len(following) :], following)
    assert RATE_HZ < len(saved) < 4 * RATE_HZ
    sent = await sent_frames(wire)
    begin = len(np.trim_zeros(user, "b")) - len(np.trim_zeros(sent, "b"))
    np.testing.assert_array_equal(user[begin : begin + len(sent)], sent)


async def test_both_sides_of_a_recording_are_aligned_in_time(visit: Visit) -> None:
    """The page's microphone hears the page's own voice, without any delay."""
    loop_back = """
        MediaDevices.prototype.getUserMedia = async () => window.loopback.stream;
        const connect = AudioNode.prototype.connect;
        AudioNode.prototype.connect = function (target, ...rest) {
            if (target instanceof AudioDestinationNode && target.channelCount && !(this.context.isLoop)) {
                window.loopback = new MediaStreamAudioDestinationNode(this.context);
                connect.call(this, window.loopback);
            }
            return connect.call(this, target, ...rest);
        };
    """
    visitor = await visit(init=loop_back)
    await open_panel(visitor)
    await visitor.page.get_by_label(CONSENT).check()
    wire = await visitor.start()
    await wire.play("answer", sound(1.5, 3).tobytes())
    await wire.expect("played")
    heard = 0
    while heard < RATE_HZ:
        heard += int(np.count_nonzero(np.frombuffer(await wire.frame(), "<i2")))
    await visitor.click("Stop session")
    user, agent = read_wav(await save(visitor, "Sound (WAV)"))
    size = 2 * max(len(user), len(agent))
    spectrum = np.fft.rfft(user.astype(float), size) * np.conj(np.fft.rfft(agent.astype(float), size))
    lag = int(np.argmax(np.fft.irfft(spectrum)))
    lag_ms = (lag - size if lag > size // 2 else lag) * 1000 / RATE_HZ
    assert abs(lag_ms) < CLOSE_MS


async def test_without_consent_nothing_is_recorded_but_words_can_be_kept(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await open_panel(visitor)
    await expect(visitor.page.get_by_role("button", name="Text", exact=True)).to_be_disabled()
    await say(wire, "user", "u1", "Good day.")
    await wire.play("a1", sound(0.5, 4).tobytes())
    await wire.expect("played")
    await say(wire, "assistant", "a1", "Hello.")
    assert (await save(visitor, "Text")).read_text().splitlines()[0].endswith("You: Good day.")
    await expect(visitor.page.get_by_role("button", name="Sound (WAV)")).to_be_disabled()
    with zipfile.ZipFile(await save(visitor, "Everything (ZIP)")) as archive:
        assert "conversation.wav" not in archive.namelist()


async def test_withdrawn_consent_deletes_the_recording_at_once(visit: Visit) -> None:
    visitor = await visit()
    await open_panel(visitor)
    consent = visitor.page.get_by_label(CONSENT)
    await consent.focus()
    await visitor.page.keyboard.press("Space")
    wire = await visitor.start()
    save_sound = visitor.page.get_by_role("button", name="Sound (WAV)")
    await expect(save_sound).to_be_enabled()
    await consent.focus()
    await visitor.page.keyboard.press("Space")
    await expect(save_sound).to_be_disabled()
    await expect(visitor.page.locator(SIGN)).to_be_empty()
    await expect(visitor.page.locator("#recording-status")).to_have_text("The recording was deleted.")
    await wire.play("answer", sound(0.3, 5).tobytes())
    await wire.expect("played")
    await expect(save_sound).to_be_disabled()


async def test_consent_during_a_session_records_from_then_on(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await wire.play("before", sound(0.5, 6).tobytes())
    await wire.expect("played")
    await open_panel(visitor)
    await visitor.page.get_by_label(CONSENT).check()
    await expect(visitor.page.locator(SIGN)).to_have_text("Recording")
    after = sound(0.5, 7)
    await wire.play("after", after.tobytes())
    await wire.expect("played")
    await visitor.click("Stop session")
    _, agent = read_wav(await save(visitor, "Sound (WAV)"))
    np.testing.assert_array_equal(np.trim_zeros(agent), after)


async def test_what_the_user_says_is_captioned_from_the_first_word_not_when_it_was_noticed(
    visit: Visit,
) -> None:
    visitor = await visit(tap=True)
    wire = await visitor.start()
    await say(wire, "assistant", "a1", "Good day.")
    await wire.play("a1", sound(1, 9).tobytes())
    await wire.expect("played")
    await wire.say("control", action="stop_playback", because="speech", after_ms=400)
    await wire.status("listening")
    await visitor.sees_state("Listening")
    await say(wire, "user", "u1", "How are you?")
    played = await played_pcm(visitor.page)
    noticed_at = next(at for at, text in played.messages if "stop_playback" in text)
    noticed_ms = (noticed_at - np.flatnonzero(played.pcm)[0]) * 1000 / RATE_HZ
    await visitor.click("Stop session")
    await open_panel(visitor)
    agent, user = read_srt((await save(visitor, "Captions (SRT)")).read_text())
    assert (agent.words, user.words) == ("Agent: Good day.", "You: How are you?")
    assert abs(user.start_ms - agent.start_ms - (noticed_ms - 400)) < CLOSE_MS


async def test_captions_come_when_the_words_are_heard(visit: Visit) -> None:
    visitor = await visit(tap=True)
    await open_panel(visitor)
    await visitor.page.get_by_label(CONSENT).check()
    wire = await visitor.start()
    await wire.status("listening")
    await visitor.sees_state("Listening")
    await wire.status("processing")
    await visitor.sees_state("Thinking")
    await say(wire, "user", "u1", "How are you?")
    await wire.status("assistant_speaking")
    words = [("Very", 100), ("well", 400), ("thanks", 1200), ("and", 2500), ("you", 2900)]
    await wire.say(
        "words",
        item_id="a1",
        words=[{"text": word, "start_ms": ms, "end_ms": ms + 200} for word, ms in words],
    )
    await wire.play("a1", sound(3.2, 8).tobytes())
    await say(wire, "assistant", "a1", "Very well. Thanks! And you?")
    await recording_with(visitor, 2 * RATE_HZ)
    await visitor.click("Stop speaking")
    await wire.expect("interrupt")
    heard_ms = (await wire.expect("played"))["audio_end_ms"]
    await visitor.click("Stop session")

    cues = read_srt((await save(visitor, "Captions (SRT)")).read_text())
    assert cues == read_vtt((await save(visitor, "Captions (VTT)")).read_text())
    _, agent = read_wav(await save(visitor, "Sound (WAV)"))
    began_ms = int(np.flatnonzero(agent)[0]) * 1000 / RATE_HZ
    assert cues[0].words == "You: How are you?"
    answer = [cue.words.removeprefix("Agent: ") for cue in cues[1:]]
    heard = " ".join(answer).split()
    assert heard == ["Very", "well.", "Thanks!", "And", "you?"][: len(heard)]
    certainly, perhaps = (sum(ms < heard_ms + more for _, ms in words) for more in (-CLOSE_MS, CLOSE_MS))
    assert certainly <= len(heard) <= perhaps
    assert answer[:2] == ["Very well.", "Thanks!"]
    for cue, word_ms in zip(cues[1:], (100, 1200), strict=False):
        assert abs(cue.start_ms - began_ms - word_ms) < CLOSE_MS
    assert cues[-1].end_ms - began_ms < heard_ms + CLOSE_MS


async def test_the_bundle_tells_what_a_bug_report_needs(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await say(wire, "user", "u1", "It <stutters> & stops.")
    await wire.say(
        "metrics",
        turn=1,
        item_id="a1",
        silence_ms=50,
        transcript_ms=90,
        first_text_ms=200,
        first_sound_ms=350,
    )
    await wire.say("event", direction="sent", at_ms=12, event={"type": "session.update", "session": {}})
    await open_panel(visitor)
    with zipfile.ZipFile(await save(visitor, "Everything (ZIP)")) as archive:
        assert archive.testzip() is None
        events = json.loads(archive.read("events.json"))
        report = json.loads(archive.read("report.json"))
        (cue,) = read_vtt(archive.read("conversation.vtt").decode())
    assert cue == Cue(cue.start_ms, cue.end_ms, "You: It <stutters> & stops.")
    assert [entry["event"]["type"] for entry in events] == ["session.update"]
    assert report["turns"][0]["marks"] == [50, 90, 200, 350]
    assert "Chrome" in report["browser"]
    assert any("Microphone on" in line for line in report["log"])


async def test_a_new_session_replaces_what_was_recorded(visit: Visit) -> None:
    visitor = await visit()
    await open_panel(visitor)
    await visitor.page.get_by_label(CONSENT).check()
    first = await visitor.start()
    await say(first, "user", "u1", "Old words.")
    await expect(visitor.page.get_by_role("button", name="Text", exact=True)).to_be_enabled()
    await visitor.click("Stop session")
    second = await visitor.start()
    await say(second, "user", "u1", "New words.")
    await visitor.reads("New words.")
    text = (await save(visitor, "Text")).read_text()
    assert "New words." in text
    assert "Old words." not in text


async def keep_words(visitor: Visitor) -> None:
    """Hold a conversation, and end it."""
    wire = await visitor.start()
    await wire.say("event", direction="received", at_ms=9, event={"type": "session.created", "number": 1})
    await say(wire, "user", "u1", "Old words.")
    await visitor.reads("Old words.")
    await visitor.click("Stop session")
    await wire.closed.wait()


async def still_has_the_old_words(visitor: Visitor) -> None:
    await expect(entries(visitor)).to_have_text(["YouOld words."])
    assert "Old words." in (await save(visitor, "Text")).read_text()


async def test_a_start_that_fails_leaves_the_last_conversation(visit: Visit) -> None:
    visitor = await visit()
    await open_panel(visitor)
    await keep_words(visitor)
    await visitor.click("Start session")
    refusing = await visitor.app.wire()
    assert "history" not in await refusing.expect("start")
    await refusing.status("starting")
    await still_has_the_old_words(visitor)
    await refusing.status("error", "All places are taken.", connected=False)
    await visitor.sees_state("Problem")
    await still_has_the_old_words(visitor)
    await visitor.click("Start session")
    await (await visitor.app.wire()).hang_up()
    await visitor.reads("The connection to the server was lost.")
    await still_has_the_old_words(visitor)


async def test_a_new_conversation_has_its_events_from_before_it_was_ready(visit: Visit) -> None:
    visitor = await visit()
    await open_panel(visitor)
    await visitor.page.get_by_label(CONSENT).check()
    await keep_words(visitor)
    await visitor.click("Start session")
    wire = await visitor.app.wire()
    await wire.expect("start")
    await wire.status("starting")
    await wire.say("event", direction="received", at_ms=9, event={"type": "session.created", "number": 2})
    await wire.say("session", model="m", voice="v", word_times=True)
    await expect(entries(visitor)).to_have_count(0)
    await wire.status("ready")
    await visitor.sees_state("Ready")
    await wire.say("event", direction="sent", at_ms=30, event={"type": "response.create"})
    answer = sound(0.4, 9)
    await wire.play("a1", answer.tobytes())
    await wire.expect("played")
    with zipfile.ZipFile(await save(visitor, "Everything (ZIP)")) as archive:
        events = [entry["event"] for entry in json.loads(archive.read("events.json"))]
        _, agent = read_wav(io.BytesIO(archive.read("conversation.wav")))
    assert events == [{"type": "session.created", "number": 2}, {"type": "response.create"}]
    np.testing.assert_array_equal(agent[agent != 0], answer)


async def test_a_full_recording_says_so_and_stops(visit: Visit) -> None:
    visitor = await visit()
    words, recorded = await visitor.page.evaluate(
        """async () => {
            const { SavingView } = await import("/static/saving/saving-view.js");
            const panel = document.querySelector("#saving-panel").cloneNode(true);
            const sign = document.createElement("p");
            const told = [];
            const view = new SavingView(panel, sign, { record: (on) => told.push(on) });
            panel.querySelector("#consent").click();
            view.sessionBegan();
            view.state("ready");
            const began = performance.now();
            const frame = new Int16Array(480);
            for (const minutes of [0, 15, 29.9, 30.1, 31]) view.sent(frame.buffer, began + minutes * 60000);
            return [[sign.textContent, panel.querySelector("#recording-status").textContent], told];
        }"""
    )
    sign, sentence = words
    assert sign == "Recording full"
    assert sentence.startswith("The recording is full: 30 minutes are kept, and nothing more is recorded.")
    assert recorded == [True, False]


async def test_a_recording_leaves_the_page_only_as_a_file(visit: Visit) -> None:
    visitor = await visit()
    await open_panel(visitor)
    requests: list[str] = []
    visitor.page.on("request", lambda request: requests.append(request.url))
    await visitor.page.get_by_label(CONSENT).check()
    await visitor.start()
    await expect(visitor.page.get_by_role("button", name="Sound (WAV)")).to_be_enabled()
    await visitor.click("Stop session")
    await save(visitor, "Everything (ZIP)")
    assert all("-processor.js" in url or "/sound/" in url or url.startswith("blob:") for url in requests)
    assert not await visitor.page.evaluate("localStorage.length + sessionStorage.length")


async def test_a_page_that_is_left_keeps_no_recording(visit: Visit) -> None:
    visitor = await visit()
    await open_panel(visitor)
    await visitor.page.get_by_label(CONSENT).check()
    await visitor.start()
    save_sound = visitor.page.get_by_role("button", name="Sound (WAV)")
    await expect(save_sound).to_be_enabled()
    await visitor.page.evaluate(
        "window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))"
    )
    await expect(save_sound).to_be_disabled()
    await expect(visitor.page.get_by_label(CONSENT)).not_to_be_checked()


async def test_half_an_hour_of_sound_is_saved_without_keeping_the_page_from_its_work(visit: Visit) -> None:
    visitor = await visit()
    async with visitor.page.expect_download(timeout=60_000) as download:
        await visitor.page.evaluate(
            """async () => {
                const { save } = await import("/static/saving/files.js");
                const { Recording } = await import("/static/saving/recording.js");
                const recording = new Recording();
                const second = new Int16Array(24000).fill(3);
                for (let n = 0; n < 1800; n++) {
                    recording.keep("user", n * 1000, second);
                    recording.keep("agent", n * 1000, second);
                }
                window.turns = 0;
                const counting = setInterval(() => window.turns++, 0);
                const kept = { utterances: [], names: {}, recording, report: () => ({}), events: () => [] };
                await save("bundle", kept, new Date());
                clearInterval(counting);
            }"""
        )
    with zipfile.ZipFile(await (await download.value).path()) as archive:
        assert archive.testzip() is None
        assert archive.getinfo("conversation.wav").file_size == 44 + 1800 * RATE_HZ * 4
    # Others had their turn all the time: in one piece the work is a second or more.
    assert await visitor.page.evaluate("window.turns") > 20
