"""The files that a conversation can be kept in, read again by strict readers."""

import base64
import io
import json
import re
import wave
import zipfile
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tests.page.conftest import Visit

NAMES = """
    const names = { user: "You", assistant: "Agent", unheard: (words) => `[not heard: ${words}]` };
"""

BLANK = """
    const blank = { spoken: true, itemId: "", words: [], pauses: [], soundMs: 0, heardMs: 0, cutOff: false };
    const said = (role, text, startMs, endMs, more) => ({ ...blank, role, text, startMs, endMs, ...more });
"""


@dataclass(frozen=True)
class Cue:
    start_ms: int
    end_ms: int
    words: str


def read_srt(text: str) -> list[Cue]:
    """Read SubRip: every block is its number, its times and one line; nothing else is let through."""
    cues = []
    for number, block in enumerate(text.removesuffix("\n").split("\n\n"), start=1):
        counter, times, words = block.split("\n")
        assert counter == str(number)
        match = re.fullmatch(r"(\d\d:\d\d:\d\d,\d{3}) --> (\d\d:\d\d:\d\d,\d{3})", times)
        assert match, times
        cues.append(Cue(_ms(match[1]), _ms(match[2]), words))
    return _checked(cues)


def read_vtt(text: str) -> list[Cue]:
    """Read WebVTT: the signature, then cues, each a voice span; escapes are undone."""
    signature, *blocks = text.removesuffix("\n").split("\n\n")
    assert signature == "WEBVTT"
    cues = []
    for block in blocks:
        times, line = block.split("\n")
        match = re.fullmatch(r"(\d\d:\d\d:\d\d\.\d{3}) --> (\d\d:\d\d:\d\d\.\d{3})", times)
        assert match, times
        voice = re.fullmatch(r"<v ([^<>&]+)>((?:[^<>&]|&(?:amp|lt|gt);)*)", line)
        assert voice, line
        words = voice[2].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        cues.append(Cue(_ms(match[1]), _ms(match[2]), f"{voice[1]}: {words}"))
    return _checked(cues)


def _ms(timestamp: str) -> int:
    hours, minutes, seconds, ms = (int(part) for part in re.split(r"[:.,]", timestamp))
    assert minutes < 60
    assert seconds < 60
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms


def _checked(cues: list[Cue]) -> list[Cue]:
    assert all(cue.start_ms < cue.end_ms for cue in cues)
    assert [cue.start_ms for cue in cues] == sorted(cue.start_ms for cue in cues)
    assert all(cue.words.strip() for cue in cues)
    return cues


async def evaluate(visit: Visit, script: str) -> Any:
    visitor = await visit()
    return await visitor.page.evaluate(f"async () => {{ {script} }}")


async def captions(visit: Visit, utterances: str) -> tuple[str, list[Cue]]:
    """Write utterances in all three ways; return the text and the cues, the same in both formats."""
    text, srt, vtt = await evaluate(
        visit,
        f"""const {{ asSrt, asText, asVtt }} = await import("/static/saving/captions.js");
        {NAMES} {BLANK}
        const utterances = {utterances};
        return [asText, asSrt, asVtt].map((write) => write(utterances, names));""",
    )
    cues = read_srt(srt)
    assert cues == read_vtt(vtt)
    return text, cues


async def test_captions_say_who_said_what_when(visit: Visit) -> None:
    text, cues = await captions(
        visit,
        """[said("user", "Is 2 < 3 & 4 > 3?", 1200, 2700),
            said("assistant", "Yes.", 3_723_004, 3_723_504, { heardMs: 500 })]""",
    )
    assert cues == [
        Cue(1200, 2700, "You: Is 2 < 3 & 4 > 3?"),
        Cue(3_723_004, 3_723_504, "Agent: Yes."),
    ]
    assert text == "[00:00:01] You: Is 2 < 3 & 4 > 3?\n[01:02:03] Agent: Yes.\n"


async def test_words_with_times_make_cues_at_those_times(visit: Visit) -> None:
    _, cues = await captions(
        visit,
        """[said("assistant", "Hello, Ada. How are you?", 10_000, 12_500, { heardMs: 2500, words: [
            { text: "Hello", start_ms: 100, end_ms: 400 }, { text: "Ada", start_ms: 450, end_ms: 800 },
            { text: "How", start_ms: 1500, end_ms: 1700 }, { text: "are", start_ms: 1700, end_ms: 1900 },
            { text: "you", start_ms: 1900, end_ms: 2300 }] })]""",
    )
    assert [cue.words for cue in cues] == ["Agent: Hello, Ada.", "Agent: How are you?"]
    assert cues[0].start_ms == 10_100
    assert 10_800 <= cues[0].end_ms <= 11_500
    assert cues[1].start_ms == 11_500


