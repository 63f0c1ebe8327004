"""Who may talk: the origin of a page, the access code, and how many at once."""

import hmac
from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from openvoicelive.settings import Settings


def origin_is_allowed(headers: Mapping[bytes, bytes], settings: Settings) -> bool:
    """Tell whether the page that opened a socket is ours.

    A browser sends the page's origin with every WebSocket; any page on the web may try to open ours, from the
    user's place in the network. Programs send none and are stopped by the access code instead. When we
    listen on this machine only, the host must be a name of this machine: a foreign name that resolves here
    is DNS rebinding.
    """
    origin = headers.get(b"origin")
    if origin is None:
        return True
    page = origin.decode("latin-1").lower()
    if page in {allowed.lower().rstrip("/") for allowed in settings.allowed_origins}:
        return True
    host = headers.get(b"host", b"").decode("latin-1").lower()
    if not host or urlsplit(page).netloc != host:
        return False
    return not settings.is_loopback or _names_this_machine(host)


def code_is_right(given: str | None, settings: Settings) -> bool:
    """Compare an access code in constant time."""
    wanted = settings.access_code
    return wanted is None or hmac.compare_digest((given or "").encode(), wanted.encode())


def _names_this_machine(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


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
