"""What the guide says in its languages is the same, and nothing is left out."""

import re
from datetime import UTC, datetime
from string import Formatter

import pytest

from openvoicelive.chat.folding import folded
from openvoicelive.chat.guide import LANGUAGES
from openvoicelive.chat.guide_english import ENGLISH
from openvoicelive.chat.guide_phrases import Phrases

OTHERS = {language: phrases for language, phrases in LANGUAGES.items() if phrases is not ENGLISH}
PATTERNS = ("repeat", "again", "time_asked", "place")


def texts_of(phrases: Phrases) -> dict[str, str]:
    """All that one language says, by what it is for."""
    fixed = {
        name: value
        for name in Phrases.__dataclass_fields__
        if name not in PATTERNS and isinstance(value := getattr(phrases, name), str)
    }
    return fixed | {f"topic {topic.name}": topic.answer for topic in phrases.topics}


def patterns_of(phrases: Phrases) -> list[str]:
    words = phrases.mathematics
    return [
        *(getattr(phrases, name) for name in PATTERNS),
        phrases.dates.pattern,
        *(topic.asked for topic in phrases.topics),
        *(pattern for pattern, _ in words.operators),
        words.asking,
    ]


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_topics_in_the_same_order(language: str) -> None:
    assert [topic.name for topic in OTHERS[language].topics] == [topic.name for topic in ENGLISH.topics]
    assert len({topic.name for topic in ENGLISH.topics}) == len(ENGLISH.topics)


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_there_and_translated_with_the_same_placeholders_and_settings(language: str) -> None:
    english, other = texts_of(ENGLISH), texts_of(OTHERS[language])
    assert english.keys() == other.keys()
    for name, text in other.items():
        assert text.strip(), name
        if name != "pair":
            assert text != english[name], name
        assert placeholders(text) == placeholders(english[name]), name
        assert re.findall(r"[A-Z]+_[A-Z_]+", text) == re.findall(r"[A-Z]+_[A-Z_]+", english[name]), name


def placeholders(text: str) -> list[str]:
    return [field for _, field, _, _ in Formatter().parse(text) if field]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_searched_for_is_written_as_the_text_is_in_which_it_is_searched(language: str) -> None:
    for pattern in patterns_of(LANGUAGES[language]):
        plain = re.sub(r"\\[a-zA-Z]|\(\?P<\w+>", "", pattern)
        assert plain == folded(plain), pattern
    words = LANGUAGES[language].mathematics
    for word in (*words.numerals, *words.points, words.joiner):
        assert word == folded(word)


@pytest.mark.parametrize("language", OTHERS)
def test_the_voice_that_is_proposed_speaks_the_language(language: str) -> None:
    proposed = re.search(r"(\w\w)-\w\w-\w+Neural", OTHERS[language].answer("voice"))
    assert proposed is not None
    assert proposed[1] == language


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_day_that_can_be_asked_for_has_a_name(language: str) -> None:
    dates = LANGUAGES[language].dates
    assert set(dates.days.values()) == {-2, -1, 0, 1, 2}
    assert len({dates.say(datetime(2026, 11, 20, tzinfo=UTC), away) for away in range(-2, 3)}) == 5
