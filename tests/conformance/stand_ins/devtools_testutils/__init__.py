"""What the official live tests use of Azure's `devtools_testutils`, which is not published.

Everything is live here: the tests get an endpoint and a key, nothing is recorded or played back.
"""

import functools
import inspect
import os
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

LiveTest = Callable[..., Awaitable[None]]


class AzureRecordedTestCase:
    """The base of all test classes; it has nothing that a live test uses."""


class EnvironmentVariableLoader:
    """A decorator that gives a test the endpoint and the key as keyword arguments."""

    def __init__(self, _directory: str, **_placeholders: str) -> None:
        self._arguments = {
            "voicelive_openai_endpoint": os.environ["AI_SERVICES_ENDPOINT"],
            "voicelive_openai_api_key": os.environ["AI_SERVICES_KEY"],
        }

    def __call__(self, test: LiveTest) -> LiveTest:
        @functools.wraps(test)
        async def with_endpoint(*arguments: Any, **fixtures: Any) -> None:
            await test(*arguments, **fixtures, **self._arguments)

        # pytest takes every parameter for a fixture, also the `**kwargs` that take the endpoint and the key.
        signature = inspect.signature(test)
        fixtures = [one for one in signature.parameters.values() if one.kind is not one.VAR_KEYWORD]
        vars(with_endpoint)["__signature__"] = signature.replace(parameters=fixtures)
        return with_endpoint


def recorded_by_proxy(test: LiveTest) -> LiveTest:
    """Do nothing: no proxy records."""
    return test


def is_live() -> bool:
    return True


@pytest.fixture(scope="session")
def test_proxy() -> None:
    """There is no proxy to start."""
