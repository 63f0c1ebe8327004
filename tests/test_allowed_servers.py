"""Which MCP servers may be reached, and at which addresses."""

import posixpath
import unicodedata
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from openvoicelive.allowed_servers import AllowedServer, AllowedServers
from openvoicelive.errors import SettingsError


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("mcp.example.com", "https://mcp.example.com/mcp"),
        ("mcp.example.com", "https://mcp.example.com:443/"),
        ("mcp.example.com", "https://MCP.example.com./mcp"),
        ("mcp.example.com:8443", "https://mcp.example.com:8443/mcp"),
        ("https://mcp.example.com/tools", "https://mcp.example.com/tools"),
        ("https://mcp.example.com/my%20tools", "https://mcp.example.com/my%20tools/a%20b"),
        ("https://mcp.example.com/tools", "https://mcp.example.com/tools/caff%C3%A8/v1.2;a=b"),
        ("mcp.example.com", "https://mcp.example.com/group%2Fproject/mcp"),
        ("https://mcp.example.com/tools/", "https://mcp.example.com/tools/a?b=c"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000/mcp"),
        ("http://[::1]:9000", "http://[::1]:9000/mcp"),
        ("*.example.com", "https://a.b.example.com/mcp"),
        ("*", "https://anything.example/mcp"),
    ],
)
def test_an_entry_covers_what_is_under_it(entry: str, url: str) -> None:
    assert AllowedServer.parse(entry).covers(url)


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("mcp.example.com", "http://mcp.example.com/mcp"),
        ("mcp.example.com", "https://mcp.example.com:8443/mcp"),
        ("mcp.example.com", "https://mcp.example.com.evil.net/mcp"),
        ("mcp.example.com", "https://evil.net/mcp.example.com"),
        ("mcp.example.com", "https://mcp.example.com@evil.net/"),
        ("mcp.example.com", "https://user@mcp.example.com/"),
        ("https://mcp.example.com/tools", "https://mcp.example.com/toolshed"),
        ("https://mcp.example.com/tools", "https://mcp.example.com/tools/../admin"),
        ("https://mcp.example.com/tools", "https://mcp.example.com/tools/%2e%2E/admin"),
        ("https://mcp.example.com/tools", "https://mcp.example.com/tools/..%2fadmin"),
        ("https://mcp.example.com/tools", "https://mcp.example.com/tools/%2e%2e%2Fadmin"),
        ("https://mcp.example.com/tools", "https://mcp.example.com/tools/..%252fadmin"),
        ("https://mcp.example.com/tools", "https://mcp.example.com/tools/%252e%252e/admin"),
        ("https://mcp.example.com/tools", "https://mcp.example.com/tools/..\\admin"),
        ("https://mcp.example.com/tools", "https://mcp.example.com/tools/..%5cadmin"),
        ("https://mcp.example.com/tools", "https://mcp.example.com/tools/..;/admin"),
        ("https://mcp.example.com/tools", "https://mcp.example.com/tools/..%3b/admin"),
        ("https://mcp.example.com/tools", "https://mcp.example.com/tools/%c0%ae%c0%ae/admin"),
        ("https://mcp.example.com/tools", "https://mcp.example.com/tools/\uff0e\uff0e/admin"),
        ("https://mcp.example.com/tools", "https://mcp.example.com/tools/.%00./admin"),
        ("https://mcp.example.com/tools", "https://mcp.example.com/tools%2fadmin"),
        ("*.example.com", "https://example.com/mcp"),
        ("*.example.com", "https://badexample.com/mcp"),
        ("*", "ftp://anything.example/mcp"),
        ("*", "https://[broken/mcp"),
    ],
)
def test_an_entry_covers_nothing_else(entry: str, url: str) -> None:
    assert not AllowedServer.parse(entry).covers(url)


@pytest.mark.parametrize(
    ("entry", "address", "admitted"),
    [
        ("mcp.example.com", "93.184.215.14", True),
        ("mcp.example.com", "10.0.0.5", True),
        ("mcp.example.com", "fd00::5", True),
        ("mcp.example.com", "127.0.0.1", False),
        ("mcp.example.com", "::1", False),
        ("mcp.example.com", "::ffff:127.0.0.1", False),
        ("mcp.example.com", "169.254.169.254", False),
        ("mcp.example.com", "fe80::1", False),
        ("mcp.example.com", "0.0.0.0", False),
        ("mcp.example.com", "224.0.0.1", False),
        ("mcp.example.com", "168.63.129.16", False),
        ("*", "64:ff9b::7f00:1", False),
        ("*", "2002:7f00:1::", False),
        ("*", "2002:808:808::", False),
        ("*", "64:ff9b::808:808", True),
        ("*", "64:ff9b:1::808:808", False),
        ("*", "192.0.0.192", False),
        ("*", "192.0.0.9", False),
        ("*", "fec0::1", False),
        ("*", "::7f00:1", False),
        ("*", "::808:808", False),
        ("*", "::ffff:808:808", True),
        ("*", "2001:0:808:808::", False),
        ("*", "2606:4700::1111", True),
        ("*", "168.63.129.16", False),
        ("mcp.example.com", "192.0.0.192", False),
        ("mcp.example.com", "100.100.100.200", False),
        ("mcp.example.com", "fd20:ce::254", False),
        ("mcp.example.com", "64:ff9b::a9fe:a9fe", False),
        ("http://[::ffff:10.0.0.5]", "10.0.0.5", True),
        ("*.example.com", "93.184.215.14", True),
        ("*.example.com", "10.0.0.5", False),
        ("*", "192.168.1.1", False),
        ("*", "100.64.0.1", False),
        ("localhost", "127.0.0.1", True),
        ("localhost", "::1", True),
        ("localhost", "10.0.0.5", False),
        ("http://10.0.0.5", "10.0.0.5", True),
        ("http://10.0.0.5", "10.0.0.6", False),
        ("http://169.254.169.254", "169.254.169.254", True),
    ],
)
def test_a_host_may_have_only_addresses_of_its_kind(entry: str, address: str, admitted: bool) -> None:  # noqa: FBT001 - a table
    assert AllowedServer.parse(entry).admits(ip_address(address)) is admitted


