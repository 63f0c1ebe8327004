"""However a client's stream is cut into pieces, the application gets the messages that were sent."""

import asyncio
import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from uvicorn.server import ServerState
from websockets.client import ClientProtocol
from websockets.protocol import State
from websockets.uri import parse_uri

from openvoicelive.serving.fast_path import fast_path_of
from openvoicelive.serving.server import server_config
from openvoicelive.serving.uvicorn_protocols import WebSocketConnection

Message = str | bytes
URI = parse_uri("ws://localhost/")
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Line(asyncio.Transport):
    """A connection whose other end is not there: what is read is what a test says."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Drop it."""

    def pause_reading(self) -> None:
        """Be asked to send less; a test sends little."""

    def resume_reading(self) -> None:
        """Be asked for more."""

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing is open."""


@st.composite
def streams(draw: st.DrawFn) -> tuple[list[Message], list[bytes]]:
    """Return messages, and the pieces in which they come: often one each, as sound does, or cut anywhere."""
    client = ClientProtocol(URI, max_size=None)
    client.state = State.OPEN
    messages = draw(st.lists(st.text(max_size=200) | sounds(), min_size=1, max_size=6))
    pieces = []
    for message in messages:
        data = message.encode() if isinstance(message, str) else message
        say = client.send_text if isinstance(message, str) else client.send_binary
        if draw(st.booleans()):
            say(data)
        else:
            half = draw(st.integers(0, len(data)))
            say(data[:half], fin=False)
            client.send_ping(b"still there?")
            client.send_continuation(data[half:], fin=True)
        sent = b"".join(client.data_to_send())
        cuts = draw(st.lists(st.integers(0, len(sent)), max_size=3).map(sorted))
        pieces += [sent[start:end] for start, end in itertools.pairwise([0, *cuts, len(sent)])]
    if draw(st.booleans()):
        pieces = [b"".join(pair) for pair in itertools.zip_longest(pieces[::2], pieces[1::2], fillvalue=b"")]
    return messages, [piece for piece in pieces if piece]


def sounds() -> st.SearchStrategy[bytes]:
    sizes = st.sampled_from([0, 1, 125, 126, 127, 1_920, 65_535, 65_536])
    return st.tuples(sizes, st.integers(0, 255)).map(lambda drawn: bytes([drawn[1]]) * drawn[0])


def choices(one: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Return choices that are repeated as often as needed."""
    return st.lists(one, min_size=1, max_size=4).map(tuple)


class Application:
    """Gets messages: sound perhaps by the fast path, and everything else in its turn."""

    def __init__(self, taken: list[bool], pauses: list[int]) -> None:
        self._taken = itertools.cycle(taken)
        self._pauses = itertools.cycle(pauses)
        self._is_waiting = False
        self.accepted = asyncio.Event()
        self.messages: list[Message] = []
        self.fast_paths = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        fast_path = fast_path_of(scope)
        assert fast_path
        fast_path.take = self._take
        await send({"type": "websocket.accept"})
        self.accepted.set()
        while True:
            self._is_waiting = True
            message = await receive()
            self._is_waiting = False
            if message["type"] != "websocket.receive":
                return
            self.messages.append(message["text"] if message.get("bytes") is None else message["bytes"])
            for _ in range(next(self._pauses)):
                await asyncio.sleep(0)  # waits for nothing: lets more come in meanwhile

    def _take(self, sound: bytes) -> bool:
        if not self._is_waiting or not next(self._taken):
            return False
        self.messages.append(sound)
        self.fast_paths += 1
        return True


async def heard(
    pieces: list[bytes],
    *,
    taken: tuple[bool, ...] = (True,),
    pauses: tuple[int, ...] = (0,),
    gaps: tuple[int, ...] = (1,),
) -> Application:
    """Return what an application got of these pieces, of which it takes some at once."""
    application = Application(list(taken), list(pauses))
    config = server_config(application, max_message_bytes=2**24, lifespan=False)
    config.load()
    state = ServerState()
    connection = WebSocketConnection(config, state, {})
    connection.connection_made(Line())
    connection.data_received(HANDSHAKE)
    await application.accepted.wait()
    await asyncio.sleep(0)  # waits for nothing: lets the application wait for messages
    for piece, turns in zip(pieces, itertools.cycle(gaps), strict=False):
        connection.data_received(piece)
        for _ in range(turns):
            await asyncio.sleep(0)  # waits for nothing: lets the application take it, or not
    connection.connection_lost(None)
    await asyncio.gather(*state.tasks)
    return application


@given(streams(), choices(st.booleans()), choices(st.integers(0, 3)), choices(st.integers(0, 2)))
def test_the_application_gets_the_messages_in_order_however_they_come_and_are_taken(
    stream: tuple[list[Message], list[bytes]],
    taken: tuple[bool, ...],
    pauses: tuple[int, ...],
    gaps: tuple[int, ...],
) -> None:
    messages, pieces = stream
    assert asyncio.run(heard(pieces, taken=taken, pauses=pauses, gaps=gaps)).messages == messages


def sound_frame(payload: bytes, *, fin: bool = True) -> bytes:
    """Return a binary message as a client may send it, with a mask of zeros."""
    return bytes((0x82 if fin else 0x02, 0x80 | 126)) + len(payload).to_bytes(2, "big") + bytes(4) + payload


def test_sound_takes_the_fast_path_one_or_several_at_once() -> None:
    frames = [sound_frame(bytes([number]) * 1_920) for number in range(4)]
    application = asyncio.run(heard([frames[0], frames[1] + frames[2], frames[3]]))
    assert application.messages == [bytes([number]) * 1_920 for number in range(4)]
    assert application.fast_paths == 4


def test_it_does_so_again_after_what_took_the_slow_path() -> None:
    frame = sound_frame(bytes(1_920))
    application = asyncio.run(heard([frame[:100], frame[100:], b"", frame]))
    assert application.messages == [bytes(1_920)] * 2
    assert application.fast_paths == 1


def test_what_looks_like_a_message_within_a_message_is_part_of_it() -> None:
    inner = sound_frame(bytes(1_920))
    outer = sound_frame(b"before" + inner + b"after")
    start = outer.index(inner)
    pieces = [outer[:start], inner, outer[start + len(inner) :]]
    assert asyncio.run(heard(pieces)).messages == [b"before" + inner + b"after"]


def test_a_message_between_the_fragments_of_another_is_refused() -> None:
    pieces = [sound_frame(bytes(200), fin=False), sound_frame(bytes(1_920))]
    assert asyncio.run(heard(pieces)).messages == []
