"""Every language file is complete, and its words are written as the engines look them up."""

import re
import unicodedata

import pytest

from openvoicelive.language.interface import Language, SentenceWords
from openvoicelive.language.registry import LANGUAGES, language_of

EVERY = pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
SENTENCE_WORDS = tuple(SentenceWords.__dataclass_fields__)


def folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFD", character.lower())[0] for character in text)


def test_a_language_is_found_by_any_of_its_tags() -> None:
    assert language_of("it-IT") is language_of("IT") is LANGUAGES["it"]
    assert language_of("zh-Hans-CN") is language_of("") is language_of(None) is None


@EVERY
def test_words_of_sentences_are_single_and_in_lower_case(language: Language) -> None:
    for field in SENTENCE_WORDS:
        for word in getattr(language.sentence, field):
            assert word == word.lower(), field
            assert field == "answers" or re.fullmatch(r"[^\W\d_]+(?:'[^\W\d_]+)*", word), field
    assert not language.sentence.open_words & language.sentence.answers


@EVERY
def test_what_every_language_needs_is_not_empty(language: Language) -> None:
    for field in ("fillers", "backchannels", "phrase_openers", "abbreviations", "interim_phrases", "times"):
        assert getattr(language, field), field
    for name in ("open_words", "auxiliaries", "questions", "answers", "digits", "numbers"):
        assert getattr(language.sentence, name), name


@EVERY
def test_fillers_and_hesitations_have_no_repeated_letters(language: Language) -> None:
    for word in (language.fillers | language.hesitations) - {"mm"}:
        assert word == re.sub(r"(.)\1+", r"\1", word.lower()), word


@EVERY
def test_there_are_words_for_all_numbers_and_they_have_no_accents(language: Language) -> None:
    numbers = language.numbers
    assert set(numbers.units.values()) == set(range(20))
    assert set(numbers.tens.values()) >= {20, 30, 40, 50, 60}  # French counts on from there
    assert {100, 1000, 1_000_000} <= {*numbers.tens.values(), *numbers.scales.values()}
    for word in (*numbers.parts, *numbers.decimal_points):
        assert word == folded(word)
    assert numbers.decimal_sign in {".", ","}
    assert numbers.thousands_sign != numbers.decimal_sign


@EVERY
def test_every_month_and_weekday_has_a_name(language: Language) -> None:
    assert len(set(language.months)) == 12
    assert len(set(language.weekdays)) == 7
