"""Any model behind the OpenAI chat-completions API: Ollama, llama.cpp, vLLM, Azure OpenAI, OpenAI."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import openai
from openai.types.chat import ChatCompletionChunk

from openvoicelive.chat.interface import ChatDelta, ChatEnd, ChatRequest, TextDelta
from openvoicelive.chat.ollama import OLLAMA_URL
from openvoicelive.chat.openai_body import encoded, streamed
from openvoicelive.chat.openai_messages import messages_of, tools_of
from openvoicelive.chat.tool_call_stream import ToolCallStream
from openvoicelive.errors import EngineError

log = logging.getLogger(__name__)

FINISH_REASONS = {reason: reason for reason in ("stop", "length", "content_filter", "tool_calls")} | {
    "function_call": "tool_calls"
}


# Of what a client can count without rounding, whatever language it is written in (RFC 8259, section 6).
MAX_TOKENS = 2**53 - 1


@dataclass(frozen=True)
class Deadlines:
    """How long a model may take before a person is told that it does not answer."""

    connect_s: float = 5.0
    first_token_s: float = 30.0
    """From the request to the first word; a model may have to be loaded first."""

    next_token_s: float = 15.0


class _Chunks(openai.AsyncStream[ChatCompletionChunk]):
    """The chunks of an answer, and whether the server said that they were all.

    Some servers never tell a `finish_reason`; without the last line, their whole answers and those that were
    cut off would look the same. The client library keeps that line to itself.
    """

    is_done = False

    async def _iter_events(self) -> AsyncIterator[Any]:
        async for event in super()._iter_events():
            self.is_done = self.is_done or event.data.startswith("[DONE]")
            yield event


class OpenAICompatibleModel:
    """A model at a URL such as `http://127.0.0.1:11434/v1`.

    `model` is the operator's choice; without it the first that `/models` lists. `new_call_id` invents an id
    for a call that the server sends without one.
    """

    def __init__(
        self,
        url: str,
        *,
        new_call_id: Callable[[], str],
        model: str | None = None,
        api_key: str | None = None,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._host = urlsplit(url).netloc
        self._deadlines = deadlines or Deadlines()
        self._new_call_id = new_call_id
        self._model = model
        self._client = _client(url, api_key, self._deadlines.connect_s)
        self.name = f"{model or 'a model'} at {self._host}"

    async def model_name(self) -> str:
        """Return the model's name, asking the server for it the first time.

        Raises:
            EngineError: If the server does not answer or has no model.

        """
        if self._model is None:
            with self._explained():
                async with asyncio.timeout(self._deadlines.connect_s):
                    listed = (await self._client.models.list()).data
            if not listed:
                raise EngineError(
                    f"The server at {self._host} has no model; load one there or set VOICE_LIVE_CHAT_MODEL.",
                    code="model_refused",
                )
            self._model = listed[0].id
            self.name = f"{self._model} at {self._host}"
        return self._model

    async def reply(self, request: ChatRequest) -> AsyncGenerator[ChatDelta, None]:
        """Stream the answer; closing the iterator closes the connection, and with it the server's work."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._deadlines.first_token_s
        model = await self.model_name()
        with self._explained():
            async with asyncio.timeout_at(deadline):
                stream = await self._begin(self._parameters(request, model))
        calls = ToolCallStream(self._new_call_id)
        ending = _Ending()
        try:
            while (chunk := await self._next(stream, deadline, is_finished=ending.is_told)) is not None:
                with self._explained(is_answering=True):
                    deltas = list(_deltas(chunk, calls))
                    ending.read(chunk)
                if deltas:
                    ending.has_begun = True
                    deadline = clock() + self._deadlines.next_token_s
                for delta in deltas:
                    yield delta
        finally:
            await stream.close()
        last = list(calls.flush())
        if not ending.is_told and not (stream.is_done and (ending.has_begun or last)):
            raise self._died()
        for delta in last:
            yield delta
        yield ending.end()

    async def close(self) -> None:
        """Free connections."""
        await self._client.close()

    async def _begin(self, parameters: dict[str, Any]) -> _Chunks:
        """Send the request. `chat.completions.create` would encode the whole conversation in one step."""
        body = await encoded(parameters)
        return await self._client.post(
            "/chat/completions",
            cast_to=ChatCompletionChunk,
            content=streamed(body),
            options={"headers": {"Content-Length": str(sum(map(len, body)))}},
            stream=True,
            stream_cls=_Chunks,
        )

    def _parameters(self, request: ChatRequest, model: str) -> dict[str, Any]:
        parameters: dict[str, Any] = {
            "model": model,
            "messages": messages_of(request),
            "stream": True,
            "stream_options": {"include_usage": True},
            **tools_of(request),
        }
        if request.temperature is not None:
            parameters["temperature"] = request.temperature
        if request.max_tokens is not None:
            # OpenAI's newer models refuse the old name, servers of one's own may not know the new one.
            is_openai = self._host.endswith(("openai.com", "azure.com"))
            parameters["max_completion_tokens" if is_openai else "max_tokens"] = request.max_tokens
        if request.reasoning_effort is not None:
            parameters["reasoning_effort"] = request.reasoning_effort
        return parameters

    async def _next(
        self, stream: _Chunks, deadline: float, *, is_finished: bool
    ) -> ChatCompletionChunk | None:
        """Return the next chunk, or None at the end; how the stream of a whole answer ends is no matter."""
        try:
            with self._explained(is_answering=True):
                async with asyncio.timeout_at(deadline):
                    return await anext(stream, None)
        except EngineError:
            if is_finished or stream.is_done:
                return None
            raise

    @contextmanager
    def _explained(self, *, is_answering: bool = False) -> Iterator[None]:
        """Turn what the client raises into a sentence with a code; neither ever holds the key."""
        try:
            yield
        except TimeoutError as error:
            raise EngineError(
                f"The model at {self._host} took too long to answer.", code="model_timeout"
            ) from error
        except openai.RateLimitError as error:
            raise EngineError(
                f"The model at {self._host} is too busy; try again in a moment.",
                code="model_rate_limited",
            ) from error
        except openai.APIStatusError as error:
            raise self._refused(error.status_code) from error
        except openai.APIConnectionError as error:
            if is_answering:
                raise self._died() from error
            raise EngineError(
                f"The model at {self._host} cannot be reached; start it or check VOICE_LIVE_CHAT_URL.",
                code="model_unreachable",
            ) from error
        except Exception as error:  # the HTTP client below raises its own when a connection breaks
            raise self._died() from error

    def _refused(self, status: int) -> EngineError:
        if 300 <= status < 400:
            return EngineError(
                f"The server at {self._host} redirects to another address ({status}), which is not followed: "
                "set VOICE_LIVE_CHAT_URL to the address of the model.",
                code="model_refused",
            )
        if status >= 500:
            return EngineError(
                f"The server of the model at {self._host} failed ({status}).", code="model_died"
            )
        advice = {
            401: "check VOICE_LIVE_CHAT_API_KEY",
            403: "check VOICE_LIVE_CHAT_API_KEY",
            404: "check VOICE_LIVE_CHAT_URL and VOICE_LIVE_CHAT_MODEL",
        }.get(status, "the log of its server may say why")
        return EngineError(
            f"The model at {self._host} refused the request ({status}): {advice}.", code="model_refused"
        )

    def _died(self) -> EngineError:
        return EngineError(
            f"The model at {self._host} stopped in the middle of its answer.", code="model_died"
        )


