"""Who makes a request: the address that limits apply to, and whether it is somebody on this machine."""

import pytest

from openvoicelive.errors import SettingsError
from openvoicelive.serving.clients import Client, client_of
from openvoicelive.settings import Settings
from openvoicelive.trusted_proxies import TrustedProxies

LOCAL = {"host": "127.0.0.1:8000"}


def client(peer: str | None, settings: Settings | None = None, /, **headers: str) -> Client:
    named = {name.replace("_", "-"): value for name, value in (LOCAL | headers).items()}
    scope = {
        "client": peer and (peer, 50_000),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }
    return client_of(scope, settings or Settings())


def behind(*proxies: str) -> Settings:
    return Settings(trusted_proxies=TrustedProxies.parse(proxies))


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded_for", "address"),
    [
        ((), "203.0.113.7", "", "203.0.113.7"),
        ((), "203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ((), "127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ((), "127.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ((), "127.0.0.1", "6.6.6.6, nonsense", "127.0.0.1"),
        ((), "127.0.0.1", "6.6.6.6, ", "127.0.0.1"),
        ((), "::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
        (("10.0.0.0/8",), "10.1.2.3", "198.51.100.1", "198.51.100.1"),
        (("10.0.0.0/8",), "10.1.2.3", "6.6.6.6, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        (("10.0.0.0/8",), "10.1.2.3", "10.9.9.9", "10.9.9.9"),
        (("10.0.0.0/8",), "192.168.0.1", "198.51.100.1", "192.168.0.1"),
        (("*",), "169.254.129.1", "6.6.6.6, 198.51.100.1:50123", "198.51.100.1"),
        (("*",), "169.254.129.1", '6.6.6.6, "[2001:db8:1:2:3::4]:50123"', "2001:db8:1:2::/64"),
        (("*", "10.0.0.0/8"), "100.64.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        ((), "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ((), None, "198.51.100.1", "unknown"),
    ],
)
def test_an_address_counts_that_a_trusted_proxy_has_written(
    proxies: tuple[str, ...], peer: str | None, forwarded_for: str, address: str
) -> None:
    headers = {"x_forwarded_for": forwarded_for} if forwarded_for else {}
    assert client(peer, behind(*proxies), **headers).address == address


def test_a_proxy_that_is_not_trusted_is_noticed() -> None:
    proxied = {"x_forwarded_for": "198.51.100.1"}
    assert client("10.1.2.3", **proxied).is_doubtful
    assert not client("10.1.2.3").is_doubtful
    assert not client("127.0.0.1", **proxied).is_doubtful
    assert not client("10.1.2.3", behind("10.0.0.0/8"), **proxied).is_doubtful
    assert not client("10.1.2.3", behind("*"), **proxied).is_doubtful


def test_a_list_of_proxies_that_is_none_is_a_sentence_to_the_operator() -> None:
    with pytest.raises(SettingsError, match="VOICE_LIVE_TRUSTED_PROXIES"):
        TrustedProxies.parse(["10.0.0.0/8", "proxy.example"])


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "LOCALHOST.:8000", "[::1]:8000"])
def test_a_program_on_this_machine_is_local(peer: str, host: str) -> None:
    assert client(peer, host=host).is_local


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("203.0.113.7", {}),
        ("10.0.0.1", {}),
        (None, {}),
        ("127.0.0.1", {"x_forwarded_for": "127.0.0.1"}),
        ("127.0.0.1", {"x_forwarded_proto": "https"}),
        ("127.0.0.1", {"x_real_ip": "127.0.0.1"}),
        ("127.0.0.1", {"forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", {"via": "1.1 proxy"}),
        ("127.0.0.1", {"host": "voice.example.com"}),
        ("127.0.0.1", {"host": "127.0.0.1.example.com"}),
        ("127.0.0.1", {"host": "localhost@example.com"}),
        ("127.0.0.1", {"host": ""}),
    ],
)
def test_nobody_else_is_local(peer: str | None, headers: dict[str, str]) -> None:
    assert not client(peer, **headers).is_local


def test_behind_a_proxy_that_adds_nothing_nobody_is_local() -> None:
    """As nginx does by default; the page connects only if its origin is allowed."""
    assert not client("127.0.0.1", Settings(allowed_origins=frozenset({"https://a.example"}))).is_local
