"""Which MCP servers may be reached: those that the operator has named, and no others.

A session's client chooses the address, the service makes the request: without limits it could be sent to
whatever the service's own network holds (server-side request forgery).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from openvoicelive.errors import SettingsError

Address = IPv4Address | IPv6Address

# Clouds answer every machine at these, which look ordinary: Azure's WireServer, AWS's metadata service.
_PLATFORM = frozenset({ip_address("168.63.129.16"), ip_address("fd00:ec2::254")})
# RFC 6052: an IPv4 address in the last 32 bits, reached through the network's translator.
_NAT64 = ip_network("64:ff9b::/96")

_DEFAULT_PORTS = {"http": 80, "https": 443}


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
        segments = parts.path.lower().replace("%2e", ".").split("/")
        return (
            parts.scheme == self.scheme
            and self._is_host((parts.hostname or "").rstrip("."))
            and port == self.port
            and parts.username is None
            and ".." not in segments
            and (parts.path == self.path or parts.path.startswith(f"{self.path}/") or not self.path)
        )

    def admits(self, address: Address) -> bool:
        """Whether the host may have this address.

        A pattern covers hosts that the operator does not know, so only public addresses; a name that the
        operator wrote out may be one of the own network, but not this machine or what is special to the
        network, such as a cloud's metadata service. An address that the operator wrote out is that address.
        """
        carried = _carried(address)
        if carried is not None:
            return self.admits(carried)
        named = _literal(self.host)
        if named is not None:
            return address == named
        if self.host == "localhost":
            return address.is_loopback
        special = (
            address.is_loopback
            or address.is_link_local
            or address.is_multicast
            or address.is_reserved
            or address.is_unspecified
            or address in _PLATFORM
        )
        named_by_operator = not self.host.startswith("*")
        return not special and (address.is_global or (named_by_operator and address.is_private))

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


def _carried(address: Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address only carries."""
    if not isinstance(address, IPv6Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