async def test_a_pause_in_the_sound_moves_the_words_after_it(visit: Visit) -> None:
    _, cues = await captions(
        visit,
        """[said("assistant", "One. Two.", 1000, 4000, {
            heardMs: 2000, pauses: [{ atMs: 800, lengthMs: 1000 }], words: [
            { text: "One", start_ms: 0, end_ms: 500 }, { text: "Two", start_ms: 1000, end_ms: 1800 }] })]""",
    )
    assert [cue.start_ms for cue in cues] == [1000, 3000]


async def test_what_was_cut_off_is_in_no_caption_and_marked_in_the_text(visit: Visit) -> None:
    text, cues = await captions(
        visit,
        """[said("assistant", "One two three four.", 0, 700, { heardMs: 700, cutOff: true, words: [
            { text: "One", start_ms: 0, end_ms: 300 }, { text: "two", start_ms: 300, end_ms: 600 },
            { text: "three", start_ms: 600, end_ms: 1000 },
            { text: "four", start_ms: 1000, end_ms: 1400 }] })]""",
    )
    assert cues == [Cue(0, 700, "Agent: One two three")]
    assert text == "[00:00:00] Agent: One two three [not heard: four.]\n"


async def test_an_answer_of_which_nothing_was_heard_has_no_caption(visit: Visit) -> None:
    text, cues = await captions(
        visit,
        """[said("user", "Never mind.", 0, 900),
            said("assistant", "All of this is lost.", 1000, 1000, { cutOff: true })]""",
    )
    assert [cue.words for cue in cues] == ["You: Never mind."]
    assert "Agent: [not heard: All of this is lost.]" in text


async def test_a_long_answer_becomes_cues_that_can_be_read(visit: Visit) -> None:
    _, cues = await captions(
        visit, """[said("assistant", "word ".repeat(200).trim(), 0, 60_000, { heardMs: 60_000 })]"""
    )
    lines = [cue.words.removeprefix("Agent: ") for cue in cues]
    assert max(len(line) for line in lines) <= 84
    assert " ".join(lines).split() == ["word"] * 200
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(cues))


RECORD = """
    const { ConversationRecord } = await import("/static/saving/conversation-record.js");
    const record = new ConversationRecord();
    const final = (role, item_id, text, ms) => record.transcript({ role, item_id, text, final: true }, ms);
"""


async def test_a_conversation_is_kept_in_the_order_in_which_it_was_said(visit: Visit) -> None:
    utterances = await evaluate(
        visit,
        f"""{RECORD}
        record.speechBegan(100); record.speechEnded(900);
        record.transcript({{ role: "assistant", item_id: "a1", text: "Hello", final: false }}, 1000);
        final("user", "u1", "Good day.", 1100);
        record.played("a1", 20, 1220); record.played("a1", 500, 1700);
        final("assistant", "a1", "Hello you.", 1800);
        record.typed("And typed.", 2000); final("user", "u2", "And typed.", 2100);
        record.speechBegan(2500); record.speechEnded(2600); record.forgetSpeech();
        return record.utterances;""",
    )
    told = [(said["role"], said["text"], said["startMs"], said["endMs"]) for said in utterances]
    assert told == [
        ("user", "Good day.", 100, 900),
        ("assistant", "Hello you.", 1200, 1700),
        ("user", "And typed.", 2000, 2000),
    ]
    assert [said["spoken"] for said in utterances] == [True, True, False]


async def test_reports_that_come_late_do_not_move_an_answer_but_pauses_do(visit: Visit) -> None:
    (answer,) = await evaluate(
        visit,
        f"""{RECORD}
        final("assistant", "a", "Hello.", 0);
        record.played("a", 20, 1050);  // 30 ms late
        record.played("a", 100, 1100);
        record.played("a", 400, 1900);  // a pause of 500 ms, or this page was busy
        record.played("a", 500, 1900);
        return record.utterances;""",
    )
    assert answer["startMs"] == 1000
    assert answer["pauses"] == [{"atMs": 100, "lengthMs": 400}]


async def test_a_busy_page_makes_no_pauses(visit: Visit) -> None:
    (answer,) = await evaluate(
        visit,
        f"""{RECORD}
        final("assistant", "a", "Hello.", 0);
        const heardAt = [[20, 1020], [40, 1300], [300, 1301], [320, 1600], [600, 1601], [620, 1620]];
        for (const [ms, nowMs] of heardAt) record.played("a", ms, nowMs);
        return record.utterances;""",
    )
    assert (answer["startMs"], answer["pauses"]) == (1000, [])


async def test_a_conversation_without_end_is_bounded(visit: Visit) -> None:
    texts = await evaluate(
        visit,
        f"""{RECORD}
        for (let n = 0; n < 1000; n++) final("assistant", `a${{n}}`, `${{n}}`, n);
        return record.utterances.map(({{ text }}) => text);""",
    )
    assert texts == [str(number) for number in range(500, 1000)]


