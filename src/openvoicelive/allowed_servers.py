"""Which MCP servers may be reached: those that the operator has named, and no others.

A session's client chooses the address, the service makes the request: without limits it could be sent to
whatever the service's own network holds (server-side request forgery).
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from openvoicelive.errors import SettingsError
from openvoicelive.special_addresses import Address, is_private, is_public, reached

_DEFAULT_PORTS = {"http": 80, "https": 443}
# A path that still changes after it was decoded so often is nobody's.
_MAX_DECODINGS = 4


@dataclass(frozen=True)
class AllowedServer:
    """One entry: `https://host[:port]/path`, or `host[:port]`, which is https.

    `*.domain` covers all hosts of a domain, `*` all hosts.
    """

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, entry: str) -> "AllowedServer":
        """Read an entry of the setting.

        Raises:
            SettingsError: If it is neither a host nor an http(s) address.

        """
        problem = SettingsError(
            "VOICE_LIVE_MCP_SERVERS may name hosts such as mcp.example.com and addresses such as "
            f"https://mcp.example.com/tools, with commas between them; it names {entry!r}."
        )
        try:
            parts = urlsplit(entry if "://" in entry else f"https://{entry}")
            port = parts.port
        except ValueError:
            raise problem from None
        host = (parts.hostname or "").rstrip(".")
        star = host.replace("*.", "", 1) if host.startswith("*.") else host
        if (
            parts.scheme not in _DEFAULT_PORTS
            or not host
            or ("*" in star and host != "*")
            or parts.query
            or parts.fragment
            or parts.username is not None
        ):
            raise problem
        return cls(parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme], parts.path.rstrip("/"))

    def covers(self, url: str) -> bool:
        """Whether an address is under this entry."""
        try:
            parts = urlsplit(url)
            port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
        except ValueError:
            return False
        return (
            parts.scheme == self.scheme
            and self._is_host((parts.hostname or "").rstrip("."))
            and port == self.port
            and parts.username is None
            and (not self.path or _is_below(parts.path, self.path))
        )

    def admits(self, address: Address) -> bool:
        """Whether the host may have this address.

        A pattern covers hosts that the operator does not know, so only public addresses; a name that the
        operator wrote out may be one of the own network, but not this machine or what is special to the
        network, such as a cloud's metadata service. An address that the operator wrote out is that address.
        """
        named = _literal(self.host)
        if named is not None:
            return reached(address) == reached(named)
        if self.host == "localhost":
            return reached(address).is_loopback
        named_by_operator = not self.host.startswith("*")
        return is_public(address) or (named_by_operator and is_private(address))

    def _is_host(self, host: str) -> bool:
        if self.host == "*":
            return bool(host)
        if self.host.startswith("*."):
            return host.endswith(self.host[1:]) and host != self.host[2:]
        return host == self.host


@dataclass(frozen=True)
class AllowedServers:
    """All entries; none of them allows nothing."""

    entries: tuple[AllowedServer, ...] = ()

    @classmethod
    def parse(cls, entries: Iterable[str]) -> "AllowedServers":
        """Read the setting.

        Raises:
            SettingsError: If an entry cannot be understood.

        """
        return cls(tuple(AllowedServer.parse(entry) for entry in sorted(entries)))

    def entries_for(self, url: str) -> tuple[AllowedServer, ...]:
        """Return the entries that cover an address."""
        return tuple(entry for entry in self.entries if entry.covers(url))


def _is_below(path: str, limit: str) -> bool:
    """Say whether a path is this one or below it, however the server behind it reads paths.

    Servers and the proxies before them differ in what they decode, how often, and whether a backslash or a
    semicolon ends a segment. So a path counts only if all of them see the same segments, and none upwards.
    """
    for _ in range(_MAX_DECODINGS):
        if not _is_plain(path) or not f"{path}/".startswith(f"{limit}/"):
            return False
        try:
            decoded = unquote(path, errors="strict")
        except UnicodeDecodeError:  # such as an overlong form of a dot
            return False
        if decoded.count("/") != path.count("/"):
            return False
        if decoded == path:
            return True
        path = decoded
        limit = unquote(limit)
    return False


def _is_plain(path: str) -> bool:
    """Say whether no segment leads upwards and no character ends one, in any compatible form."""
    forms = (path, unicodedata.normalize("NFKC", path))
    return all(
        form.count("/") == path.count("/")
        and "\\" not in form
        and form.isprintable()
        and not any(segment.partition(";")[0].strip() in {".", ".."} for segment in form.split("/"))
        for form in forms
    )


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
