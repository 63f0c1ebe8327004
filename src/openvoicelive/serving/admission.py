"""Who may connect to the page's socket and to the service: origins of pages, host names, keys."""

import hmac
import re
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from openvoicelive.settings import Settings

# RFC 9110, section 7.2: a name, an IPv4 address or an IPv6 address in brackets, and a port.
_HOST = re.compile(r"(?:\[(?P<ipv6>[0-9a-f:.]+)\]|(?P<name>[^\s\[\]:/?#@,\\]+))(?::\d{1,5})?")


def origin_is_allowed(origin: str | None, host: str, settings: Settings) -> bool:
    """Return whether a page of this origin may open a WebSocket: our page, or one that the operator allows.

    A browser sends the page's origin with every WebSocket, because any page on the web can try to open ours.
    Programs send none. If the server listens on this machine only, the host must be a name of this machine: a
    foreign name that resolves to it is DNS rebinding.
    """
    if origin is None:
        return True
    page, host = origin.lower(), host.lower()
    if page in {allowed.lower().rstrip("/") for allowed in settings.allowed_origins}:
        return True
    if not host or page not in {f"http://{host}", f"https://{host}"}:
        return False
    return not settings.is_loopback or names_this_machine(host)


def host_is_allowed(host: str, settings: Settings) -> bool:
    """Return whether requests with this `Host` are served.

    If other machines can connect, every name is accepted. If only this machine can, it must be a name of this
    machine, or the host of an origin that the operator allows.
    """
    if not settings.is_loopback or names_this_machine(host):
        return True
    allowed = {urlsplit(origin.lower()).hostname for origin in settings.allowed_origins}
    return _name(host) in allowed - {None}


def names_this_machine(host: str) -> bool:
    """Return whether a `Host`, with or without a port, always means this machine."""
    name = _name(host)
    try:
        return name == "localhost" or ip_address(name or "").is_loopback
    except ValueError:
        return False


def presented_key(headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    """Return the key that a client sends, from any header or query field that Voice Live accepts.

    https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-api-reference
    """
    bearer = headers.get("authorization") or query.get("authorization") or ""
    scheme, _, token = bearer.partition(" ")
    return (
        headers.get("api-key")
        or query.get("api-key")
        or (token.strip() if scheme.lower() == "bearer" else "")
    )


def secret_is_right(given: str | None, wanted: str | None) -> bool:
    """Compare a key or a code in constant time; if none is wanted, every one is right."""
    return wanted is None or hmac.compare_digest((given or "").encode(), wanted.encode())


def _name(host: str) -> str | None:
    """Return the name in a `Host`, without its port; `None` if it is not well-formed."""
    match = _HOST.fullmatch(host.lower())
    return match and (match["ipv6"] or match["name"].rstrip("."))
