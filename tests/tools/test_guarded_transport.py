"""TLS of the guarded transport: the connection goes to an address, the certificate must be the host's."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from openvoicelive.allowed_servers import AllowedServers
from openvoicelive.errors import EngineError
from openvoicelive.tools import guarded_transport
from openvoicelive.tools.guarded_transport import GuardedTransport


def certificate(folder: Path, name: x509.GeneralName) -> Path:
    """Write a certificate for one name, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@asynccontextmanager
async def tls_server(pem: Path) -> AsyncIterator[int]:
    """Answer every request with a few bytes, on a free port of this machine."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello")
        await writer.drain()
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem)
    async with await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]


async def get(url: str, allowed: str) -> str:
    transport = GuardedTransport(AllowedServers.parse([allowed]))
    async with httpx2.AsyncClient(transport=transport, trust_env=False) as client:
        return (await client.get(url)).text


@pytest.mark.parametrize(
    ("name", "host", "fits"),
    [
        (x509.DNSName("localhost"), "localhost", True),
        (x509.DNSName("localhost"), "127.0.0.1", False),
        (x509.DNSName("elsewhere.example"), "localhost", False),
        (x509.IPAddress(ipaddress.ip_address("127.0.0.1")), "127.0.0.1", True),
        (x509.IPAddress(ipaddress.ip_address("127.0.0.1")), "localhost", False),
    ],
)
async def test_the_certificate_must_be_that_of_the_host_and_not_of_the_address(
    name: x509.GeneralName,
    host: str,
    fits: bool,  # noqa: FBT001 - a table
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pem = certificate(tmp_path, name)
    monkeypatch.setattr(
        guarded_transport, "_ssl_context", lambda: ssl.create_default_context(cafile=str(pem))
    )
    async with tls_server(pem) as port:
        url = f"https://{host}:{port}/mcp"
        if fits:
            assert await get(url, f"{host}:{port}") == "hello"
        else:
            with pytest.raises(EngineError, match="cannot be reached"):
                await get(url, f"{host}:{port}")
