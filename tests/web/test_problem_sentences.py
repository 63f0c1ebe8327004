"""What a user reads of a problem, in every language of the page."""

import json
import re
from pathlib import Path
from string import Formatter

import pytest

from openvoicelive.web.page.problems import SENTENCES

LOCALES = Path(__file__).resolve().parents[2] / "src" / "openvoicelive" / "web" / "static" / "locales"
REFUSALS = frozenset({"after_speech", "voice_has_one_pace"})
"""Of settings only: the app has no sentence for them."""

WITHOUT_VALUES = REFUSALS | {"not_offered", "value_not_offered", "too_long", "out_of_range"}
"""Said of a setting, too, which brings no values."""


@pytest.mark.parametrize("catalogue", sorted(LOCALES.glob("*.json")), ids=lambda path: path.stem)
def test_the_page_has_a_sentence_for_every_problem_in_every_language(catalogue: Path) -> None:
    texts = json.loads(catalogue.read_text(encoding="utf-8"))
    told = {key.removeprefix("problem_"): text for key, text in texts.items() if key.startswith("problem_")}
    assert set(told) == set(SENTENCES) | REFUSALS
    for code, text in told.items():
        values = {name for _, name, _, _ in Formatter().parse(SENTENCES.get(code, "")) if name}
        named = set(re.findall(r"\{(\w+)", text))
        assert named <= (set() if code in WITHOUT_VALUES else values), code
