"""Which IP addresses are hosts of the public internet, and which are of a private network.

`ipaddress` answers this differently from version to version of Python, and calls some addresses global that
are not unicast or that reach another one. So this lists what is public instead of what is not: IANA's
special-purpose registries for IPv4 and IPv6, as of November 2025.
https://www.iana.org/assignments/iana-ipv4-special-registry
https://www.iana.org/assignments/iana-ipv6-special-registry
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
_Network = IPv4Network | IPv6Network


def _networks(*names: str) -> tuple[_Network, ...]:
    return tuple(ip_network(name) for name in names)


# Unicast addresses, and the special ones among them. Some of the latter are globally reachable, for protocols
# that no host answers with HTTP.
_UNICAST = _networks("0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3", "2000::/3")
_SPECIAL = _networks(
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
    *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
    # Protocol assignments (Teredo, ORCHID, benchmarks), documentation, 6to4, AS112.
    *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
)
# RFC 1918 and RFC 4193.
_PRIVATE = _networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
# Clouds answer every machine at these, which look ordinary: Azure's WireServer, and the metadata services of
# AWS, Google and Oracle. (Others have theirs at 169.254.0.0/16, 100.64.0.0/10 or 192.0.0.0/24.)
_PLATFORM = frozenset(
    map(ip_address, ("168.63.129.16", "fd00:ec2::254", "fd20:ce::254", "fd00:c1::a9fe:a9fe"))
)
# RFC 6052: an IPv4 address in the last 32 bits, reached through the network's translator.
_NAT64 = ip_network("64:ff9b::/96")


def reached(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address only carries, or the address itself."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
        return address.ipv4_mapped or address
    return address


def is_public(address: Address) -> bool:
    """Say whether this is a host of the public internet."""
    there = reached(address)
    return _is_in(there, _UNICAST) and not _is_in(there, _SPECIAL) and there not in _PLATFORM


def is_private(address: Address) -> bool:
    """Say whether this is a host of a private network, and not of the platform below it."""
    there = reached(address)
    return _is_in(there, _PRIVATE) and there not in _PLATFORM


def _is_in(address: Address, networks: tuple[_Network, ...]) -> bool:
    return any(address in network for network in networks)