AS_BASE64 = """
    const base64 = (blob) => new Promise((resolve) => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result.split(",")[1] ?? "");
        reader.readAsDataURL(blob);
    });
"""


async def test_two_tracks_become_a_stereo_wav_aligned_in_time(visit: Visit) -> None:
    encoded = await evaluate(
        visit,
        f"""const {{ Track }} = await import("/static/saving/track.js");
        const {{ stereoWav }} = await import("/static/saving/wav.js");
        {AS_BASE64}
        const [user, agent] = [new Track(), new Track()];
        // Each frame is told up to 15 ms late; the frames follow each other all the same.
        const frame = (n) => new Int16Array(480).fill(n + 1);
        for (let n = 0; n < 150; n++) user.write(500 + n * 20 + (n * 7) % 15, frame(n));
        agent.write(2250, new Int16Array(12_000).fill(-5));
        agent.write(4000, new Int16Array(2400).fill(-6));
        return base64(new Blob([...stereoWav(user, agent)]));""",
    )
    with wave.open(io.BytesIO(base64.b64decode(encoded))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 24_000)
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    user, agent = sound.T
    assert len(sound) == 98_400
    np.testing.assert_array_equal(np.flatnonzero(user), np.arange(12_000, 12_000 + 150 * 480))
    np.testing.assert_array_equal(user[12_000 : 12_000 + 150 * 480], np.repeat(np.arange(1, 151), 480))
    assert set(agent[54_000:66_000]) == {-5}
    assert set(agent[96_000:]) == {-6}
    assert np.count_nonzero(agent) == 14_400


async def test_silence_takes_no_memory_and_a_recording_ends_at_its_limit(visit: Visit) -> None:
    kept = await evaluate(
        visit,
        """const { LIMIT_MINUTES, Recording } = await import("/static/saving/recording.js");
        const recording = new Recording();
        const second = new Int16Array(24_000).fill(1);
        let seconds = 0;
        while (!recording.isFull) recording.keep("user", 5000 + seconds++ * 1000, second);
        recording.keep("agent", 9000, second);
        return [LIMIT_MINUTES, seconds - 1, recording.user.bytes, recording.agent.bytes];""",
    )
    assert kept == [30, 30 * 60, 30 * 60 * 48_000, 0]


async def test_files_become_a_zip_archive_that_python_can_read(visit: Visit) -> None:
    encoded = await evaluate(
        visit,
        f"""const {{ zip }} = await import("/static/saving/zip.js");
        {AS_BASE64}
        const bytes = (...numbers) => new Uint8Array(numbers);
        const large = Uint8Array.from({{ length: 300_000 }}, (_, n) => n * n);
        const files = [
            {{ name: "empty.txt", parts: [] }},
            {{ name: "Gespräch.txt", parts: [bytes(104, 105), bytes(33)] }},
            {{ name: "large.bin", parts: [large, large] }},
        ];
        return base64(await zip(files, new Date(2026, 10, 20, 17, 4, 6)));""",
    )
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(encoded))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["empty.txt", "Gespräch.txt", "large.bin"]
        assert archive.read("empty.txt") == b""
        assert archive.read("Gespräch.txt") == b"hi!"
        assert archive.read("large.bin") == bytes(n * n % 256 for n in range(300_000)) * 2
        assert archive.getinfo("large.bin").date_time == (2026, 11, 20, 17, 4, 6)


@pytest.mark.parametrize("with_sound", [True, False])
async def test_the_bundle_has_everything(visit: Visit, *, with_sound: bool) -> None:
    visitor = await visit()
    async with visitor.page.expect_download() as download:
        await visitor.page.evaluate(
            f"""async (withSound) => {{
            const {{ save }} = await import("/static/saving/files.js");
            const {{ Recording }} = await import("/static/saving/recording.js");
            {NAMES} {BLANK}
            const recording = withSound ? new Recording() : null;
            recording?.keep("user", 0, new Int16Array(24_000).fill(7));
            const kept = {{ utterances: [said("user", "Hello.", 0, 900)], names, recording,
                report: () => ({{ turns: [] }}), events: () => [{{ type: "session.created" }}] }};
            await save("bundle", kept, new Date("2026-11-20T17:04:06Z"));
            }}""",
            with_sound,
        )
    file = await download.value
    assert file.suggested_filename == "conversation-2026-11-20T17-04-06.zip"
    with zipfile.ZipFile(await file.path()) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {
            *(f"conversation.{ending}" for ending in ("txt", "srt", "vtt", "json")),
            *(["conversation.wav"] if with_sound else []),
            "report.json",
            "events.json",
        }
        assert read_srt(archive.read("conversation.srt").decode()) == [Cue(0, 900, "You: Hello.")]
        assert json.loads(archive.read("events.json")) == [{"type": "session.created"}]
        if with_sound:
            with wave.open(io.BytesIO(archive.read("conversation.wav"))) as sound:
                assert sound.getnframes() == 24_000
