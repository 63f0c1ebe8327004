"""What a user is told when the service cannot be had, and what happens when it goes away."""

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Self

import pytest
from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError
from websockets.http11 import Request
from websockets.server import ServerProtocol

from openvoicelive.settings import Settings
from openvoicelive.web.conversation import assistant
from openvoicelive.web.conversation.assistant import VoiceAssistant
from openvoicelive.web.page.messages import Status, ToPage
from openvoicelive.web.page.problems import SENTENCES
from openvoicelive.web.voice_live import connection as voice_live
from openvoicelive.web.voice_live.connection import Service, open_service
from openvoicelive.web.voice_live.failures import ServiceClosed
from tests.fake_voice_live import FakeSession, FakeVoiceLive
from tests.web.conftest import API_KEY, azure_settings
from tests.web.running_app import DEADLINE_S, Browser, RunningApp, running_app


async def failure(browser: Browser, *, code: str | None = None) -> str:
    """Start a session that cannot begin, and return what the user is told; it must have this code."""
    await browser.send("start")
    await browser.status("starting")
    status = await browser.status("error")
    assert status["connected"] is False
    assert status["last_error"] == status["message"]
    assert status["code"] in ({code} if code else SENTENCES)
    assert "Traceback" not in status["message"]
    assert API_KEY not in str(status) + str(browser.logs)
    return str(status["message"])


@pytest.mark.parametrize(
    ("refusal", "code", "remedy"),
    [
        (HTTPStatus.UNAUTHORIZED, "credentials_refused", "AZURE_VOICE_LIVE_API_KEY"),
        (HTTPStatus.FORBIDDEN, "identity_refused", "Cognitive Services User"),
        (HTTPStatus.NOT_FOUND, "service_absent", "AZURE_VOICE_LIVE_ENDPOINT"),
        (HTTPStatus.BAD_REQUEST, "model_refused", "VOICE_LIVE_MODEL"),
        (HTTPStatus.TOO_MANY_REQUESTS, "too_many_requests", "Try again"),
        (HTTPStatus.SERVICE_UNAVAILABLE, "service_loading", "Try again"),
        (HTTPStatus.GONE, "service_refused", "HTTP 410"),
        (HTTPStatus.FOUND, "service_unreachable", "AZURE_VOICE_LIVE_ENDPOINT"),
    ],
)
async def test_a_refused_connection_names_the_remedy(
    browser: Browser, service: FakeVoiceLive, refusal: HTTPStatus, code: str, remedy: str
) -> None:
    service.refuse = refusal
    assert remedy in await failure(browser, code=code)


