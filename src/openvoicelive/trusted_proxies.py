"""Which client a request comes from, when a proxy stands in between.

A proxy appends its client's address to the header `X-Forwarded-For`. Anybody can send that header, so an
entry counts only if a proxy that the operator trusts has written it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from openvoicelive.errors import SettingsError
from openvoicelive.special_addresses import Address

# A proxy on this machine needs no setting.
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
# Far more proxies than stand in a row.
_MAX_HOPS = 16


@dataclass(frozen=True)
class TrustedProxies:
    """The proxies whose word counts: those on this machine, and what the operator names."""

    networks: tuple[IPv4Network | IPv6Network, ...] = _LOOPBACK
    every_peer: bool = False
    """Nothing but a proxy can connect, as on a platform whose front end is the only way in (`*`)."""

    @classmethod
    def parse(cls, entries: Iterable[str]) -> "TrustedProxies":
        """Read the setting.

        Raises:
            SettingsError: If an entry is neither an address, nor a network, nor `*`.

        """
        names = sorted(entries)
        try:
            named = tuple(ip_network(name, strict=False) for name in names if name != "*")
        except ValueError:
            raise SettingsError(
                "VOICE_LIVE_TRUSTED_PROXIES may name addresses and networks such as 10.0.0.0/8, with commas "
                f"between them, or be *; it is {','.join(names)!r}."
            ) from None
        return cls((*_LOOPBACK, *named), every_peer="*" in names)

    def client(self, peer: str | None, forwarded_for: str) -> Address | None:
        """Return the address of the client, or `None` if it is not known.

        Args:
            peer: The address that the connection comes from.
            forwarded_for: The value of `X-Forwarded-For`, or an empty string.

        """
        client = parse_address(peer or "")
        if client is None or not self.trusts(peer):
            return client
        hops = forwarded_for.split(",")[-_MAX_HOPS:] if forwarded_for else []
        for hop in reversed(hops):
            address = parse_address(hop)
            if address is None:
                break
            client = address
            if not self._names(client):
                break
        return client

    def trusts(self, peer: str | None) -> bool:
        """Say whether what this address tells about its clients counts."""
        address = parse_address(peer or "")
        return address is not None and (self.every_peer or self._names(address))

    def _names(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


def parse_address(text: str) -> Address | None:
    """Return an IP address, which may be followed by a port (as Azure App Service writes it), or `None`."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
