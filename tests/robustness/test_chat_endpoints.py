"""A chat endpoint that is down, slow, broken or dies: the answer fails with a sentence, no session ends."""

from collections.abc import AsyncIterator

import pytest

from openvoicelive.chat.openai_compatible import Deadlines, OpenAICompatibleModel
from openvoicelive.service.engines import Engines
from tests.robustness.chat_endpoint import ChatEndpoint, chat_endpoint
from tests.robustness.running_service import Client, RunningService, running_service, threaded
from tests.service.scripted_engines import scripted

KEY = "secret-of-the-operator"
HASTY = Deadlines(connect_s=30.0, first_token_s=0.3, next_token_s=30.0)


def engines_with_model_at(url: str, deadlines: Deadlines | None = None) -> Engines:
    engines = threaded(scripted())
    engines.chat = OpenAICompatibleModel(
        url, new_call_id=lambda: "call", model="m", api_key=KEY, deadlines=deadlines
    )
    return engines


@pytest.fixture
async def endpoint() -> AsyncIterator[ChatEndpoint]:
    async with chat_endpoint() as running:
        yield running


@pytest.fixture
async def service(endpoint: ChatEndpoint) -> AsyncIterator[RunningService]:
    async with running_service(engines_with_model_at(endpoint.url)) as running:
        yield running


async def failure(client: Client) -> str:
    """Ask, and return the code with which the answer fails; its sentence must be one for people."""
    done = await client.ask("hello")
    assert done["response"]["status"] == "failed"
    error = done["response"]["status_details"]["error"]
    assert error["type"] == "server_error"
    assert error["message"].endswith((".", "?"))
    assert KEY not in error["message"]
    return str(error["code"])


async def test_an_endpoint_that_is_down_fails_the_answer(refusing_url: str) -> None:
    async with running_service(engines_with_model_at(refusing_url)) as service, service.client() as client:
        assert await failure(client) == "model_unreachable"
        await client.round_trip()


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [("die in mid-answer", "model_died"), ("fail", "model_died")],
)
async def test_an_endpoint_in_trouble_fails_the_answer_and_the_next_one_is_whole(
    service: RunningService, endpoint: ChatEndpoint, behaviour: str, code: str
) -> None:
    async with service.client() as client:
        endpoint.behaviour = behaviour  # type: ignore[assignment]
        assert await failure(client) == code
        endpoint.behaviour = "answer"
        done = await client.ask("once more", modalities=["text"])
        assert done["response"]["status"] == "completed"
        assert "word11" in done["response"]["output"][0]["content"][0]["text"]


async def test_an_endpoint_that_says_nothing_fails_the_answer_in_time(endpoint: ChatEndpoint) -> None:
    endpoint.behaviour = "say nothing"
    engines = engines_with_model_at(endpoint.url, HASTY)
    async with running_service(engines) as service, service.client() as client:
        assert await failure(client) == "model_timeout"
        await client.round_trip()
        await service.until(lambda: endpoint.connections == 0, "the model's connection is closed")


async def test_what_was_said_before_the_endpoint_died_stays_in_the_answer(
    service: RunningService, endpoint: ChatEndpoint
) -> None:
    async with service.client() as client:
        endpoint.behaviour = "die in mid-answer"
        await client.write("hello")
        await client.send("response.create", response={"modalities": ["text"]})
        done = await client.until("response.done")
        assert done["response"]["output"][0]["content"][0]["text"].startswith("word0 word1 ")


async def test_cancelling_closes_the_connection_to_a_slow_endpoint(
    service: RunningService, endpoint: ChatEndpoint
) -> None:
    async with service.client() as client:
        endpoint.behaviour = "say nothing"
        await client.write("hello")
        await client.send("response.create")
        await service.until(lambda: endpoint.connections == 1, "the model is asked")
        await client.send("response.cancel")
        done = await client.until("response.done")
        assert done["response"]["status"] == "cancelled"
        await service.until(lambda: endpoint.connections == 0, "the model's connection is closed")


async def test_one_session_waiting_for_its_model_holds_up_no_other(
    service: RunningService, endpoint: ChatEndpoint
) -> None:
    async with service.client() as waiting, service.client() as other:
        endpoint.behaviour = "say nothing"
        await waiting.write("hello")
        await waiting.send("response.create")
        await service.until(lambda: endpoint.connections == 1, "the model is asked")
        endpoint.behaviour = "answer"
        done = await other.ask("hello", modalities=["text"])
        assert done["response"]["status"] == "completed"