class Identity:
    """A credential of azure-identity's kind, with this token or none."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    async def get_token(self, *scopes: str, **_options: Any) -> AccessToken:
        assert scopes == ("https://ai.azure.com/.default",)
        if self._token is None:
            raise ClientAuthenticationError("DefaultAzureCredential failed to retrieve a token")
        return AccessToken(self._token, 2**31)

    async def close(self) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        pass


async def test_without_a_key_the_token_of_an_identity_is_shown(service: FakeVoiceLive) -> None:
    told: list[ToPage | bytes] = []
    voice_assistant = VoiceAssistant(service.url, Identity("a-token"), "gpt-4o", "alloy", "Hi.", told.append)
    conversation = asyncio.create_task(voice_assistant.start())
    session = await service.next_session()
    assert session.headers["authorization"] == "Bearer a-token"
    voice_assistant.request_stop()
    await conversation


async def test_missing_credentials_name_both_remedies(service: FakeVoiceLive) -> None:
    told: list[ToPage | bytes] = []
    await VoiceAssistant(service.url, Identity(None), "gpt-4o", "alloy", "Hi.", told.append).start()
    last = told[-1]
    assert isinstance(last, Status)
    assert last.state == "error"
    assert "AZURE_VOICE_LIVE_API_KEY" in last.message
    assert "az login" in last.message


async def test_a_session_can_start_after_one_that_could_not(browser: Browser, service: FakeVoiceLive) -> None:
    service.refuse = HTTPStatus.SERVICE_UNAVAILABLE
    await failure(browser)
    service.refuse = None
    await browser.start()


async def test_an_unreachable_endpoint_is_named() -> None:
    settings = Settings(endpoint="http://127.0.0.1:1", api_key=API_KEY, model="gpt-4o")
    async with running_app(settings) as app, app.browser() as browser:
        message = await failure(browser)
    assert message.startswith("http://127.0.0.1:1 cannot be reached.")


async def test_our_own_service_that_cannot_be_reached_is_no_matter_of_azures_settings() -> None:
    async with running_app(Settings(), service_url="http://127.0.0.1:1") as app, app.browser() as browser:
        message = await failure(browser)
    assert message.startswith("The service of this machine does not answer at http://127.0.0.1:1.")
    assert "AZURE" not in message


async def test_an_endpoint_that_never_answers_the_handshake_is_given_up(
    monkeypatch: pytest.MonkeyPatch, unanswering_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(voice_live, "CONNECT_DEADLINE_S", 0.1)
    settings = Settings(endpoint=f"http://127.0.0.1:{unanswering_port}", api_key=API_KEY, model="gpt-4o")
    async with running_app(settings) as app, app.browser() as browser:
        assert "did not answer within" in await failure(browser)
    assert "Unclosed client session" not in caplog.text


async def test_a_tab_closed_while_connecting_leaves_nothing_open(
    unanswering_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(endpoint=f"http://127.0.0.1:{unanswering_port}", api_key=API_KEY, model="gpt-4o")
    async with running_app(settings) as app:
        async with app.browser() as browser:
            await browser.send("start")
            await browser.status("starting")
            await app.wait_until_sessions(1)
        await app.wait_until_sessions(0)
    assert "Unclosed client session" not in caplog.text


async def test_a_service_that_begins_no_session_is_given_up(
    monkeypatch: pytest.MonkeyPatch, browser: Browser, service: FakeVoiceLive
) -> None:
    monkeypatch.setattr(assistant, "CONFIGURE_DEADLINE_S", 0.1)
    service.silent = True
    assert "did not begin a session" in await failure(browser)
    await (await service.next_session()).wait_closed()


async def test_a_refused_configuration_says_why(browser: Browser, service: FakeVoiceLive) -> None:
    service.configure = False
    await browser.send("start")
    await browser.status("starting")
    session = await service.next_session()
    await session.error("invalid_value", "Voice xyz is not known.")
    status = await browser.status("error")
    assert status["message"] == "The service refused the session: Voice xyz is not known."
    assert status["connected"] is False
    await session.wait_closed()


@pytest.mark.parametrize(
    ("code", "name", "sentence"),
    [
        (1000, "service_ended", "ended the session"),
        (1001, "service_restarted", "longest duration"),
        (1008, "policy", "policy"),
        (1009, "message_too_large", "its size"),
        (1011, "service_failed", "internal error"),
        (1012, "service_restarting", "restarting"),
        (1013, "service_busy", "busy"),
        (4000, "service_closed", "close code 4000"),
    ],
)
async def test_a_service_that_closes_is_explained(
    browser: Browser, session: FakeSession, code: int, name: str, sentence: str
) -> None:
    await session.close(code)
    status = await browser.status("error")
    assert (status["code"], status["values"]) == (name, {"close_code": str(code)})
    assert sentence in status["message"]
    assert status["connected"] is False


async def test_a_cut_connection_is_explained(browser: Browser, session: FakeSession) -> None:
    session.abort()
    assert "connection to the service was lost" in (await browser.status("error"))["message"]


async def test_a_close_after_an_error_tells_both(browser: Browser, session: FakeSession) -> None:
    await session.error("session_expired", "Your session hit the maximum duration.")
    await browser.status("error")
    await browser.status("ready")
    await session.close(1001)
    message = (await browser.status("error"))["message"]
    assert message.startswith("Your session hit the maximum duration. The service ended the session")


async def test_sound_for_a_service_that_is_gone_breaks_nothing(
    browser: Browser, session: FakeSession, service: FakeVoiceLive
) -> None:
    session.abort()
    await browser.send_sound(bytes(4800))
    await browser.send("text", text="Hello?")
    await browser.until(state="error")
    await browser.start()
    await service.next_session()


@pytest.mark.parametrize("missing", ["VOICE_LIVE_MODEL", "AZURE_VOICE_LIVE_ENDPOINT"])
async def test_missing_variables_are_named(service: FakeVoiceLive, missing: str) -> None:
    field = {"VOICE_LIVE_MODEL": "model", "AZURE_VOICE_LIVE_ENDPOINT": "endpoint"}[missing]
    async with running_app(azure_settings(service, **{field: None})) as app, app.browser() as browser:
        await browser.send("start")
        assert missing in (await browser.status("error"))["message"]
        status, text, _ = await app.get("/healthz")
        assert (status, missing in text) == (503, True)


async def test_a_session_ends_at_its_longest_duration(service: FakeVoiceLive) -> None:
    async with running_app(azure_settings(service, session_limit_s=1)) as app, app.browser() as browser:
        await browser.start()
        session = await service.next_session()
        assert "limit of 1 min" in (await browser.status("stopped"))["message"]
        await session.wait_closed()
        await browser.start()


async def test_stopping_the_app_ends_its_sessions(app: RunningApp, service: FakeVoiceLive) -> None:
    async with app.browser() as browser:
        await browser.start()
        session = await service.next_session()
        app.stop()
        await browser.wait_closed()
        await session.wait_closed()


async def test_a_service_that_does_not_read_holds_nothing_up_for_longer_than_a_heartbeat(
    service: FakeVoiceLive,
) -> None:
    credential = AzureKeyCredential(API_KEY)

    async def talk(connection: Service) -> None:
        while True:
            await connection.append(bytes(96_000))

    async def listen(connection: Service) -> None:
        while True:
            await connection.receive()

    async with open_service(service.url, credential, "gpt-4o", heartbeat_s=0.1) as connection:
        (await service.next_session()).stop_reading()
        talking = asyncio.create_task(talk(connection))
        listening = asyncio.create_task(listen(connection))
        with pytest.raises(ServiceClosed):
            await asyncio.wait_for(listening, DEADLINE_S)
    with pytest.raises(ServiceClosed):
        await asyncio.wait_for(talking, DEADLINE_S)


async def test_a_service_that_goes_on_talking_cannot_put_off_the_end() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = ServerProtocol()
        server.receive_data(await reader.readuntil(b"\r\n\r\n"))
        (request,) = server.events_received()
        assert isinstance(request, Request)
        server.send_response(server.accept(request))
        with suppress(ConnectionError):
            while True:
                server.send_text(b"{}")
                writer.write(b"".join(server.data_to_send()))
                await writer.drain()
                await asyncio.sleep(0.05)  # long enough for a deadline, but for its beginning anew
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server, asyncio.timeout(DEADLINE_S):
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with open_service(url, AzureKeyCredential(API_KEY), "gpt-4o") as connection:
            await connection.receive()


@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize(
    "text",
    [
        '{"type":"response.audio.delta","response_id":"resp_1","item_id":"item_1","delta":"%s!"}'
        % ("A" * 99),
        '{"type":"response.audio.delta","response_id":"resp_1","item_id":"item_1","delta":%s}' % ("1" * 99),
        '{"type":"response.audio.delta","response_id":"resp_1","item_id":"item_1","note":"%s"}' % ("A" * 99),
        b'{"type":"response.audio.delta","response_id":"resp_1","delta":"%b"}' % (b"\xff" * 99),
        '{"type":"response.audio.delta","note":' + "[" * 5000 + "]" * 5000 + "}",
        '{"type":"response.audio.delta","response_id":"resp_1","delta":' + "[" * 400 + "]" * 400 + "}",
    ],
    ids=["no base64", "a number", "nothing", "no text", "too deep", "deep"],
)
async def test_an_event_that_makes_no_sense_is_skipped_in_mid_answer(
    browser: Browser,
    session: FakeSession,
    text: str | bytes,
    watched: bool,  # noqa: FBT001
) -> None:
    await browser.send("events", on=watched)
    await session.response_created("resp_1")
    for number in range(3):
        await session.sound("resp_1", "item_1", bytes([number]) * 960)
        await session.send_text(text)
    heard = b""
    while len(heard) < 3 * 960:
        message = await browser.next()
        heard += message if isinstance(message, bytes) else b""
        assert isinstance(message, bytes) or message.get("state") != "error"
    assert heard == b"".join(bytes([number]) * 960 for number in range(3))
