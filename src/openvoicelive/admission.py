"""Who may connect, to the page's socket and to the service: the origin of a page, a secret, a free place."""

import hmac
from ipaddress import ip_address
from urllib.parse import urlsplit

from openvoicelive.settings import Settings


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
    return not settings.is_loopback or _names_this_machine(host)


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


def _names_this_machine(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
