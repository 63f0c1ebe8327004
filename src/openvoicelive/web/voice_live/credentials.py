"""How the app shows who it is: a key, or one identity for all sessions, whose token is always fresh."""

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.credentials_async import AsyncTokenCredential

from openvoicelive.settings import Settings

Credential = AzureKeyCredential | AsyncTokenCredential

# A token that expires sooner opens no new connection; azure-identity renews its own with the same margin.
TOKEN_MARGIN_S = 300


class FreshToken:
    """A credential that asks another one only when its token is about to expire.

    Not all of azure-identity keep their tokens: `az login` starts a program for each, which takes a second.
    And when many sessions begin at once, the identity service is asked once, for it refuses whoever asks
    often.
    """

    def __init__(self, inner: AsyncTokenCredential, *, clock: Callable[[], float] = time.time) -> None:
        self._inner = inner
        self._clock = clock
        self._tokens: dict[tuple[str, ...], AccessToken] = {}
        self._asking = asyncio.Lock()

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        """Return a token for these scopes that is valid for a while yet.

        Raises:
            ClientAuthenticationError: If there is no identity, or it gets no token.

        """
        async with self._asking:
            token = self._tokens.get(scopes)
            if token is None or options or token.expires_on - self._clock() < TOKEN_MARGIN_S:
                token = self._tokens[scopes] = await self._inner.get_token(*scopes, **options)
            return token

    def forget(self) -> None:
        """Ask anew next time: the service did not take the token."""
        self._tokens.clear()

    async def close(self) -> None:
        """Close connections to the identity service."""
        await self._inner.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.close()


class _HeldToken:
    """A credential that has its token already: nothing is waited for, and nothing is there to close."""

    def __init__(self, token: AccessToken) -> None:
        self._token = token

    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        return self._token

    async def close(self) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        pass


async def held_credential(credential: Credential, scope: str) -> Credential:
    """Get what a credential needs for this scope now, so that using it waits for nothing.

    Raises:
        ClientAuthenticationError: If there is no identity, or it gets no token.

    """
    if isinstance(credential, AzureKeyCredential):
        return credential
    return _HeldToken(await credential.get_token(scope))


class Credentials:
    """The credential of the whole app: made when it is first needed, closed when the app ends."""

    def __init__(self, settings: Settings) -> None:
        key = settings.internal_key if settings.uses_own_service else settings.api_key
        self._identity_client_id = settings.identity_client_id
        self._credential: Credential | None = AzureKeyCredential(key) if key else None

    def get(self) -> Credential:
        """Return the key, or what Azure's own chain finds (environment, managed identity, `az login`)."""
        if self._credential is None:
            # Costs half a second to import, and only who has no key needs it.
            from azure.identity.aio import DefaultAzureCredential  # noqa: PLC0415

            self._credential = FreshToken(
                DefaultAzureCredential(managed_identity_client_id=self._identity_client_id)
                if self._identity_client_id
                else DefaultAzureCredential()
            )
        return self._credential

    async def close(self) -> None:
        """Close connections to the identity service, if there are any."""
        credential, self._credential = self._credential, None
        if credential is not None and not isinstance(credential, AzureKeyCredential):
            await credential.close()
