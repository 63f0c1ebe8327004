"""Which MCP servers may be reached, and at which addresses."""

from ipaddress import ip_address

import pytest

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
