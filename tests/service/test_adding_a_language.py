"""One file adds a language.

`tests/language/made_up/esperanto.py` stands for a new file in `src/openvoicelive/language/`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from openvoicelive.chat.guide.guide import Guide
from openvoicelive.chat.interface import (
    ChatRequest,
    Message,
    TextDelta,
)
from openvoicelive.language.registry import LANGUAGES, find_languages
from openvoicelive.synthesis.sentences import SentenceCutter
from openvoicelive.turns.word_rules import finished_probability, only_fillers
from tests.service.in_process_client import conversation
from tests.service.scripted_engines import Wait, scripted

FOLDER = Path(__file__).parents[1] / "language" / "made_up"


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    found = find_languages("tests.language.made_up", [str(FOLDER)])
    assert list(found) == ["eo"]
    for tag, language in found.items():
        monkeypatch.setitem(LANGUAGES, tag, language)
        yield


def test_its_words_decide_whether_a_turn_is_over() -> None:
    assert finished_probability("Mi iras al la.", "eo") < 0.1
    assert finished_probability("Dankon.", "eo-XX") > 0.9
    assert finished_probability("Unu du tri.", "eo") < 0.5
    assert only_fillers("Nuuu, hej!", ["eo"])
    assert not only_fillers("Nu, jes", ["eo"])


def test_its_answers_are_cut_at_its_words() -> None:
    text = "Mi iros morgaŭ al vi ĉar estas dimanĉo. La S-ro Zamenhof kalkulis 3 * 4."
    cutter = SentenceCutter("eo")
    pieces = [*cutter.feed(text), *cutter.flush()]
    assert [piece.spoken.text for piece in pieces] == [
        "Mi iros morgaŭ al vi",
        " ĉar estas dimanĉo.",
        " La S-ro Zamenhof kalkulis 3 oble 4.",
    ]


async def test_a_wait_is_bridged_with_its_phrase() -> None:
    async with conversation(scripted([], [[Wait(1.5), "Jen."]])) as client:
        await client.update(
            input_audio_transcription={"model": "azure-speech", "language": "eo"},
            interim_response={"type": "static_interim_response", "latency_threshold_ms": 1_000},
        )
        await client.ask("Nu?")
        assert client.transcript() == "Unu momenton, mi petas.Jen."


async def test_the_guide_answers_in_english_until_it_has_its_texts() -> None:
    guide = Guide(now=lambda: datetime(2026, 11, 20, 14, 5, tzinfo=UTC), new_call_id=lambda: "call_1")
    asked = Message("user", "What time is it?")
    deltas = guide.reply(ChatRequest("", (asked,), language="eo"))
    assert "".join([delta.text async for delta in deltas if isinstance(delta, TextDelta)]) == "It is 2:05 PM."


def test_a_file_that_defines_no_language_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "no_languages"
    package.mkdir()
    (package / "klingon.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(TypeError, match=r"no_languages\.klingon must define LANGUAGE"):
        find_languages("no_languages", [str(package)])
