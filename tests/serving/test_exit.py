"""How the process of the server ends."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

DEADLINE_S = 30.0
PROGRAM = """
import asyncio, logging, socket, sys, threading
from openvoicelive.serving.draining import Draining
from openvoicelive.serving.server import Server, server_config

hangs = sys.argv[1] == "hangs"
exit_limit_s = float(sys.argv[2])

async def application(scope, receive, send):
    while scope["type"] == "lifespan":
        message = await receive()
        if message["type"] == "lifespan.startup":
            if hangs:
                threading.Thread(target=threading.Event().wait, name="engine").start()
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return

logging.basicConfig()
config = server_config(application, max_message_bytes=1000)
ready = lambda: print("ready", flush=True)
server = Server(config, Draining(), drain_limit_s=0, ready=ready, exit_limit_s=exit_limit_s)
server.run(sockets=[socket.create_server(("127.0.0.1", 0))])
"""


@pytest.mark.parametrize(("engine", "limit_s", "status"), [("hangs", 0.1, 1), ("ends", DEADLINE_S, 0)])
async def test_the_process_ends_although_an_engine_hangs(
    tmp_path: Path, engine: str, limit_s: float, status: int
) -> None:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, engine, str(limit_s)),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(DEADLINE_S):
            assert program.stdout is not None
            assert await program.stdout.readline() == b"ready\n"
            program.send_signal(signal.SIGTERM)
            _, log = await program.communicate()
    finally:
        if program.returncode is None:
            program.kill()
    assert program.returncode == status
    assert (b"engine" in log) is (engine == "hangs"), log
