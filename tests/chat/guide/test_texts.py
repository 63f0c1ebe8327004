"""What the guide says in its languages is the same, and nothing is left out."""

import re
from datetime import UTC, datetime
from importlib.resources import files
from string import Formatter

import msgspec
import pytest

from openvoicelive.chat.guide.folding import folded
from openvoicelive.chat.guide.texts import GuideTexts, load_texts
from openvoicelive.language.english import LANGUAGE as ENGLISH_LANGUAGE

TEXTS = load_texts()
ENGLISH = TEXTS["en"]
OTHERS = [tag for tag in TEXTS if tag != "en"]
PATTERNS = ("again", "repeat", "time_asked", "date_asked", "place", "around_sum")
ENGLISH_FILE = (files("openvoicelive.chat.guide") / "languages" / "en.toml").read_text("utf-8")


def texts_of(language: str) -> dict[str, str]:
    """All that one language says, by what it is for."""
    says = msgspec.to_builtins(TEXTS[language].says)
    return {name: said for name, said in says.items() if isinstance(said, str)} | {
        f"topic {topic}": answer for topic, answer in TEXTS[language].answers.items()
    }


def patterns_of(texts: GuideTexts) -> list[str]:
    compiled = [
        *(getattr(texts, name) for name in PATTERNS),
        *texts.topics.values(),
        *(pattern for pattern, _ in texts.operators),
        *(pattern for pattern, _ in texts.days),
    ]
    return [pattern.pattern for pattern in compiled]


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_topics_in_the_same_order(language: str) -> None:
    assert list(TEXTS[language].topics) == list(ENGLISH.topics)
    assert list(TEXTS[language].answers) == list(ENGLISH.answers)


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_there_and_translated_with_the_same_placeholders_and_settings(language: str) -> None:
    english, other = texts_of("en"), texts_of(language)
    assert english.keys() == other.keys()
    for name, text in other.items():
        assert text.strip(), name
        if name not in {"pair", "first_of_month"}:
            assert text != english[name], name
        assert sorted(placeholders(text)) == sorted(placeholders(english[name])), name
        assert re.findall(r"[A-Z]+_[A-Z_]+", text) == re.findall(r"[A-Z]+_[A-Z_]+", english[name]), name


def placeholders(text: str) -> list[str]:
    return [field for _, field, _, _ in Formatter().parse(text) if field]


@pytest.mark.parametrize("language", TEXTS)
def test_what_is_searched_for_is_written_as_the_text_is_in_which_it_is_searched(language: str) -> None:
    for pattern in patterns_of(TEXTS[language]):
        plain = re.sub(r"\\[a-zA-Z]|\(\?P<\w+>", "", pattern)
        assert plain == folded(plain), pattern


@pytest.mark.parametrize("language", OTHERS)
def test_the_voice_that_is_proposed_speaks_the_language(language: str) -> None:
    proposed = re.search(r"(\w\w)-\w\w-\w+Neural", TEXTS[language].answers["voice"])
    assert proposed is not None
    assert proposed[1] == language


@pytest.mark.parametrize("language", TEXTS)
def test_every_day_that_can_be_asked_for_and_every_hour_has_a_name(language: str) -> None:
    texts, now = TEXTS[language], datetime(2026, 11, 20, tzinfo=UTC)
    assert {away for _, away in texts.days} == {-2, -1, 0, 1, 2}
    assert len({texts.date(now, away) for away in range(-2, 3)}) == 5
    hours = [texts.time(now.replace(hour=hour, minute=minute)) for hour in range(24) for minute in range(60)]
    assert len(set(hours)) == 24 * 60


def without_line(beginning: str) -> str:
    kept = [line for line in ENGLISH_FILE.splitlines() if not line.startswith(beginning)]
    assert len(kept) == len(ENGLISH_FILE.splitlines()) - 1
    return "\n".join(kept)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (without_line("greeting ="), "missing required field `greeting`"),
        (without_line("thanks = ["), "only topic or answer: thanks"),
        (ENGLISH_FILE.replace("too_large =", "too_huge ="), "`too_huge`"),
        (ENGLISH_FILE.replace('"Today is", ', ""), r"length >= 5.*days_away"),
        (ENGLISH_FILE.replace("(?:connect|", "((?:connect|"), "missing \\)"),
        (ENGLISH_FILE.replace("[says]", "[says"), r"the guide's texts for en: .*line"),
    ],
    ids=["missing key", "missing topic", "unknown key", "missing day", "broken pattern", "no TOML"],
)
def test_a_damaged_file_is_refused_with_what_is_wrong(content: str, problem: str) -> None:
    assert content != ENGLISH_FILE
    with pytest.raises(ValueError, match=problem):
        GuideTexts(content, ENGLISH_LANGUAGE)
