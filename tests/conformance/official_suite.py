"""The official SDK's own live tests, against the whole program with a scripted chat model.

The suite downloads the SDK's source package and runs the tests in it unmodified, each once.

    python -m tests.conformance.official_suite              # all of it, 8 cases at a time
    python -m tests.conformance.official_suite -k cancel    # what pytest's -k selects
"""

import asyncio
import re
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.conformance.folder import OFFICIAL_SUITE
from tests.packaging.program import running
from tests.scripted_model import scripted_model

WORKERS = 8
"""Cases at once; most of a case is waiting."""

_CLOSING_LINE = re.compile(r"(\d+) passed, (\d+) failed, (\d+) skipped")
_TROUBLE = re.compile(r"Traceback|\b(ERROR|CRITICAL)\b")


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
    """Start the program and its chat model, run the cases against it, and end both."""
    with tempfile.TemporaryDirectory() as folder, scripted_model(words_per_second=80) as chat_url:
        async with running(
            *(sys.executable, "-m", "openvoicelive", "serve"),
            cwd=Path(folder),
            environment={"PORT": "0", "VOICE_LIVE_CHAT_URL": chat_url},
        ) as program:
            await program.ready()
            suite = await asyncio.create_subprocess_exec(
                *(sys.executable, str(OFFICIAL_SUITE)),
                *("--endpoint", program.link, "--workers", str(workers), *pytest_arguments),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            output, _ = await suite.communicate()
            first = next((n for n, line in enumerate(program.output) if _TROUBLE.search(line)), None)
            troubles = () if first is None else tuple(map(str.rstrip, program.output[first:]))
    report = output.decode(errors="replace").strip()
    closing = _CLOSING_LINE.fullmatch(report.rpartition("\n")[2])
    passed, failed, skipped = map(int, closing.groups()) if closing else (0, 0, 0)
    return Outcome(passed, failed, skipped, troubles, report)


def main(pytest_arguments: list[str]) -> int:
    """Print what the suite says, its closing line last; fail unless it is what is expected."""
    if not OFFICIAL_SUITE.exists():
        say(f"The official suite is not at {OFFICIAL_SUITE}; OPENVOICELIVE_CONFORMANCE names its folder.")
        return 1
    outcome = asyncio.run(run_suite(*pytest_arguments))
    for trouble in outcome.troubles:
        say(f"service: {trouble}")
    say(outcome.report)
    if pytest_arguments:
        return bool(outcome.failed or outcome.troubles or not outcome.passed)
    if outcome != EXPECTED:
        say(f"Expected: {EXPECTED}, and no error in the service's log.")
    return outcome != EXPECTED


def say(text: str) -> None:
    """Print; this is a program, too."""
    print(text)  # noqa: T201 - see above


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
