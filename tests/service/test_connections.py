"""Who is let in, how a session ends, and that nothing of it is left."""

import asyncio
import json
import logging
from typing import Any

import pytest

from openvoicelive.recognition import interface as recognition
from openvoicelive.service.app import HEALTH_PATH, REALTIME_PATH, RETRY_AFTER_S, Service
from openvoicelive.service.conversations.inbox import MAX_CLIENT_EVENTS
from openvoicelive.service.conversations.outbox import MAX_EVENTS, SEND_DEADLINE_S
from openvoicelive.service.missing_engines import MissingRecognizer, MissingSynthesizer
from openvoicelive.serving.attempts import TRIES
from openvoicelive.settings import Settings
from openvoicelive.synthesis import interface as synthesis
from tests.service.in_process_client import InProcessClient, conversation, started_service
from tests.service.scripted_engines import Wait, scripted, tone

KEY = "secret-of-the-operator"


async def status_of(settings: Settings, query: str = "", **headers: str) -> int:
    """Return the status with which a handshake is answered; 101 when it is accepted."""
    client = InProcessClient(await started_service(scripted(), settings))
    await client.connect(query, headers={name.replace("_", "-"): value for name, value in headers.items()})
    if client.refused is not None:
        await client.ended()
        assert not client.events
        return int(client.refused["status"])
    await client.disconnect()
    return 101


async def get(
    service: Service, path: str, *, peer: str = "127.0.0.1", asked: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    headers = [(name.encode(), value.encode()) for name, value in (asked or {"host": "127.0.0.1"}).items()]
    await service({"type": "http", "path": path, "headers": headers, "client": (peer, 1)}, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])


# --- keys and origins ---


@pytest.mark.parametrize(
    "shown",
    [
        {"api_key": KEY},
        {"authorization": f"Bearer {KEY}"},
        {"authorization": f"bearer {KEY}"},
        {"query": f"api-key={KEY}"},
        {"query": f"Authorization=Bearer%20{KEY}"},
    ],
)
async def test_the_right_key_opens_in_every_form(shown: dict[str, str]) -> None:
    assert await status_of(Settings(service_api_key=KEY), **shown) == 101


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"api_key": "wrong"},
        {"api_key": "schlüssel"},
        {"api_key": ""},
        {"authorization": "Bearer wrong"},
        {"authorization": KEY},
        {"authorization": f"Basic {KEY}"},
        {"query": "api-key=wrong"},
        {"query": "api-key="},
    ],
)
async def test_a_wrong_or_missing_key_is_refused(shown: dict[str, str]) -> None:
    assert await status_of(Settings(service_api_key=KEY), **shown) == 401


async def test_an_address_that_guesses_keys_is_locked_but_not_the_page_of_this_program(
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings = Settings(service_api_key=KEY)
    service = await started_service(scripted(), settings)

    async def status(key: str) -> int | None:
        client = InProcessClient(service)
        await client.connect(headers={"api-key": key})
        if client.refused is None:
            await client.disconnect()
            return None
        await client.ended()
        return int(client.refused["status"])

    assert [await status(f"guess {number}") for number in range(TRIES)] == [401] * TRIES
    assert await status(KEY) == 429
    assert await status(settings.internal_key) is None
    assert [record.getMessage() for record in caplog.records] == [
        "A wrong API key came from unknown.",
        "Too many wrong API keys came from unknown. The server checks no more of them for 20 s.",
    ]


async def test_where_no_key_is_wanted_any_key_will_do() -> None:
    assert await status_of(Settings(), api_key="whatever the SDK insists on") == 101


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://localhost:8000", "localhost:8000"),
        ("http://LOCALHOST:8000", "localhost:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("https://friend.example", "127.0.0.1:8000"),
    ],
)
async def test_our_own_page_and_those_the_operator_named_may_connect(origin: str, host: str) -> None:
    settings = Settings(allowed_origins=frozenset({"https://friend.example"}))
    assert await status_of(settings, origin=origin, host=host) == 101


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.example", "127.0.0.1:8000"),
        ("http://127.0.0.1:9000", "127.0.0.1:8000"),
        ("null", "127.0.0.1:8000"),
        ("null", ""),
        ("", "127.0.0.1:8000"),
        ("http://[", "127.0.0.1:8000"),
        # A name of somebody else's that now resolves to this machine: DNS rebinding.
        ("http://evil.example:8000", "evil.example:8000"),
    ],
)
async def test_pages_of_others_are_refused(origin: str, host: str) -> None:
    assert await status_of(Settings(), origin=origin, host=host) == 403


async def test_a_page_on_a_public_name_may_connect_to_the_service_of_that_name() -> None:
    settings = Settings(host="0.0.0.0", service_api_key=KEY)
    shown = {"origin": "https://talk.example", "host": "talk.example"}
    assert await status_of(settings, api_key=KEY, **shown) == 101