@pytest.mark.parametrize(
    "entry", ["ftp://example.com", "https://", "a*b.com", "https://a/?b=c", "a:b", "u@h"]
)
def test_an_entry_that_is_none_is_a_sentence_to_the_operator(entry: str) -> None:
    with pytest.raises(SettingsError, match="VOICE_LIVE_MCP_SERVERS"):
        AllowedServers.parse([entry])


def test_nothing_is_allowed_unless_it_is_named() -> None:
    assert not AllowedServers().entries_for("https://mcp.example.com/mcp")


# --- whatever the address ---

SPECIAL = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "203.0.113.0/24", "224.0.0.0/3"),
    *("::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16", "3fff::/20"),
    *("5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
]
special = some.sampled_from(SPECIAL).flatmap(lambda name: some.ip_addresses(network=name))


def as_mapped(address: IPv4Address) -> IPv6Address:
    return IPv6Address(f"::ffff:{address}")


def as_nat64(address: IPv4Address) -> IPv6Address:
    return IPv6Address(int(ip_address("64:ff9b::")) + int(address))


@given(special)
def test_a_pattern_admits_no_special_address_however_it_is_written(
    address: IPv4Address | IPv6Address,
) -> None:
    everything = AllowedServer.parse("*")
    assert not everything.admits(address)
    if isinstance(address, IPv4Address):
        assert not everything.admits(as_mapped(address))
        assert not everything.admits(as_nat64(address))


@given(some.ip_addresses())
def test_what_a_pattern_admits_is_a_global_unicast_address(address: IPv4Address | IPv6Address) -> None:
    if not AllowedServer.parse("*").admits(address):
        return
    there = address
    if isinstance(address, IPv6Address) and address in ip_network("64:ff9b::/96"):
        there = IPv4Address(int(address) & 0xFFFF_FFFF)
    elif isinstance(address, IPv6Address) and address.ipv4_mapped:
        there = address.ipv4_mapped
    assert there.is_global
    assert not any((there.is_multicast, there.is_reserved, there.is_private, there.is_link_local))


@given(some.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_in_all_its_forms(address: IPv4Address) -> None:
    for entry in ("*", "mcp.example.com", "localhost", f"http://{address}"):
        allowed = AllowedServer.parse(entry)
        admitted = {allowed.admits(form) for form in (address, as_mapped(address), as_nat64(address))}
        assert len(admitted) == 1


# --- whatever the path ---

PIECES = (
    *("/", "\\", ".", "..", ";", "a", "tools", " ", "\t", "\uff0e", "\u2024", "\uff0f", "?", "#"),
    *("%2f", "%5C", "%2e", "%252e", "%252f", "%25252e", "%3b", "%00", "%0a", "%20", "%c0%ae", "%ef%bc%8e"),
)


def readings(path: str) -> set[str]:
    """Return where servers may look for a path."""
    found = {path}
    for _ in range(4):
        found |= {unquote_to_bytes(one).decode("utf-8", "replace") for one in found}
        found |= {unquote_to_bytes(one).decode("latin-1") for one in found}
    found |= {unicodedata.normalize("NFKC", one) for one in found}
    found |= {one.replace("\\", "/") for one in found}
    found |= {"/".join(part.partition(";")[0] for part in one.split("/")) for one in found}
    found |= {"".join(char for char in one if char.isprintable()) for one in found}
    return {posixpath.normpath(one) for one in found}


@given(some.lists(some.sampled_from(PIECES), max_size=12))
@example(["/", "..%2f", "admin"])
@example(["/", "..", "\\", "admin"])
def test_no_server_reads_a_path_below_the_limit_as_one_beside_it(pieces: list[str]) -> None:
    path = "/tools" + "".join(pieces)
    if AllowedServer.parse("https://mcp.example.com/tools").covers(f"https://mcp.example.com{path}"):
        path = path.partition("?")[0].partition("#")[0].replace("\t", "")
        for reading in readings(path):
            assert f"{reading}/".startswith("/tools/"), reading


@given(some.lists(some.text("abcdefXYZ0123-_~", min_size=1), max_size=5))
def test_ordinary_paths_below_the_limit_are_covered(segments: list[str]) -> None:
    url = "/".join(["https://mcp.example.com/tools", *segments])
    assert AllowedServer.parse("https://mcp.example.com/tools").covers(url)
