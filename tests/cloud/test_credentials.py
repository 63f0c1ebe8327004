"""How the app shows who it is in the cloud: one identity for all sessions, and never a stale token."""

import asyncio
from typing import Any, Self

import pytest
from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError

from openvoicelive.settings import Settings
from openvoicelive.web.conversation.backing_off import BackOff
from openvoicelive.web.voice_live.connection import open_service
from openvoicelive.web.voice_live.credentials import Credentials, FreshToken
from openvoicelive.web.voice_live.failures import ServiceUnavailable
from tests.cloud.fake_azure import FakeAzure

LIFE_S = 3_600
SCOPE = "https://ai.azure.com/.default"


class Identity:
    """A credential of azure-identity's kind: each token lasts an hour of a clock that the test moves."""

    def __init__(self) -> None:
        self.now_s = 1_000_000.0
        self.asked = 0
        self.closed = False
        self.fails = False
        self.answers = asyncio.Event()
        self.answers.set()

    def clock(self) -> float:
        return self.now_s

    async def get_token(self, *scopes: str, **_options: Any) -> AccessToken:
        assert scopes == (SCOPE,)
        self.asked += 1
        await self.answers.wait()
        if self.fails:
            raise ClientAuthenticationError("ManagedIdentityCredential: no response from the IMDS endpoint")
        return AccessToken(f"token-{self.asked}", int(self.now_s + LIFE_S))

    async def close(self) -> None:
        self.closed = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()


@pytest.fixture
def identity() -> Identity:
    return Identity()


@pytest.fixture
def credential(identity: Identity) -> FreshToken:
    return FreshToken(identity, clock=identity.clock)


async def connect(azure: FakeAzure, credential: FreshToken) -> None:
    async with open_service(azure.url, credential, "gpt-4o", back_off=BackOff(limit_s=0)):
        await azure.next_session()


async def test_many_sessions_share_one_token(azure: FakeAzure, credential: FreshToken) -> None:
    for _ in range(3):
        await connect(azure, credential)
    assert azure.tokens == ["token-1"] * 3


async def test_a_token_about_to_expire_opens_no_new_connection(
    azure: FakeAzure, identity: Identity, credential: FreshToken
) -> None:
    await connect(azure, credential)
    identity.now_s += LIFE_S - 360
    await connect(azure, credential)
    identity.now_s += 120  # four minutes are left
    await connect(azure, credential)
    await connect(azure, credential)
    assert azure.tokens == ["token-1", "token-1", "token-2", "token-2"]


async def test_sessions_that_begin_at_once_ask_the_identity_once(
    identity: Identity, credential: FreshToken
) -> None:
    identity.answers.clear()
    asking = [asyncio.create_task(credential.get_token(SCOPE)) for _ in range(10)]
    await asyncio.sleep(0)
    identity.answers.set()
    assert {(await task).token for task in asking} == {"token-1"}
    assert identity.asked == 1


async def test_one_who_asks_and_goes_away_holds_up_nobody(identity: Identity, credential: FreshToken) -> None:
    identity.answers.clear()
    first, second = (asyncio.create_task(credential.get_token(SCOPE)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    identity.answers.set()
    assert (await second).token == "token-2"


async def test_a_refused_token_is_explained_and_not_shown_again(
    azure: FakeAzure, credential: FreshToken
) -> None:
    azure.takes_token = lambda token: token != "token-1"
    with pytest.raises(ServiceUnavailable, match="401"):
        await connect(azure, credential)
    await connect(azure, credential)
    assert azure.tokens == ["token-1", "token-2"]


async def test_an_identity_that_gets_no_token_is_explained(
    azure: FakeAzure, identity: Identity, credential: FreshToken
) -> None:
    identity.fails = True
    with pytest.raises(ServiceUnavailable, match="az login"):
        await connect(azure, credential)
    identity.fails = False
    await connect(azure, credential)


async def test_a_try_after_a_busy_service_shows_a_token_that_is_still_fresh(
    azure: FakeAzure, identity: Identity, credential: FreshToken
) -> None:
    azure.refuse(429)
    back_off = BackOff(limit_s=5, first_s=0.01)

    def time_passes(_pause_s: float) -> None:
        identity.now_s += LIFE_S

    async with open_service(azure.url, credential, "gpt-4o", back_off=back_off, on_busy=time_passes):
        await azure.next_session()
    assert azure.tokens == ["token-2"]


async def test_closing_closes_the_identity(identity: Identity, credential: FreshToken) -> None:
    async with credential:
        pass
    assert identity.closed


async def test_without_a_key_there_is_one_identity_for_all_sessions() -> None:
    credentials = Credentials(Settings(endpoint="https://x.services.ai.azure.com"))
    credential = credentials.get()
    assert isinstance(credential, FreshToken)
    assert credentials.get() is credential
    await credentials.close()


def test_with_a_key_nobody_is_asked_for_a_token() -> None:
    credential = Credentials(Settings(endpoint="https://x.services.ai.azure.com", api_key="k")).get()
    assert isinstance(credential, AzureKeyCredential)
