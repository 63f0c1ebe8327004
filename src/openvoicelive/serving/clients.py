"""Who makes a request: the address that limits apply to, and whether it is somebody on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_network
from typing import Any

from openvoicelive.serving.admission import names_this_machine
from openvoicelive.settings import Settings
from openvoicelive.special_addresses import Address
from openvoicelive.trusted_proxies import parse_address

# What proxies add. A request with one of these was made elsewhere, also if the proxy is on this machine.
_FORWARDING = frozenset(
    {"forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip"}
)


@dataclass(frozen=True)
class Client:
    """Who makes a request."""

    address: str
    """An IPv4 address, or the /64 network of an IPv6 address: one line gets so many addresses (RFC 6177)."""

    is_local: bool
    """Whether it is a program on this machine, and not a proxy on it that passes a request on."""

    is_doubtful: bool
    """Whether the address may be that of a proxy: it says for whom it speaks, but is not trusted."""


def client_of(scope: Mapping[str, Any], settings: Settings) -> Client:
    """Return who makes a request, from its ASGI scope."""
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
    """Say whether nothing speaks for a proxy.

    Not every proxy adds a header, and nginx sends its own name for us as the host unless told otherwise. But
    a page behind such a proxy connects only if the operator allows its origin, so then nobody is local.
    """
    address = parse_address(peer or "")
    return (
        address is not None
        and address.is_loopback
        and not any(name in _FORWARDING or name.startswith("x-forwarded") for name in headers)
        and names_this_machine(headers.get("host", ""))
        and not settings.allowed_origins
    )
