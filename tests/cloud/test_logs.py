"""What the program writes about itself: enough to run it, and nothing that a person said."""

import io
import json
import logging
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openvoicelive.errors import SettingsError
from openvoicelive.logs import LogFormat, configure_logging, session_id
from openvoicelive.settings import Settings
from tests.cloud.fake_azure import FakeAzure
from tests.cloud.running_program import Running, running_program
from tests.web.running_app import Browser

# Each is somewhere in the conversation below, and nowhere in the log.
WORDS = {
    "typed": "aubergine",
    "heard": "bumblebee",
    "answered": "cucumber",
    "instructed": "dandelion",
    "in an error": "elderberry",
    "in a warning": "foxglove",
    "in a failed transcription": "gooseberry",
    "in a failed answer": "hollyhock",
    "in a message that is none": "ivy-leaf",
    "in a refusal": "jackfruit",
}
KEY = "secret-of-the-operator"


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("openvoicelive")
    handlers, levels = list(root.handlers), (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def settings(azure: FakeAzure) -> dict[str, str]:
    return {
        "AZURE_VOICE_LIVE_ENDPOINT": azure.url,
        "AZURE_VOICE_LIVE_API_KEY": KEY,
        "VOICE_LIVE_MODEL": "gpt-4o",
        "VOICE_LIVE_USER_MAY_CHOOSE": "instructions",
        "BUILD_ID": "7",
    }


async def converse(azure: FakeAzure, browser: Browser) -> None:
    """Hold a conversation in which everything is said that must not be written down."""
    await browser.start(instructions=WORDS["instructed"])
    session = await azure.next_session()
    await session.send("input_audio_buffer.speech_started", audio_start_ms=0, item_id="item_u")
    await session.send("input_audio_buffer.speech_stopped", audio_end_ms=100, item_id="item_u")
    await session.transcribed("item_u", WORDS["heard"])
    await session.answer(WORDS["answered"])
    await browser.until(type="metrics")
    await browser.send("text", text=WORDS["typed"])
    await session.expect("conversation.item.create")
    await session.warn("some_warning", WORDS["in a warning"])
    await session.fail_transcription("item_v", WORDS["in a failed transcription"])
    await session.fail_answer("resp_9", WORDS["in a failed answer"])
    await session.send_text(WORDS["in a message that is none"])
    await session.error("invalid_value", WORDS["in an error"])
    await browser.until(state="error")
    await browser.send("stop")
    await browser.until(state="stopped")


async def refused_session(azure: FakeAzure, browser: Browser) -> None:
    """Begin a session that the service refuses with a sentence."""
    azure.configures = False
    await browser.send("start")
    await (await azure.next_session()).error("invalid_value", WORDS["in a refusal"])
    await browser.until(state="error")


def events(running: Running) -> list[dict[str, Any]]:
    """What was logged, as whoever collects it reads it: each line is JSON."""
    return [json.loads(line) for line in running.output]


@pytest.mark.parametrize(("form", "verbose"), [("json", "0"), ("text", "0"), ("json", "1")])
async def test_no_word_of_a_conversation_and_no_key_is_logged(
    tmp_path: Path, azure: FakeAzure, form: LogFormat, verbose: str
) -> None:
    log_settings = {"VOICE_LIVE_LOG_FORMAT": form, "VOICE_LIVE_VERBOSE": verbose}
    async with running_program(tmp_path, **log_settings, **settings(azure)) as running:
        async with running.browser() as browser:
            await converse(azure, browser)
        async with running.browser() as browser:
            await refused_session(azure, browser)
        await running.signalled(signal.SIGTERM)
    log = "".join(running.output)
    assert {where for where, word in WORDS.items() if word in log} == set()
    assert KEY not in log
    # What went wrong is there by its code.
    assert "invalid_value" in log
    assert "some_warning" in log


async def test_json_lines_tell_sessions_and_turns_by_figures(tmp_path: Path, azure: FakeAzure) -> None:
    async with running_program(tmp_path, VOICE_LIVE_LOG_FORMAT="json", **settings(azure)) as running:
        async with running.browser() as browser:
            await converse(azure, browser)
        await running.signalled(signal.SIGTERM)
    lines = events(running)
    start = next(line for line in lines if "build" in line)
    assert (start["build"], start["level"], start["logger"]) == ("7", "info", "openvoicelive")
    began = next(line for line in lines if line["message"] == "A session has begun.")
    turn = next(line for line in lines if line["message"] == "A turn was answered.")
    ended = next(line for line in lines if line["message"] == "The session has ended.")
    assert began["model"] == "gpt-4o"
    assert (turn["turn"], turn["first_sound_ms"] >= 0) == (1, True)
    assert ended["turns"] >= 1
    assert ended["troubles"] >= 1
    assert began["session"] == turn["session"] == ended["session"]
    assert {"time", "level", "logger", "message"} <= set.intersection(*(set(line) for line in lines))


async def test_our_own_service_logs_no_word_either(tmp_path: Path) -> None:
    async with running_program(tmp_path, VOICE_LIVE_VERBOSE="1") as running:
        await running.ready()
        async with running.browser() as browser:
            await browser.start()
            await browser.send("text", text=f"What is 2 plus 3, {WORDS['typed']}?")
            answer = await browser.until(type="transcript", role="assistant", final=True)
            await browser.send("stop")
            await browser.until(state="stopped")
        await running.signalled(signal.SIGINT)
    log = "".join(running.output)
    assert "A session has begun." in log
    assert WORDS["typed"] not in log
    assert answer["text"]
    assert answer["text"] not in log


def formatted(form: LogFormat, **record: Any) -> str:
    stream = io.StringIO()
    configure_logging(form, verbose=False, stream=stream)
    log = logging.getLogger("openvoicelive.test")
    log.info("Two\nlines, %s.", "twice", **record)
    return stream.getvalue()


def test_a_json_line_is_one_line_whatever_is_in_it() -> None:
    line = formatted("json", extra={"figures": {"turn": 3, "path": Path("x")}})
    assert line.count("\n") == 1
    content = json.loads(line)
    assert content["message"] == "Two\nlines, twice."
    assert (content["turn"], content["path"]) == (3, "x")


def test_a_stack_trace_is_a_field_of_its_line() -> None:
    try:
        int("wrong")
    except ValueError:
        content = json.loads(formatted("json", exc_info=sys.exc_info()))
    assert content["exception"].endswith("'wrong'")


def test_text_has_its_figures_at_the_end() -> None:
    assert formatted("text", extra={"figures": {"turn": 3}}).endswith("twice. [turn=3]\n")


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_line_names_the_session_that_it_is_about(form: LogFormat) -> None:
    before = session_id.set("a1b2")
    try:
        assert "a1b2" in formatted(form)
    finally:
        session_id.reset(before)
    assert "a1b2" not in formatted(form)


def test_an_unknown_format_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError, match="text or json"):
        Settings.from_environment({"VOICE_LIVE_LOG_FORMAT": "xml"})
