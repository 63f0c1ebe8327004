"""An image of ours in a container, as a careful platform runs it: not as root, read-only, no capabilities."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp

# runc and the limits, because podman's own choices want one kind of cgroups and the right to raise limits.
PODMAN = ("podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs")
# Made by scripts/check-image: a network of our own has a range of addresses that nothing else here uses.
NETWORK = "openvoicelive"
LOCKED_DOWN = (
    *("--read-only", "--read-only-tmpfs=false", "--cap-drop", "all", "--security-opt", "no-new-privileges"),
    *("--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096"),
)
DEADLINE_S = 60
"""Only a container that hangs takes so long."""


def image(target: str) -> str:
    """Return the name under which scripts/check-image has built a target."""
    return f"localhost/openvoicelive:{target}"


@dataclass
class Answer:
    """What a command has said, and how it ended."""

    status: int
    output: str
    complaints: str


async def podman(*arguments: str) -> Answer:
    """Run podman to its end."""
    process = await asyncio.create_subprocess_exec(
        *PODMAN, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(DEADLINE_S):
        output, complaints = await process.communicate()
    return Answer(process.returncode or 0, output.decode(), complaints.decode())


async def must(*arguments: str) -> str:
    """Run podman; return what it says."""
    answer = await podman(*arguments)
    assert answer.status == 0, answer.complaints
    return answer.output.strip()


async def inspected(kind: str, name: str) -> dict[str, Any]:
    """Return what podman knows of an image or a container."""
    found: list[dict[str, Any]] = json.loads(await must(kind, "inspect", name))
    return found[0]


@dataclass
class Container:
    """A running container; `link` is its published port on this machine."""

    name: str
    link: str
    ready_after_s: float
    """From the command that started it until /healthz said so."""

    async def fetch(self, path: str) -> tuple[int, str]:
        """Status and body of one page."""
        try:
            async with aiohttp.ClientSession() as client, client.get(self.link + path) as answer:
                return answer.status, await answer.text()
        except aiohttp.ClientError:
            return 0, ""

    @property
    def socket_url(self) -> str:
        return self.link.replace("http", "ws", 1)

    async def python(self, code: str) -> str:
        """Run code in it, with the image's own Python and settings."""
        return await must("exec", self.name, "/usr/bin/python3", "-c", code)

    async def healthy(self) -> bool:
        """Run the image's own health check."""
        return (await podman("healthcheck", "run", self.name)).status == 0

    async def terminate(self) -> None:
        """Send what a platform sends before it takes a container away."""
        await must("kill", "--signal", "TERM", self.name)

    async def ended(self) -> int:
        """Wait for the end; return the exit status."""
        return int(await must("wait", self.name))

    async def log(self) -> str:
        """Return all that it has said."""
        answer = await podman("logs", self.name)
        return answer.output + answer.complaints

    async def process_status(self) -> dict[str, str]:
        """Return what the kernel says of its first process, by the field's name."""
        process_id = (await inspected("container", self.name))["State"]["Pid"]
        with open(f"/proc/{process_id}/status", encoding="ascii") as file:  # noqa: ASYNC230, PTH123 - not a disk's
            return dict(line.strip().split(":\t", 1) for line in file if ":\t" in line)


@asynccontextmanager
async def container(target: str, **environment: str) -> AsyncIterator[Container]:
    """Run an image with these settings, and wait until it is ready."""
    settings = [f"--env={name}={value}" for name, value in environment.items()]
    published = ("--network", NETWORK, "--publish", "127.0.0.1::8000")
    name = await must("create", *LOCKED_DOWN, *settings, *published, image(target))
    try:
        started = time.monotonic()
        await must("start", name)
        address = await must("port", name, "8000/tcp")
        running = Container(name, f"http://{address}", 0)
        while (await running.fetch("/healthz"))[0] != 200:
            state = (await inspected("container", name))["State"]["Status"]
            assert state == "running", await running.log()
            assert time.monotonic() - started < DEADLINE_S, await running.log()
            await asyncio.sleep(0.05)  # the state of another process can only be asked for
        running.ready_after_s = time.monotonic() - started
        yield running
    finally:
        await podman("rm", "--force", "--time", "0", name)


@asynccontextmanager
async def reachable_from_containers(url: str) -> AsyncIterator[str]:
    """Pass on connections from containers to a server that listens on this machine's loopback alone."""
    gateway = json.loads(await must("network", "inspect", NETWORK))[0]["subnets"][0]["gateway"]
    host, _, port = url.rpartition("/")[2].partition(":")
    # On all addresses, because the network's own appears with its first container.
    server = await asyncio.start_server(partial(_pass_on, host, int(port)), "0.0.0.0", 0)
    async with server:
        yield f"http://{gateway}:{server.sockets[0].getsockname()[1]}"


async def _pass_on(
    host: str, port: int, from_reader: asyncio.StreamReader, from_writer: asyncio.StreamWriter
) -> None:
    to_reader, to_writer = await asyncio.open_connection(host, port)
    with contextlib.suppress(OSError):
        await asyncio.gather(_copy(from_reader, to_writer), _copy(to_reader, from_writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while part := await reader.read(65_536):
            writer.write(part)
            await writer.drain()
    finally:
        writer.close()
