"""Refuses an HTTP request or a WebSocket's handshake."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


async def refuse(
    scope: Scope, send: Send, status: int, sentence: str, *, headers: Mapping[str, str] | None = None
) -> None:
    """Answer with a status and a sentence.

    A WebSocket's handshake gets the same answer if the server supports it; otherwise it is closed with 1008.
    For a WebSocket, the caller must have received `websocket.connect` before.
    """
    is_websocket = scope["type"] == "websocket"
    if is_websocket and "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008, "reason": sentence})
        return
    prefix = "websocket.http.response" if is_websocket else "http.response"
    all_headers = {
        "content-type": "text/plain; charset=utf-8",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        **(headers or {}),
    }
    body = sentence.encode()
    if not is_websocket:
        all_headers["content-length"] = str(len(body))
    encoded = [(name.encode("ascii"), value.encode("latin-1")) for name, value in all_headers.items()]
    await send({"type": f"{prefix}.start", "status": status, "headers": encoded})
    await send({"type": f"{prefix}.body", "body": body})
