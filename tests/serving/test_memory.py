"""When memory is given back to the system, and that it is."""

import os
import subprocess
import sys

import pytest

from openvoicelive.serving.memory import Trimmer

USE_MANY_THREADS = """
import sys, threading
from openvoicelive.serving.memory import limit_arenas
if sys.argv[1] == "limited":
    limit_arenas()
import ctypes, re
def use(barrier):
    blocks = [bytearray(60_000) for _ in range(100)]
    barrier.wait()
barrier = threading.Barrier(12)
threads = [threading.Thread(target=use, args=(barrier,)) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
library = ctypes.CDLL(None)
library.malloc_info(0, ctypes.c_void_p.in_dll(library, "stdout"))
library.fflush(None)
"""


class Recorded:
    """A trimmer whose times a test sets, and what it gave back."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.given_back: list[bool] = []
        self.trimmer = Trimmer(give_back=self._give_back, clock=lambda: self.now_s, every_s=20.0)

    def _give_back(self, *, is_idle: bool) -> None:
        self.given_back.append(is_idle)

    async def look(self, connected: int, *, at_s: float) -> None:
        self.now_s = at_s
        self.trimmer.look(connected)
        await self.trimmer.close()


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


async def test_memory_is_given_back_when_the_last_one_has_gone(recorded: Recorded) -> None:
    await recorded.look(3, at_s=0)
    await recorded.look(2, at_s=5)
    assert recorded.given_back == []
    await recorded.look(0, at_s=10)
    assert recorded.given_back == [True]
    await recorded.look(0, at_s=60)
    assert recorded.given_back == [True]


async def test_memory_is_given_back_when_half_have_gone_and_the_collector_runs_only_for_nobody(
    recorded: Recorded,
) -> None:
    await recorded.look(40, at_s=0)
    await recorded.look(20, at_s=5)
    assert recorded.given_back == [False]


async def test_memory_is_not_given_back_at_every_turn(recorded: Recorded) -> None:
    for second in range(0, 40, 2):
        await recorded.look(second // 2 % 2, at_s=second)
    assert len(recorded.given_back) == 2


async def test_what_fails_is_told_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    def fail(*, is_idle: bool) -> None:
        raise OSError(is_idle)

    trimmer = Trimmer(give_back=fail, every_s=0.0)
    for connected in (1, 0, 1, 0):
        trimmer.look(connected)
        await trimmer.close()
    assert caplog.text.count("Free memory could not be returned to the system") == 2


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's arenas")
def test_a_process_of_many_threads_has_few_arenas() -> None:
    # With this variable the program would leave the number alone.
    environment = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}

    def arenas(how: str) -> int:
        command = [sys.executable, "-c", USE_MANY_THREADS, how]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
        return done.stdout.count("<heap nr=")

    assert arenas("limited") <= 2 < arenas("as it is")
