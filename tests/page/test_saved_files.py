"""The files that a browser saves, read again by strict readers; what is in them: `tests/js`."""

import io
import json
import re
import wave
import zipfile
from dataclasses import dataclass

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