async def test_a_refusal_never_shows_the_key() -> None:
    client = InProcessClient(await started_service(scripted(), Settings(service_api_key=KEY)))
    await client.connect(headers={"api-key": "wrong"})
    assert KEY.encode() not in client.refusal_body
    assert json.loads(client.refusal_body) == {"error": "The API key is missing or wrong."}


# --- the handshake ---


async def test_the_subprotocol_realtime_is_taken_if_offered_and_no_other() -> None:
    for offered, taken in (["x", "realtime"], "realtime"), (["x"], None), ([], None):
        async with conversation(scripted(), subprotocols=offered) as client:
            assert client.accepted is not None
            assert client.accepted["subprotocol"] == taken


async def test_unknown_query_keys_and_broken_ones_are_ignored() -> None:
    query = "model=gpt-4o&x-ms-client-sdk=azsdk&features=a:true&%zz=%ff&api-version=2025-10-01&&="
    async with conversation(scripted(), query=query) as client:
        assert client.events[0]["session"]["model"] == "gpt-4o"


async def test_before_the_engines_have_loaded_clients_are_asked_to_come_back() -> None:
    client = InProcessClient(Service(Settings()))
    await client.connect()
    assert client.refused is not None
    assert client.refused["status"] == 503
    assert (b"retry-after", str(RETRY_AFTER_S).encode()) in client.refused["headers"]


async def test_when_all_places_are_taken_the_next_is_asked_to_come_back_until_one_is_free() -> None:
    service = await started_service(scripted(), Settings(max_sessions=1))
    first, second, third = (InProcessClient(service) for _ in range(3))
    await first.connect()
    await second.connect()
    assert second.refused is not None
    assert second.refused["status"] == 503
    assert (b"retry-after", str(RETRY_AFTER_S).encode()) in second.refused["headers"]
    await first.disconnect()
    await third.connect()
    assert third.accepted is not None
    await third.disconnect()


async def test_a_handshake_for_another_path_is_not_found() -> None:
    service = await started_service(scripted())
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    await service({"type": "websocket", "path": f"{REALTIME_PATH}/calls", "headers": []}, receive, send)
    assert sent[0]["type"] == "websocket.http.response.start"
    assert sent[0]["status"] == 404


async def test_a_path_with_a_slash_behind_it_is_the_same_place() -> None:
    assert (await get(await started_service(scripted()), f"{HEALTH_PATH}/"))[0] == 200


# --- health ---


async def test_health_says_whether_it_is_ready_and_why_not() -> None:
    engines = scripted().together()
    service = Service(Settings(), load=lambda _: asyncio.sleep(0, engines))
    status, body = await get(service, HEALTH_PATH)
    assert (status, body["ready"], body["why"]) == (503, False, "The engines are loading.")
    await service.start()
    status, body = await get(service, HEALTH_PATH)
    assert (status, body["ready"], body["why"], body["damaged"]) == (200, True, None, [])
    # Others stand in for it, so the service is ready; but somebody should know.
    engines.damaged = ("Moonshine is damaged. pocketsphinx is used instead.",)
    status, body = await get(service, HEALTH_PATH)
    assert (status, body["ready"], body["damaged"]) == (200, True, [*engines.damaged])
    engines.problems = ("There is no voice.",)
    status, body = await get(service, HEALTH_PATH)
    assert (status, body["ready"], body["why"]) == (503, False, "There is no voice.")
    await service.stop()
    assert (await get(service, HEALTH_PATH))[0] == 503


@pytest.mark.parametrize(
    ("peer", "headers", "is_told"),
    [
        ("203.0.113.7", {"host": "127.0.0.1"}, False),
        ("127.0.0.1", {"host": "voice.example.com"}, False),
        ("127.0.0.1", {"host": "127.0.0.1", "x-forwarded-for": "203.0.113.7"}, False),
        ("203.0.113.7", {"api-key": "wrong"}, False),
        ("203.0.113.7", {"api-key": KEY}, True),
        ("203.0.113.7", {"authorization": f"Bearer {KEY}"}, True),
        ("203.0.113.7", {"api-key": "internal"}, True),
        ("127.0.0.1", {"host": "localhost:8000"}, True),
    ],
)
async def test_health_tells_details_on_this_machine_or_for_the_key(
    peer: str,
    headers: dict[str, str],
    is_told: bool,  # noqa: FBT001 - a table
) -> None:
    settings = Settings(service_api_key=KEY, internal_key="internal")
    service = await started_service(scripted(), settings)
    status, health = await get(service, HEALTH_PATH, peer=peer, asked=headers)
    assert status == 200
    assert ("recognition" in health) is is_told
    if not is_told:
        assert health == {"ready": True}