async def find_ollama(url: str = OLLAMA_URL, *, deadline_s: float = 0.5) -> str | None:
    """Return the chat URL of an Ollama with at least one model, or None."""
    chat_url = f"{url}/v1"
    client = _client(chat_url, None, deadline_s)
    try:
        async with asyncio.timeout(deadline_s):
            models = (await client.models.list()).data
    except Exception as error:  # noqa: BLE001 - on that port may be anything, and it may answer anything
        log.debug("There is no Ollama at %s: %s", url, error)
        return None
    finally:
        await client.close()
    return chat_url if models else None


def _client(url: str, api_key: str | None, connect_s: float) -> openai.AsyncOpenAI:
    """Connect without a limit for reading, which our own deadlines bound; the client insists on some key."""
    return openai.AsyncOpenAI(
        base_url=url,
        api_key=api_key or "unused",
        timeout=openai.Timeout(None, connect=connect_s),
        max_retries=0,  # a person waits, and half an answer may have been spoken
        # Otherwise whoever answers there could have the whole conversation sent to any other host.
        http_client=openai.DefaultAsyncHttpxClient(follow_redirects=False),
    )


def _deltas(chunk: ChatCompletionChunk, calls: ToolCallStream) -> Iterator[ChatDelta]:
    for choice in (chunk.choices or ())[:1]:
        if choice.delta.content:
            yield TextDelta(choice.delta.content)
        for call in choice.delta.tool_calls or ():
            function = call.function
            yield from calls.feed(
                call.index,
                call_id=call.id,
                name=function.name if function else None,
                arguments=function.arguments if function else None,
            )


class _Ending:
    """What a stream tells about its end: first the reason, then, in a chunk of its own, the usage."""

    def __init__(self) -> None:
        self.has_begun = False
        self._reason: str | None = None
        self._prompt_tokens: int | None = None
        self._completion_tokens: int | None = None

    @property
    def is_told(self) -> bool:
        """Whether the model gave a reason for which it ended."""
        return self._reason is not None

    def read(self, chunk: ChatCompletionChunk) -> None:
        reasons = (choice.finish_reason for choice in chunk.choices or () if choice.finish_reason)
        self._reason = next(reasons, self._reason)
        self._prompt_tokens = _count(chunk.usage, "prompt_tokens", self._prompt_tokens)
        self._completion_tokens = _count(chunk.usage, "completion_tokens", self._completion_tokens)

    def end(self) -> ChatEnd:
        reason = FINISH_REASONS.get(self._reason or "stop", "stop")
        return ChatEnd(reason, self._prompt_tokens, self._completion_tokens)


def _count(usage: object, name: str, before: int | None) -> int | None:
    """Return a number of tokens; one that makes no sense is as if it had not been told.

    The client library takes over what it is sent without a look at its types.
    """
    value = getattr(usage, name, None)
    makes_sense = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_TOKENS
    return value if makes_sense else before
