"""A few of the official SDK's own live tests, one of each kind that is quick; `make conformance` runs all."""

import pytest

from tests.conformance.official_suite import Outcome, run_suite
from tests.programs import require_program

QUICK = (
    "lifecycle or telemetry"
    " or (retrieve_item and 2026)"
    " or (input_audio_transcription and azure-speech)"
    " or (tool_call and 2026 and gpt-4o and not overlap and not parameter)"
)


# The first run downloads the SDK's source package.
@pytest.mark.timeout(400)
async def test_the_quick_cases_of_the_official_suite_pass() -> None:
    require_program("flite")
    outcome = await run_suite("-k", QUICK)
    assert outcome == Outcome(passed=13, failed=0, skipped=0), f"{outcome.report}\n{outcome.troubles}"
