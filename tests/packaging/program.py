"""Start openvoicelive as a person does, and wait until it answers."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

# Linux gives those from 32,768 on, https://docs.kernel.org/networking/ip-sysctl.html; others begin higher.
_FIRST_EPHEMERAL_PORT = 32_768
_MOST_WORKERS = 128
_given_ports: set[int] = set()

LINK = re.compile(r"http://[\w.\-]+:\d+")


@dataclass
class Program:
    """A running program: the link it has printed, and all of what it has said so far."""

    process: asyncio.subprocess.Process
    link: str = ""
    output: list[str] = field(default_factory=list)

    async def fetch(self, path: str) -> tuple[int, str]:
        """Status and body of one page."""
        return await asyncio.to_thread(_fetch, self.link + path)

    async def ready(self) -> str:
        """Wait until /healthz says that the engines are loaded, and return what it says."""
        status, body = await self.fetch("/healthz")
        while status != 200:
            assert self.process.returncode is None, "".join(self.output)
            await asyncio.sleep(0.1)  # the state of another process can only be asked for
            status, body = await self.fetch("/healthz")
        return body

    async def interrupt(self) -> int:
        """Press Ctrl+C, which reaches every process of the terminal's group, and wait for the end."""
        os.killpg(self.process.pid, signal.SIGINT)
        return await asyncio.wait_for(self.process.wait(), 20)


@contextlib.asynccontextmanager
async def running(
    *command: str | Path, cwd: Path, environment: Mapping[str, str] | None = None, deadline_s: float = 60
) -> AsyncIterator[Program]:
    """Start a command in its own process group and wait until it has printed its link."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        env=clean_environment() | dict(environment or {}),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    program = Program(process)
    linked = asyncio.Event()
    reader = asyncio.create_task(_read(program, linked))
    try:
        async with asyncio.timeout(deadline_s):
            await linked.wait()
        assert program.link, f"it ended without a link: {''.join(program.output)}"
        yield program
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        await reader


def clean_environment() -> dict[str, str]:
    """The environment of this machine without settings of openvoicelive, Python and make."""
    ours = ("AZURE_", "VOICE_LIVE_", "PYTHON", "VIRTUAL_ENV", "MAKE", "MFLAGS")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def free_port() -> int:
    """A port that is free, and that nobody gets who asks the system for any.

    Each process that runs tests side by side with this one has ports of its own.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for port in range(20_000 + worker, _FIRST_EPHEMERAL_PORT, _MOST_WORKERS):
        if port not in _given_ports:
            _given_ports.add(port)
            with socket.socket() as listener, contextlib.suppress(OSError):
                listener.bind(("127.0.0.1", port))
                return port
    raise AssertionError("no port is free")


async def _read(program: Program, linked: asyncio.Event) -> None:
    assert program.process.stdout is not None
    async for line in program.process.stdout:
        program.output.append(line.decode())
        if not program.link and (match := LINK.search(program.output[-1])):
            program.link = match[0]
            linked.set()
    linked.set()


def _fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own program's link
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except urllib.error.URLError:
        return 0, ""
