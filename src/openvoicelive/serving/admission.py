"""Who may connect, to the page's socket and to the service: the origin of a page, a secret, a free place."""

import hmac
import re
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from openvoicelive.settings import Settings

# RFC 9110, section 7.2: a name, an IPv4 address or an IPv6 address in brackets, and a port.
_HOST = re.compile(r"(?:\[(?P<ipv6>[0-9a-f:.]+)\]|(?P<name>[^\s\[\]:/?#@,\\]+))(?::\d{1,5})?")


def origin_is_allowed(origin: str | None, host: str, settings: Settings) -> bool:
    """Say whether the page that opens a socket is ours, or one that the operator named.

    A browser sends the page's origin with every WebSocket; any page on the web may try to open ours, from the
    user's place in the network. Programs send none. When we listen on this machine only, the host must be a
    name of this machine: a foreign name that leads here is DNS rebinding.
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
    """Say whether a request's `Host` is a name under which we may be reached.

    If others can connect, any name is; their browsers cannot be told apart by it. If only this machine can,
    it must be a name of this machine, or that of an origin that the operator allows.
    """
    if not settings.is_loopback or names_this_machine(host):
        return True
    allowed = {urlsplit(origin.lower()).hostname for origin in settings.allowed_origins}
    return _name(host) in allowed - {None}


def names_this_machine(host: str) -> bool:
    """Say whether a `Host`, with or without a port, can lead nowhere but to this machine."""
    name = _name(host)
    try:
        return name == "localhost" or ip_address(name or "").is_loopback
    except ValueError:
        return False


def presented_key(headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    """Return the key that a client shows, in any of the places where Voice Live looks for it.

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
    """Compare a key or a code in constant time; where none is wanted every one is right."""
    return wanted is None or hmac.compare_digest((given or "").encode(), wanted.encode())


class Places:
    """A number of places that can be taken and left."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.taken = 0

    def take(self) -> bool:
        """Take a place, if one is free."""
        if self.taken >= self._most:
            return False
        self.taken += 1
        return True

    def leave(self) -> None:
        """Give a place back."""
        self.taken -= 1


def _name(host: str) -> str | None:
    """Return what a `Host` names, without its port; `None` if it is not well-formed."""
    match = _HOST.fullmatch(host.lower())
    return match and (match["ipv6"] or match["name"].rstrip("."))
