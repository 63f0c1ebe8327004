"""The client of a request: the address that limits apply to, and whether it is on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_network
from typing import Any

from openvoicelive.serving.admission import names_this_machine
from openvoicelive.settings import Settings
from openvoicelive.special_addresses import Address
from openvoicelive.trusted_proxies import parse_address

# Headers that proxies add. A request with one of them comes from elsewhere, even if the proxy is local.
_FORWARDING = frozenset(
    {"forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip"}
)


@dataclass(frozen=True)
class Client:
    """The client of a request."""

    address: str
    """An IPv4 address, or the /64 network of an IPv6 address: a subscriber gets a whole one (RFC 6177)."""

    is_local: bool
    """Whether it is a program on this machine that is not a proxy."""

    is_doubtful: bool
    """Whether the address may be a proxy's: it forwards for another client, but is not trusted."""


def client_of(scope: Mapping[str, Any], settings: Settings) -> Client:
    """Return the client of a request, from its ASGI scope."""
    headers = headers_of(scope)
    peer = (scope.get("client") or (None,))[0]
    client = settings.trusted_proxies.client(peer, headers.get("x-forwarded-for", ""))
    is_doubtful = "x-forwarded-for" in headers and not settings.trusted_proxies.trusts(peer)
    return Client(_limited_as(client), _is_local(peer, headers, settings), is_doubtful)


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """Return an ASGI scope's headers, names in lower case; the values of one name are joined by commas."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    return headers


def _limited_as(address: Address | None) -> str:
    if address is None:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def _is_local(peer: str | None, headers: Mapping[str, str], settings: Settings) -> bool:
    """Return whether the peer is on this machine and nothing indicates a proxy.

    Some proxies add no header, and nginx by default sends the upstream's name as the host. But a page behind
    such a proxy connects only if the operator allows its origin. So no client is local if there are any.
    """
    address = parse_address(peer or "")
    return (
        address is not None
        and address.is_loopback
        and not any(name in _FORWARDING or name.startswith("x-forwarded") for name in headers)
        and names_this_machine(headers.get("host", ""))
        and not settings.allowed_origins
    )
