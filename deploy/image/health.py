"""Whether the app is ready, as its exit status: the image has no shell and no curl."""

import os
import socket
import sys

DEADLINE_S = 4


def main() -> int:
    """Ask /healthz on the port that the app listens on."""
    host = os.environ.get("HOST") or "127.0.0.1"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - where it listens, not what is asked
    port = int(os.environ.get("PORT") or 8000)
    with socket.create_connection((host, port), DEADLINE_S) as connection:
        connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        return 0 if b" 200 " in connection.recv(64).split(b"\r\n")[0] else 1


if __name__ == "__main__":
    sys.exit(main())
