"""A chat model that follows a script, in a process of its own, behind the OpenAI API."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.conformance.folder import SCRIPTED_MODEL

DEADLINE_S = 20.0


@contextmanager
def scripted_model(*, words_per_second: float = 1000.0, first_token_ms: float = 0.0) -> Iterator[str]:
    """Run the model on a free port; give its chat URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--words-per-second", str(words_per_second), "--first-token-ms", str(first_token_ms)]
    with subprocess.Popen(
        [sys.executable, str(SCRIPTED_MODEL), "--port", str(port), *options],
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        try:
            assert program.stdout is not None
            program.stdout.readline()  # it says where it is just before it listens
            _wait_until_it_listens(port)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            program.terminate()


def _wait_until_it_listens(port: int) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.01)  # the state of another process can only be asked for
        else:
            return
