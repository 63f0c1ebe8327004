"""The least that a relay can do, to tell the machine's share of the relay's figures from ours.

It turns the browser's frames into the service's and back, under the same loop, and nothing more: no app, no
SDK, no bounds, no conversation. `python -m bench.bare_relay PORT` prints its own port.
"""

import asyncio
import sys

import pybase64
import uvloop

from bench.bare_websocket import BareWebSocket, acceptance, request
from openvoicelive.serving.server import collect_garbage_rarely
from openvoicelive.serving.websocket_frames import BINARY, TEXT, apply_mask, frame

_MASK = b"mask"
_CONFIGURATION = b'{"type":"session.update","session":{}}'
_APPEND = b'{"type":"input_audio_buffer.append","audio":"%b"}'
_DELTA = b'"delta":"'


class _ToBrowser(BareWebSocket):
    def __init__(self, service_port: int) -> None:
        super().__init__()
        self._service_port = service_port
        self._connecting: asyncio.Task[object] | None = None
        self.service: _ToService | None = None

    def opened(self, head: bytes) -> None:
        self.transport.write(acceptance(head))

    def received(self, opcode: int, payload: bytearray, mask: bytes) -> None:
        if opcode == TEXT:
            connect = asyncio.get_running_loop().create_connection
            self._connecting = asyncio.ensure_future(
                connect(lambda: _ToService(self), "127.0.0.1", self._service_port)
            )
        elif opcode == BINARY and self.service:
            sound = pybase64.b64encode(apply_mask(bytes(payload), mask))
            self.service.transport.write(frame(TEXT, _APPEND % sound, _MASK))


class _ToService(BareWebSocket):
    def __init__(self, browser: _ToBrowser) -> None:
        super().__init__()
        self._browser = browser

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.write(request("/voice-live/realtime"))

    def opened(self, head: bytes) -> None:
        assert b" 101 " in head, head
        self.transport.write(frame(TEXT, _CONFIGURATION, _MASK))
        self._browser.service = self

    def received(self, opcode: int, payload: bytearray, mask: bytes) -> None:  # noqa: ARG002 - servers do not mask
        at = payload.find(_DELTA)
        if opcode == TEXT and at >= 0:
            sound = pybase64.b64decode(payload[at + len(_DELTA) : -2])
            self._browser.transport.write(frame(BINARY, sound))


async def _serve(service_port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _ToBrowser(service_port), "127.0.0.1", 0)
    collect_garbage_rarely()
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
