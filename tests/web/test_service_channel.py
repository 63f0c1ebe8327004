"""The fast path of sound to and from a service keeps the order of all messages, and is really taken."""

import asyncio
import datetime as dt
import ipaddress
import itertools
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import uvloop
from azure.ai.voicelive.aio import VoiceLiveConnection
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from openvoicelive.serving.websocket_frames import PING, PONG, TEXT, frame
from openvoicelive.web.voice_live.channel import FastChannel, has_socket

DEADLINE_S = 5
SOUND = b"sound" * 100
LIKE = frame(TEXT, SOUND)
LIKE_MESSAGES = b"before" + LIKE * 30 + b"after"
SIZES = st.sampled_from([1, 126, 127, 1_920, 70_000])


class MuteServer(asyncio.Protocol):
    """Shakes hands and answers nothing more; what it would say comes from the test."""

    def __init__(self, ping: asyncio.Future[bytes]) -> None:
        self._ping = ping
        self._protocol = ServerProtocol()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._protocol.send_response(self._protocol.accept(event))
                self._transport.write(b"".join(self._protocol.data_to_send()))
            elif event.opcode is Opcode.PING:  # type: ignore[union-attr]
                self._ping.set_result(bytes(event.data))  # type: ignore[union-attr]


@dataclass(frozen=True)
class Talk:
    """What a service says, and what becomes of it."""

    messages: list[bytes]
    frames: list[bytes]
    """Of the messages, with control frames among them."""

    pong_at: int
    """Before which frame the answer to the client's ping comes."""

    joined: list[bool]
    """Whether a frame comes together with the next one; repeated from the beginning as often as needed."""

    cuts: list[int]
    """Where the stream is cut besides."""

    taken: list[bool]
    """Which messages are taken when they are offered; repeated, too."""

    pauses: list[int]
    """For how many turns of the loop what was received is worked on, and nothing comes; repeated, too."""

    def pieces(self, pong: bytes) -> list[bytes]:
        """Return what comes at once, one after the other."""
        frames = [*self.frames[: self.pong_at], pong, *self.frames[self.pong_at :]]
        ends = itertools.accumulate(map(len, frames))
        places = {end for end, joined in zip(ends, itertools.cycle(self.joined), strict=False) if not joined}
        stream = b"".join(frames)
        places |= {cut % len(stream) for cut in self.cuts}
        if (within := stream.find(LIKE_MESSAGES[:100])) >= 0:
            places |= {within + LIKE_MESSAGES.index(LIKE), within + LIKE_MESSAGES.index(LIKE) + len(LIKE)}
        return [stream[start:end] for start, end in itertools.pairwise(sorted({0, len(stream)} | places))]


@st.composite
def talks(draw: st.DrawFn) -> Talk:
    messages, frames = [], []
    for number, size in enumerate(draw(st.lists(SIZES, min_size=1, max_size=12))):
        message = b"%d" % (number % 10) * size if draw(st.integers(0, 4)) else LIKE_MESSAGES
        messages.append(message)
        if draw(st.integers(0, 3)):
            frames.append(frame(TEXT, message))
        else:
            half = len(message) // 2
            first = Frame(Opcode.TEXT, message[:half], fin=False)
            last = Frame(Opcode.CONT, message[half:])
            frames += [first.serialize(mask=False), frame(PING, b"still there?"), last.serialize(mask=False)]
    return Talk(
        messages,
        frames,
        pong_at=draw(st.integers(0, min(3, len(frames)))),
        joined=draw(st.lists(st.booleans(), min_size=1, max_size=5)),
        cuts=draw(st.lists(st.integers(0, 1 << 20), max_size=5)),
        taken=draw(st.lists(st.booleans(), min_size=1, max_size=5)),
        pauses=draw(st.lists(st.integers(0, 4), min_size=1, max_size=5)),
    )


@asynccontextmanager
async def mute_server() -> AsyncIterator[tuple[int, asyncio.Future[bytes]]]:
    """Yield its port, and what the client's ping will hold."""
    loop = asyncio.get_running_loop()
    ping = loop.create_future()
    server = await loop.create_server(lambda: MuteServer(ping), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], ping
        server.close()


@asynccontextmanager
async def connected(
    port: int, take: Callable[[bytes], bool], trusted: ssl.SSLContext | None = None
) -> AsyncIterator[FastChannel]:
    url = f"{'wss' if trusted else 'ws'}://127.0.0.1:{port}/"
    timeout = aiohttp.ClientWSTimeout(ws_close=0.01)  # some servers here answer no closing handshake
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(
            url, autoping=False, decode_text=False, timeout=timeout, ssl=trusted or True
        ) as socket,
    ):
        channel = FastChannel(socket, take, heartbeat_s=DEADLINE_S)
        await channel.begin()
        yield channel


