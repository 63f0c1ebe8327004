"""HTTP that goes only where the operator allows, to checked addresses, and takes no endless answers."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx2

from openvoicelive.allowed_servers import AllowedServers
from openvoicelive.errors import EngineError
from openvoicelive.special_addresses import Address

NOT_ALLOWED = "mcp_server_not_allowed"
UNREACHABLE = "mcp_server_unreachable"
TOO_LARGE = "mcp_answer_too_large"

# The longest answer that is read. A tool's output goes to a model, whose context is a fraction of this.
MAX_ANSWER_BYTES = 4 * 1024 * 1024
# Taking leave of a server must not hold up the end of a conversation.
LEAVE_S = 2.0


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Checks every request, so also each one that a redirect leads to.

    A host's name is resolved here and the connection made to the address that was checked: a name that
    answers differently the second time (DNS rebinding) gains nothing.
    """

    def __init__(self, allowed: AllowedServers) -> None:
        self._allowed = allowed
        self._inner = httpx2.AsyncHTTPTransport(verify=_ssl_context(), trust_env=False)
        self.problem: EngineError | None = None
        """Why the last request was refused or cut off, for what is raised here may be lost on its way."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request.

        Raises:
            EngineError: If it may not be sent, or the host is not there.

        """
        try:
            return await self._send(request)
        except EngineError as error:
            self.problem = error.without_traceback()
            raise

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()

    async def _send(self, request: httpx2.Request) -> httpx2.Response:
        # An answer that is packed could be small on the wire and endless in memory.
        request.headers["accept-encoding"] = "identity"
        extensions = dict(request.extensions) | {"sni_hostname": request.url.host}
        if request.method == "DELETE":
            extensions["timeout"] = httpx2.Timeout(LEAVE_S).as_dict()
        for address in await self._addresses(request.url):
            attempt = httpx2.Request(
                request.method,
                request.url.copy_with(host=str(address)),
                headers=request.headers,
                stream=request.stream,
                extensions=extensions,
            )
            try:
                response = await self._inner.handle_async_request(attempt)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                await response.aclose()
                raise EngineError("The MCP server packs its answers unasked.", code=UNREACHABLE)
            return self._bounded(response)
        raise EngineError(f"The MCP server {request.url.host} cannot be reached.", code=UNREACHABLE)

    async def _addresses(self, url: httpx2.URL) -> list[Address]:
        """Return the addresses that a URL's host has and may have."""
        entries = self._allowed.entries_for(str(url))
        # What the operator reads and what is connected to must be one host, however the URL is written.
        if not entries or urlsplit(str(url)).hostname != url.host.lower():
            raise EngineError(
                f"The MCP server {url.host} is not allowed here; "
                "the operator can allow it with VOICE_LIVE_MCP_SERVERS.",
                code=NOT_ALLOWED,
            )
        addresses = await _resolve(url.host)
        admitted = [one for one in addresses if any(entry.admits(one) for entry in entries)]
        if not admitted:
            raise EngineError(
                f"The MCP server {url.host} is at an address that is not allowed.", code=NOT_ALLOWED
            )
        return admitted

    def _bounded(self, response: httpx2.Response) -> httpx2.Response:
        stream = response.stream
        assert isinstance(stream, httpx2.AsyncByteStream)  # noqa: S101 - the inner transport is asynchronous

        async def chunks() -> AsyncIterator[bytes]:
            received = 0
            async for chunk in stream:
                received += len(chunk)
                if received > MAX_ANSWER_BYTES:
                    self.problem = EngineError("The MCP server's answer is too large.", code=TOO_LARGE)
                    raise self.problem.without_traceback()
                yield chunk

        response.stream = _Stream(chunks(), stream)
        return response


class _Stream(httpx2.AsyncByteStream):
    """An answer's bytes, from an iterator over those of another stream."""

    def __init__(self, chunks: AsyncIterator[bytes], source: httpx2.AsyncByteStream) -> None:
        self._chunks = chunks
        self._source = source

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks

    async def aclose(self) -> None:
        await self._source.aclose()


@cache
def _ssl_context() -> ssl.SSLContext:
    """Return one context for all: making one reads all certificates."""
    return httpx2.create_ssl_context()


async def _resolve(host: str) -> list[Address]:
    try:
        return [ip_address(host)]
    except ValueError:
        pass
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise EngineError(f"The MCP server {host} cannot be found.", code=UNREACHABLE) from None
    return [ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found]