async def test_without_a_key_every_key_is_a_strangers() -> None:
    service = await started_service(scripted(), Settings())
    for key in ("", "None", "none"):
        _, health = await get(service, HEALTH_PATH, peer="203.0.113.7", asked={"api-key": key})
        assert health == {"ready": True}


async def test_health_tells_which_languages_are_understood_and_spoken() -> None:
    engines = scripted()
    engines.recognizer.capabilities = recognition.Capabilities(frozenset({"it", "en"}))
    engines.synthesizer.capabilities = synthesis.Capabilities(frozenset({"pt", "es"}))
    together = engines.together()
    service = await started_service(together)
    _, body = await get(service, HEALTH_PATH)
    assert (body["recognition_languages"], body["synthesis_languages"]) == (["en", "it"], ["es", "pt"])
    together.recognition.recognizer = MissingRecognizer("It is not installed.")
    together.synthesizer = MissingSynthesizer("It is not installed.")
    _, body = await get(service, HEALTH_PATH)
    assert (body["recognition_languages"], body["synthesis_languages"]) == ([], [])
    await service.stop()
    _, body = await get(service, HEALTH_PATH)
    assert (body["recognition_languages"], body["synthesis_languages"]) == (None, None)


async def test_health_counts_the_sessions() -> None:
    service = await started_service(scripted())
    client = InProcessClient(service)
    await client.connect()
    assert (await get(service, HEALTH_PATH))[1]["sessions"] == 1
    await client.disconnect()
    assert (await get(service, HEALTH_PATH))[1]["sessions"] == 0


# --- the end ---


async def test_a_session_at_its_time_limit_is_told_and_closed() -> None:
    async with conversation(scripted(), Settings(session_limit_s=60)) as client:
        assert await client.until_closed() == (1001, "session_expired")
        assert client.events[-1]["error"]["code"] == "session_expired"
        assert client.times_s[-1] == pytest.approx(60)


async def test_the_time_limit_also_ends_a_session_that_is_talking() -> None:
    engines = scripted([], [["word " * 1_000, Wait()]])
    async with conversation(engines, Settings(session_limit_s=5)) as client:
        await client.write("talk")
        client.send("response.create")
        assert await client.until_closed() == (1001, "session_expired")


async def test_a_client_that_leaves_in_mid_turn_and_mid_answer_leaves_nothing_running() -> None:
    engines = scripted([], [["word " * 1_000, Wait()]])
    async with conversation(engines) as client:
        await client.write("talk")
        client.send("response.create")
        await client.until("response.audio.delta")
        client.append(tone(50))


async def test_a_client_that_leaves_while_its_words_are_recognised_leaves_nothing_running() -> None:
    engines = scripted(["never used"], [])
    async with conversation(engines.together()) as client:
        client.append(tone(640))
        client.send("input_audio_buffer.commit")


async def test_a_client_that_does_not_read_is_dropped_in_the_end() -> None:
    engines = scripted([], [["word " * 1_000, Wait()]])
    service = await started_service(engines)
    client = InProcessClient(service)
    await client.connect()
    await client.write("talk")
    client.send("response.create")
    await client.until("response.audio.delta")
    client.stop_reading()
    began_s = asyncio.get_running_loop().time()
    await client.dropped()
    assert asyncio.get_running_loop().time() - began_s <= SEND_DEADLINE_S + 1
    engines.assert_script_is_done()


async def test_what_a_client_sends_waits_in_its_own_connection_while_it_does_not_read() -> None:
    client = InProcessClient(await started_service(scripted()))
    await client.connect()
    client.stop_reading()
    sent = 1_000
    for _ in range(sent):
        client.send_text("not JSON")
    await asyncio.sleep(1)
    in_hand = 2  # with the writer, and with the reader
    assert sent - client.unread_by_service <= MAX_CLIENT_EVENTS + MAX_EVENTS + in_hand
    await client.disconnect()


async def test_a_client_that_vanishes_during_the_handshake_takes_no_place() -> None:
    service = await started_service(scripted(), Settings(max_sessions=1))
    gone, next_one = InProcessClient(service), InProcessClient(service)
    gone.fails = OSError("connection lost")
    await gone.connect()
    assert gone.accepted is None
    await next_one.connect()
    assert next_one.accepted is not None
    await next_one.disconnect()


async def test_a_client_that_vanished_is_no_error_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    client = InProcessClient(await started_service(scripted()))
    await client.connect()
    client.fails = OSError("connection lost")
    client.send_text("not JSON")
    await client.ended()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_stopping_the_service_frees_the_engines() -> None:
    engines = scripted()
    service = await started_service(engines)
    await service.stop()
    await service.stop()
    assert (engines.recognizer.closed, engines.synthesizer.closed, engines.chat.closed) == (1, 1, 1)