def encryption(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what a server encrypts with, and what trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    began = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "certificate.pem", folder / "key.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain, private)
    return server, ssl.create_default_context(cafile=chain)


class Client:
    """Takes some messages at once and reads the others, with something to do for each of them."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._is_at_work = False
        self._offers = 0
        self.received: list[bytes] = []
        self.has_all = asyncio.Event()

    def take(self, message: bytes) -> bool:
        assert not self._is_at_work, "an earlier message is still being worked on"
        self._offers += 1
        if not self._talk.taken[self._offers % len(self._talk.taken)]:
            return False
        self._note(message)
        return True

    async def read(self, channel: FastChannel) -> None:
        while True:
            message = await channel.receive()
            assert message is not None
            self._is_at_work = True
            self._note(message)
            await self.pause()
            self._is_at_work = False

    async def pause(self) -> None:
        for _ in range(self._talk.pauses[len(self.received) % len(self._talk.pauses)]):
            await asyncio.sleep(0)  # waits for nothing: lets the others go on

    def _note(self, message: bytes) -> None:
        self.received.append(message)
        if len(self.received) == len(self._talk.messages):
            self.has_all.set()


async def in_order(talk: Talk) -> None:
    """Let a client hear the talk, and check what it gets."""
    client = Client(talk)
    async with mute_server() as (port, ping), connected(port, client.take) as channel:
        reading = asyncio.create_task(client.read(channel))
        for piece in talk.pieces(frame(PONG, await ping)):
            channel.data_received(piece)
            await client.pause()
        async with asyncio.timeout(DEADLINE_S):
            await client.has_all.wait()
        for _ in range(2 * max(talk.pauses) + 2):
            await asyncio.sleep(0)  # waits for nothing: lets the client wait for more
        talk.taken[:] = [True]
        channel.data_received(frame(TEXT, SOUND))
        assert client.received == [*talk.messages, SOUND], "in order, and the last one at once"
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


@settings(max_examples=200, deadline=None)
@given(talks())
def test_messages_stay_in_order_however_they_come_and_whoever_takes_them(talk: Talk) -> None:
    asyncio.run(in_order(talk))


@pytest.mark.parametrize("fin", [True, False])
def test_what_looks_like_a_message_within_a_message_is_part_of_it(fin: bool) -> None:  # noqa: FBT001
    frames = [Frame(Opcode.TEXT, LIKE_MESSAGES, fin=fin).serialize(mask=False)]
    frames += [] if fin else [Frame(Opcode.CONT, b".").serialize(mask=False)]
    message = LIKE_MESSAGES if fin else LIKE_MESSAGES + b"."
    asyncio.run(in_order(Talk([message], frames, 0, joined=[False], cuts=[], taken=[True], pauses=[4])))


async def taken_as_wished(context: ssl.SSLContext | None, trusted: ssl.SSLContext | None) -> None:
    """Let a real service answer each sound with one, take two of three, and see which way they come."""
    ways: list[str] = []
    enough = asyncio.Event()

    async def answer(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    def note(way: str) -> None:
        ways.append(way)
        if len(ways) == 10:
            enough.set()
        else:
            assert channel.try_send(SOUND)

    def take(_: bytes) -> bool:
        if len(ways) % 3 == 0:
            return False
        note("fast")
        return True

    async def read() -> None:
        while await channel.receive():
            note("slow")

    async with serve(answer, "127.0.0.1", 0, ssl=context, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        async with connected(port, take, trusted) as channel, asyncio.timeout(DEADLINE_S):
            assert channel.try_send(SOUND)
            reading = asyncio.create_task(read())
            await enough.wait()
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
    assert ways[1:] == ["fast", "fast", "slow"] * 3


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_sound_takes_the_fast_path_as_soon_as_the_ping_is_answered(run: Callable[..., None]) -> None:
    run(taken_as_wished(None, None))


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_it_does_so_in_an_encrypted_connection(run: Callable[..., None], tmp_path: Path) -> None:
    run(taken_as_wished(*encryption(tmp_path)))


async def test_nothing_is_sent_at_once_to_a_service_that_does_not_read() -> None:
    numbers: list[int] = []
    reads, has_read_all = asyncio.Event(), asyncio.Event()

    async def read_late(connection: ServerConnection) -> None:
        await reads.wait()
        async for message in connection:
            numbers.append(int(message[:6]))
            if len(numbers) == sent:
                has_read_all.set()

    sent = 0
    async with serve(read_late, "127.0.0.1", 0, compression=None, max_size=None) as server:
        port = server.sockets[0].getsockname()[1]
        async with connected(port, lambda _: False) as channel:
            while sent < 500 and channel.try_send(b"%6d" % sent * 10_000):
                sent += 1
            reads.set()
            async with asyncio.timeout(DEADLINE_S):
                await has_read_all.wait()
            assert channel.try_send(b"%6d" % sent)
    assert numbers[:sent] == list(range(sent))
    assert sent < 500, "30 MB waited"


class Renamed:
    """A connection of another version of the SDK."""

    def __init__(self, socket: object) -> None:
        self._websocket = socket


def test_the_socket_of_the_installed_sdk_is_known_and_that_of_another_version_is_not() -> None:
    assert has_socket(VoiceLiveConnection)
    assert not has_socket(Renamed)
