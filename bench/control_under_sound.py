"""Does control wait behind sound? One client sends minutes of sound and cancels answers; others talk.

The sound comes in one message, in messages of a second, or in frames of 20 ms. The service can only read the
first cancel after the sound before it; the other cancels come while that sound is still to be heard. A timer
of 1 ms on the event loop notes how late it comes. Run it with `python -m bench.control_under_sound`.
"""

import argparse
import asyncio
import base64
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path

import numpy as np
import uvloop
from websockets.asyncio.client import ClientConnection

from bench.bad_clients import message, session, until
from bench.clips import RATE_HZ, sentences, speech
from bench.machine import percentile, serving, write_result
from bench.voice_to_voice import WORDS_PER_S, Level, measure_level
from tests.model_script import LAKE
from tests.scripted_model import scripted_model

OTHERS = 4
TURNS = 3
SOUND_S = 180
MESSAGES_S: dict[str, float] = {"one message": SOUND_S, "1 s messages": 1.0, "20 ms messages": 0.02}
UNDISTURBED = "undisturbed"
CANCELS = 10
"""While the sound of one flood is heard."""
BETWEEN_CANCELS_S = 0.5
INTERVAL_S = 0.001
ENDING_S = 10.0
AIM_CANCEL_MS = 20
AIM_LOOP_MS = 5

_DETECTION = {"type": "server_vad", "create_response": False, "interrupt_response": False}
_ANSWER = {
    "type": "message",
    "role": "assistant",
    "content": [{"type": "text", "text": "The weather will be fine in the whole country. " * 20}],
}
_REQUEST = message("response.create", response={"pre_generated_assistant_message": _ANSWER})


@dataclass(frozen=True)
class Measured:
    """What was measured under one kind of flood."""

    flood: str
    others: Level
    behind_ms: list[float]
    """From each cancel right behind the sound to `response.done`."""
    meanwhile_ms: list[float]
    """From each cancel while the sound was heard to `response.done`."""
    loop_p50_ms: float
    loop_p99_ms: float
    loop_max_ms: float
    loop_cpu_max_ms: float
    """The longest time for which the loop's thread computed between two timers."""


class LoopDelays:
    """Stands in for the server's `LoopWatch`: notes how late each timer comes, and writes it at the end."""

    def __init__(self) -> None:
        self._late_ms: list[float] = []
        self._cpu_ms: list[float] = []
        self._timer: asyncio.TimerHandle | None = None
        self._due_s = self._cpu_s = 0.0

    def start(self) -> None:
        """Begin to watch the loop that runs."""
        self._cpu_s = time.thread_time()
        self._due_s = time.monotonic() + INTERVAL_S
        self._timer = asyncio.get_running_loop().call_later(INTERVAL_S, self._on_timer)

    def stop(self) -> None:
        """Write what was noted."""
        if self._timer is not None:
            self._timer.cancel()
        Path(sys.argv[2]).write_text(json.dumps({"late_ms": self._late_ms, "cpu_ms": self._cpu_ms}))

    def _on_timer(self) -> None:
        self._late_ms.append(max(0.0, 1_000 * (time.monotonic() - self._due_s)))
        self._cpu_ms.append(1_000 * (time.thread_time() - self._cpu_s))
        self.start()


def serve() -> None:
    """Run the program with its event loop watched."""
    from openvoicelive import cli  # noqa: PLC0415 - only the process that serves
    from openvoicelive.serving import server  # noqa: PLC0415

    vars(server)["LoopWatch"] = LoopDelays
    sys.exit(cli.main(["serve"]))


async def flood(port: int, message_s: float) -> None:
    """Send minutes of sound and cancel answers, again and again; print each latency."""
    talk = np.concatenate([speech(name) for name in sentences()])
    sound = np.resize(talk, SOUND_S * RATE_HZ).tobytes()
    size = round(2 * RATE_HZ * message_s)
    appends = [
        message("input_audio_buffer.append", audio=base64.b64encode(sound[start : start + size]).decode())
        for start in range(0, len(sound), size)
    ]
    print("ready", flush=True)
    while True:
        async with session(port, turn_detection=_DETECTION) as socket:
            await _begin_answer(socket)
            for append in appends:
                await socket.send(append)
            print(json.dumps({"behind_ms": await _cancel(socket)}), flush=True)
            for _ in range(CANCELS):
                # It waits for the transcripts of the turns before it; its cancel does not.
                await socket.send(_REQUEST)
                print(json.dumps({"meanwhile_ms": await _cancel(socket)}), flush=True)
                await asyncio.sleep(BETWEEN_CANCELS_S)
            # The next flood begins when all the sound of this one has been heard.
            await socket.send(message("input_audio_buffer.commit"))
            await until(socket, "input_audio_buffer.committed")
            await until(socket, "conversation.item.input_audio_transcription.completed", "error")


