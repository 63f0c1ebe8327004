"""The official SDK's own live tests, against the whole program with a scripted chat model.

The tests come from the SDK's source package and run unmodified, each once, with the locked libraries.

    python -m tests.conformance.official_suite              # all of it, 8 cases at a time
    python -m tests.conformance.official_suite -k cancel    # what pytest's -k selects
    python -m tests.conformance.official_suite --endpoint URL --key KEY    # against another Voice Live server
"""

import argparse
import asyncio
import os
import re
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from openvoicelive.errors import EngineError
from tests.conformance.sounds import sound_files
from tests.conformance.source_package import unpack_tests
from tests.packaging.program import running
from tests.scripted_model import scripted_model

WORKERS = 8
"""Cases at once; most of a case is waiting."""

STAND_INS = Path(__file__).parent / "stand_ins"
"""Azure's helpers for tests, and pytest's options; neither is in the source package."""

_OUTCOME = re.compile(r"(\d+) (passed|failed|error|skipped)")
_TROUBLE = re.compile(r"Traceback|\b(ERROR|CRITICAL)\b")


@dataclass(frozen=True)
class Endpoint:
    """A Voice Live server; ours wants no key, and the SDK wants one."""

    url: str
    key: str = "no-key-needed"


@dataclass(frozen=True)
class Outcome:
    """How many cases ended how, and what else there is to see."""

    passed: int
    failed: int
    skipped: int
    troubles: tuple[str, ...] = ()
    """The service's log, from the first error in it."""
    report: str = field(default="", compare=False, repr=False)
    """What pytest said."""

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


# Four cases are marked as skipped in the suite, and six ask for what realtime models do not have.
EXPECTED = Outcome(passed=237, failed=0, skipped=10)


async def run_suite(*pytest_arguments: str, workers: int = WORKERS) -> Outcome:
    """Start the program and its chat model, run the cases against it, and end both.

    Raises:
        EngineError: If flite, which speaks in the sound files, is not installed.

    """
    with tempfile.TemporaryDirectory() as folder, scripted_model(words_per_second=80) as chat_url:
        async with running(
            *(sys.executable, "-m", "openvoicelive", "serve"),
            cwd=Path(folder),
            environment={"PORT": "0", "VOICE_LIVE_CHAT_URL": chat_url},
        ) as program:
            await program.ready()
            report = await _run_cases(Endpoint(program.link), pytest_arguments, workers)
            first = next((n for n, line in enumerate(program.output) if _TROUBLE.search(line)), None)
            troubles = () if first is None else tuple(map(str.rstrip, program.output[first:]))
    return _outcome(report, troubles)


async def run_suite_against(endpoint: Endpoint, *pytest_arguments: str, workers: int = WORKERS) -> Outcome:
    """Run the cases against a server that is there already."""
    return _outcome(await _run_cases(endpoint, pytest_arguments, workers))


async def _run_cases(endpoint: Endpoint, pytest_arguments: tuple[str, ...], workers: int) -> str:
    """Return what pytest says."""
    with tempfile.TemporaryDirectory() as folder:
        await asyncio.to_thread(_prepare, Path(folder))
        cases = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pytest", "-q", f"--config-file={STAND_INS / 'suite.ini'}"),
            *(f"--rootdir={folder}", f"--numprocesses={workers}", "tests/live", *pytest_arguments),
            cwd=folder,
            env={
                **_environment(),
                "AI_SERVICES_ENDPOINT": endpoint.url,
                "AI_SERVICES_KEY": endpoint.key,
                "PYTHONPATH": str(STAND_INS),
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await cases.communicate()
        finally:
            if cases.returncode is None:
                cases.terminate()
                await cases.wait()
    return output.decode(errors="replace").strip()


def _environment() -> dict[str, str]:
    """Return this process's environment, without what a test that runs the suite has from its own pytest."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


def _prepare(folder: Path) -> None:
    unpack_tests(folder)
    sounds = folder / "tests" / "asset"  # where the tests' own `test_data_dir` looks
    sounds.mkdir()
    for name, content in sound_files().items():
        (sounds / name).write_bytes(content)


def _outcome(report: str, troubles: tuple[str, ...] = ()) -> Outcome:
    closing_line = report.rpartition("\n")[2]
    counts = {word: int(number) for number, word in _OUTCOME.findall(closing_line)}
    failed = counts.get("failed", 0) + counts.get("error", 0)
    return Outcome(counts.get("passed", 0), failed, counts.get("skipped", 0), troubles, report)


def main() -> int:
    """Print what the suite says, its outcome last; fail unless it is what is expected."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--endpoint", help="a Voice Live server; without it the program is started")
    parser.add_argument("--key", default=Endpoint.key)
    parser.add_argument("--workers", type=int, default=WORKERS, help="cases at once")
    options, pytest_arguments = parser.parse_known_args()
    try:
        outcome = asyncio.run(
            run_suite_against(
                Endpoint(options.endpoint, options.key), *pytest_arguments, workers=options.workers
            )
            if options.endpoint
            else run_suite(*pytest_arguments, workers=options.workers)
        )
    except EngineError as error:
        say(f"{error} The sound files of the suite are spoken by flite: sudo apt install flite")
        return 1
    say(outcome.report)
    for trouble in outcome.troubles:
        say(f"service: {trouble}")
    say(str(outcome))
    if pytest_arguments:
        return bool(outcome.failed or outcome.troubles or not outcome.passed)
    if outcome != EXPECTED:
        say(f"Expected: {EXPECTED}, and no error in the service's log.")
    return outcome != EXPECTED


def say(text: str) -> None:
    """Print; this is a program, too."""
    print(text)  # noqa: T201 - see above


if __name__ == "__main__":
    sys.exit(main())
