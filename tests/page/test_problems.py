"""What can go wrong is told in a sentence that says what to do, and everything is released."""

import json
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from openvoicelive.web.page.problems import SENTENCES
from tests.browser import launch_chromium
from tests.page.conftest import WATCH_DEVICES, Visit
from tests.page.scripted_app import serve_page
from tests.page.test_assets import CATALOGUES


def refusing(error: str) -> str:
    """A browser whose `getUserMedia` fails in this way."""
    return f"""
        MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException("no", "{error}"));
        {WATCH_DEVICES}
    """


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        ("NotAllowedError", "Allow it with the microphone or lock symbol beside the address"),
        ("NotFoundError", "No microphone was found. Plug one in or switch one on"),
        ("NotReadableError", "another program may be using it. Close that program"),
        ("InvalidStateError", "Reload the page and try again"),
    ],
)
async def test_a_microphone_that_cannot_be_had_is_explained(visit: Visit, error: str, sentence: str) -> None:
    visitor = await visit(init=refusing(error))
    await visitor.click("Start session")
    await visitor.sees_state("Problem")
    await visitor.reads(sentence)
    await visitor.screenshot(f"problem-{error}")
    await visitor.released_everything()
    await expect(visitor.page.get_by_role("button", name="Start session")).to_be_focused()


async def test_a_machine_without_a_microphone_is_explained(visit: Visit) -> None:
    async with launch_chromium(None, more_flags=["--use-fake-ui-for-media-stream"]) as browser:
        visitor = await visit(browser=browser)
        await visitor.click("Start session")
        await visitor.reads("No microphone was found.")
        await visitor.page.context.close()


async def test_a_refusal_in_the_browsers_own_prompt_is_explained(visit: Visit) -> None:
    flags = ["--use-fake-device-for-media-stream", "--deny-permission-prompts"]
    async with launch_chromium(None, more_flags=flags) as browser:
        visitor = await visit(browser=browser)
        await visitor.click("Start session")
        await visitor.reads("The browser did not give this page the microphone.")
        await visitor.page.context.close()


async def test_a_page_that_is_not_secure_is_explained(visit: Visit) -> None:
    flags = ["--use-fake-ui-for-media-stream", "--host-resolver-rules=MAP voice.test 127.0.0.1"]
    async with launch_chromium(None, more_flags=flags) as browser, serve_page() as app:
        app.url = app.url.replace("127.0.0.1", "voice.test")
        visitor = await visit(to=app, browser=browser)
        await visitor.click("Start session")
        await visitor.reads("Open this page with https://")
        visitor.complaints.clear()  # the browser itself notes that a policy needs a secure page
        await visitor.page.context.close()


async def test_a_server_that_is_gone_is_explained(visit: Visit) -> None:
    async with serve_page() as app:
        visitor = await visit(to=app, init=WATCH_DEVICES)
    await visitor.click("Start session")
    await visitor.reads("The server did not accept the connection.")
    await visitor.released_everything()
    assert all("net::ERR_CONNECTION_REFUSED" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.stem)
def test_the_page_has_a_sentence_of_its_own_for_every_code(catalogue: Path) -> None:
    sentences = json.loads(catalogue.read_text(encoding="utf-8"))
    for code, theirs in SENTENCES.items():
        ours = sentences[f"problem_{code}"]
        assert set(re.findall(r"{\w+}", ours)) <= set(re.findall(r"{\w+}", theirs)), code


async def test_a_problem_with_a_code_is_told_in_the_pages_words(visit: Visit) -> None:
    visitor = await visit(locale="es-ES")
    await visitor.page.locator("#start").click()
    wire = await visitor.app.wire()
    await wire.expect("start")
    await wire.say(
        "status",
        state="error",
        message="The session reached its limit of 60 min.",
        connected=False,
        last_error=None,
        code="session_limit",
        values={"minutes": 60},
    )
    await visitor.reads("La conversación ha llegado a su límite de 60 min.")


async def test_the_apps_reason_for_ending_stays_when_the_socket_closes(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await wire.status("stopped", "The session reached its limit of 60 min.", connected=False)
    await wire.hang_up()
    await wire.closed.wait()
    await visitor.sees_state("Stopped")
    await visitor.reads("The session reached its limit of 60 min.")


async def test_a_start_that_the_app_refuses_ends_with_its_sentence(visit: Visit) -> None:
    visitor = await visit(init=WATCH_DEVICES)
    await visitor.click("Start session")
    wire = await visitor.app.wire()
    await wire.expect("start")
    await wire.status("error", "All places are taken: busy, try again in a minute.", connected=False)
    await visitor.sees_state("Problem")
    await visitor.reads("busy, try again in a minute.")
    await visitor.released_everything()
    await wire.closed.wait()


async def test_an_error_that_the_session_survives_leaves_it_running(visit: Visit) -> None:
    visitor = await visit()
    wire = await visitor.start()
    await wire.status("error", "The model could not answer. Ask again.")
    await visitor.sees_state("Problem")
    await visitor.reads("The model could not answer. Ask again.")
    await wire.status("ready")
    await visitor.sees_state("Ready")
    await wire.frame()


async def test_missing_variables_are_named(visit: Visit) -> None:
    async with serve_page(missing=["VOICE_LIVE_MODEL"]) as app:
        visitor = await visit(to=app)
        await visitor.reads("Set VOICE_LIVE_MODEL in its environment or .env file")
        await expect(visitor.page.get_by_role("button", name="Start session")).to_be_disabled()
        await expect(visitor.page.locator("#log")).to_contain_text("VOICE_LIVE_MODEL")
        await visitor.screenshot("problem-missing-variables")
        await visitor.page.context.close()


async def test_the_access_code_is_asked_for_and_sent_with_start(visit: Visit) -> None:
    async with serve_page(access_code_wanted=True) as app:
        visitor = await visit(to=app)
        await expect(visitor.page.get_by_label("Access code")).to_be_visible()
        await visitor.screenshot("access-code")
        await visitor.click("Start session")
        await visitor.sees_state("Idle")
        await visitor.page.get_by_label("Access code").fill("open sesame")
        await visitor.page.keyboard.press("Enter")
        wire = await app.wire()
        assert (await wire.expect("start"))["access_code"] == "open sesame"
        await visitor.page.context.close()


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        (
            {"answers": "guide", "chat_model": None},
            "No language model is connected, so a small built-in guide answers",
        ),
        ({"answers": "model", "chat_model": "llama3.2"}, "Answers come from llama3.2."),
        (
            {"answers": "azure", "model": "gpt-realtime"},
            "Answers come from Azure AI Voice Live, model gpt-realtime.",
        ),
    ],
    ids=["guide", "model", "azure"],
)
async def test_the_page_says_who_answers(visit: Visit, configuration: dict[str, str], sentence: str) -> None:
    async with serve_page(**configuration) as app:
        visitor = await visit(to=app)
        await visitor.reads(sentence)
        await visitor.screenshot(f"answers-{configuration['answers']}")
        await visitor.page.context.close()
