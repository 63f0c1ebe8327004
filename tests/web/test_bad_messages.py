"""What a page sends that makes no sense is skipped with a word in its log, and its session goes on."""

import json

import pytest

from openvoicelive.web.page.browser import MAX_FRAME_BYTES, MAX_MESSAGE_CHARACTERS
from tests.fake_voice_live import FakeSession
from tests.web.running_app import Browser

DEEP = "[" * 10_000 + "]" * 10_000


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("{", "not understood"),
        ("[]", "not understood"),
        ('{"type": "dance"}', "not understood"),
        ('{"type": "text"}', "not understood"),
        ('{"type": "mute", "muted": "yes"}', "not understood"),
        (f'{{"type": "mute", "x": {DEEP}}}', "not understood"),
        (json.dumps({"type": "text", "text": ""}), "1 to 4000 characters"),
        (json.dumps({"type": "text", "text": "x" * MAX_MESSAGE_CHARACTERS}), "at most"),
        (b"\0", "PCM16"),
        (bytes(MAX_FRAME_BYTES + 2), "PCM16"),
    ],
    ids=["no json", "no object", "unknown", "field", "type", "deep", "empty", "long", "odd", "large"],
)
async def test_it_is_skipped(
    browser: Browser, session: FakeSession, message: str | bytes, sentence: str
) -> None:
    await browser.socket.send(message)
    await session.speech_started()
    await browser.expect("control")
    await browser.send("text", text="Hello")
    await browser.until(type="transcript", text="Hello")
    assert any(sentence in line for line in browser.logs), browser.logs
