"""Who may connect: the key, where one is wanted, and the page that a browser comes from."""

import hmac
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit


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


def key_is_right(presented: str, wanted: str | None) -> bool:
    """Compare in constant time; where no key is wanted every one is right."""
    return wanted is None or hmac.compare_digest(presented.encode(), wanted.encode())


def origin_is_allowed(origin: str | None, host: str, allowed: frozenset[str], *, is_loopback: bool) -> bool:
    """Say whether a page may connect: one of our own, or one that the operator named.

    Programs send no origin; browsers always do, so this stops other people's pages from using a visitor's
    browser to reach a service on the visitor's own machine. When we listen on this machine only, the host
    must be a name of this machine, too: a foreign name that leads here is DNS rebinding.
    """
    if origin is None or origin in allowed:
        return True
    if not host or origin.lower() not in {f"{scheme}://{host.lower()}" for scheme in ("http", "https")}:
        return False
    return not is_loopback or _names_this_machine(host)


def _names_this_machine(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