async def _begin_answer(socket: ClientConnection) -> None:
    await socket.send(_REQUEST)
    await until(socket, "response.audio.delta")


async def _cancel(socket: ClientConnection) -> float:
    began_s = time.monotonic()
    await socket.send(message("response.cancel"))
    await until(socket, "response.done")
    return 1_000 * (time.monotonic() - began_s)


@contextmanager
def flooding(kind: str, port: int, behind_ms: list[float], meanwhile_ms: list[float]) -> Iterator[None]:
    """Let another process flood; afterwards the lists have what it measured."""
    if kind == UNDISTURBED:
        yield
        return
    command = [sys.executable, "-m", "bench.control_under_sound", "flood", str(port), kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()  # it has made its messages
        try:
            yield
            assert process.poll() is None, f"{kind} ended early"
        finally:
            process.terminate()
            process.wait(ENDING_S)
        for line in process.stdout:
            for name, latency_ms in json.loads(line).items():
                (behind_ms if name == "behind_ms" else meanwhile_ms).append(latency_ms)


def measure(kind: str, turns: int, chat_url: str) -> Measured:
    """Serve, flood, let the others talk, and return what all of them noticed."""
    behind_ms: list[float] = []
    meanwhile_ms: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        delays = Path(folder, "delays.json")
        command = (sys.executable, "-m", "bench.control_under_sound", "serve", str(delays))
        with (
            serving({"VOICE_LIVE_CHAT_URL": chat_url}, command) as (port, server, _),
            flooding(kind, port, behind_ms, meanwhile_ms),
        ):
            others = uvloop.run(measure_level(port, server, OTHERS, turns))
        server.wait(ENDING_S)
        noted = json.loads(delays.read_text())
    return Measured(
        flood=kind,
        others=others,
        behind_ms=behind_ms,
        meanwhile_ms=meanwhile_ms,
        loop_p50_ms=percentile(noted["late_ms"], 50),
        loop_p99_ms=percentile(noted["late_ms"], 99),
        loop_max_ms=round(max(noted["late_ms"]), 1),
        loop_cpu_max_ms=round(max(noted["cpu_ms"]), 1),
    )


def main() -> None:
    """Measure, print a table and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=TURNS, help="turns of each of the others")
    parser.add_argument("--floods", nargs="+", choices=MESSAGES_S, default=list(MESSAGES_S))
    options = parser.parse_args()
    print("                 others' first sound    cancel behind  cancel meanwhile       event loop late by")
    print("flood             p50 ms  p95 ms  lost    p50    max    p50   p99   max    p50   p99   max   cpu")
    results = []
    with scripted_model(words_per_second=WORDS_PER_S, answer=LAKE) as chat_url:
        for kind in (UNDISTURBED, *options.floods):
            results.append(measure(kind, options.turns, chat_url))
            _print(results[-1])
    load = {"others": OTHERS, "turns": options.turns, "sound_s": SOUND_S, "interval_s": INTERVAL_S}
    aims = {"cancel_ms": AIM_CANCEL_MS, "loop_ms": AIM_LOOP_MS}
    floods = [asdict(result) for result in results]
    write_result("control_under_sound", {"load": load, "aims": aims, "floods": floods})


def _print(result: Measured) -> None:
    # Infinite: none of the answers ended in time.
    behind, meanwhile = result.behind_ms or [inf], result.meanwhile_ms or [inf]
    print(
        f"{result.flood:16}  {result.others.p50_ms:6.0f}  {result.others.p95_ms:6.0f}"
        f"  {result.others.unanswered:4}"
        f"  {percentile(behind, 50):5.0f}  {max(behind):5.0f}"
        f"  {percentile(meanwhile, 50):5.1f}  {percentile(meanwhile, 99):4.0f}  {max(meanwhile):4.0f}"
        f"  {result.loop_p50_ms:5.1f}  {result.loop_p99_ms:4.1f}  {result.loop_max_ms:4.0f}"
        f"  {result.loop_cpu_max_ms:4.1f}",
        flush=True,
    )


if __name__ == "__main__":
    match sys.argv[1:2]:
        case ["serve"]:
            serve()
        case ["flood"]:
            uvloop.run(flood(int(sys.argv[2]), MESSAGES_S[sys.argv[3]]))
        case _:
            main()
