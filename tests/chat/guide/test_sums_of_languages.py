"""Sums as people say them in the guide's other languages."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.chat.guide.sums import solve
from openvoicelive.chat.guide.texts import GuideTexts, load_texts
from openvoicelive.language.english import LANGUAGE as ENGLISH_LANGUAGE
from openvoicelive.language.interface import NumberWords, counted, words
from tests.chat.guide.spelt_numbers import italian, portuguese, spanish

ITALIAN, PORTUGUESE, SPANISH = (load_texts()[tag] for tag in ("it", "pt", "es"))
SPELLERS = [
    (ITALIAN, italian, "per", "quanto fa {}?"),
    (PORTUGUESE, portuguese, "vezes", "Quanto é {}?"),
    (SPANISH, spanish, "por", "¿Cuánto es {}?"),
]


@pytest.mark.parametrize(("texts", "speller", "times", "question"), SPELLERS)
@given(left=st.integers(0, 999_999), right=st.integers(0, 999_999))
def test_numbers_are_understood_as_they_are_spelt(
    texts: GuideTexts,
    speller: Callable[[int], str],
    times: str,
    question: str,
    left: int,
    right: int,
) -> None:
    spelt = question.format(f"{speller(left)} {times} {speller(right)}")
    assert solve(spelt, texts) == left * right, spelt


@pytest.mark.parametrize(
    ("texts", "asked", "result"),
    [
        (ITALIAN, "3,5 più 2", Fraction("5.5")),
        (ITALIAN, "3.5 piu 2", Fraction("5.5")),
        (ITALIAN, "1.000 + 1", 1001),
        (ITALIAN, "tre virgola quattordici per due", Fraction("6.28")),
        (ITALIAN, "tre virgola venticinque per due", Fraction("6.5")),
        (ITALIAN, "il 20 per cento di 50", 10),
        (ITALIAN, "quanto è il 20% di 50", 10),
        (ITALIAN, "due alla potenza di dieci", 1024),
        (ITALIAN, "due elevato alla dieci", 1024),
        (ITALIAN, "nove al quadrato", 81),
        (ITALIAN, "la radice quadrata di 144", 12),
        (ITALIAN, "due milioni meno uno", 1_999_999),
        (ITALIAN, "due per cento", 200),
        (ITALIAN, "sei", None),
        (ITALIAN, "chi sei", None),
        (PORTUGUESE, "3,5 mais 2", Fraction("5.5")),
        (PORTUGUESE, "três vírgula vinte e cinco vezes dois", Fraction("6.5")),
        (PORTUGUESE, "20 por cento de 50", 10),
        (PORTUGUESE, "20% de 50", 10),
        (PORTUGUESE, "dois elevado a dez", 1024),
        (PORTUGUESE, "nove ao quadrado", 81),
        (PORTUGUESE, "a raiz quadrada de 144", 12),
        (PORTUGUESE, "dois milhões menos um", 1_999_999),
        (PORTUGUESE, "1.000 + 1", 1001),
        (PORTUGUESE, "um e dois", None),
        (SPANISH, "3,5 más 2", Fraction("5.5")),
        (SPANISH, "3.5 más 2", Fraction("5.5")),
        (SPANISH, "tres coma veinticinco por dos", Fraction("6.5")),
        (SPANISH, "el 20 por ciento de 50", 10),
        (SPANISH, "20% de 50", 10),
        (SPANISH, "dos elevado a diez", 1024),
        (SPANISH, "nueve al cuadrado", 81),
        (SPANISH, "la raíz cuadrada de 144", 12),
        (SPANISH, "mil millones menos uno", 999_999_999),
        (SPANISH, "dos por dos, por favor", 4),
        (SPANISH, "once", None),
    ],
)
def test_a_sum_is_understood_and_anything_else_is_not(
    texts: GuideTexts, asked: str, result: Fraction | None
) -> None:
    assert solve(asked, texts) == result


GERMAN = NumberWords(
    units=counted("null ein|eins zwei drei vier funf sechs sieben acht neun zehn"),
    tens=counted("zwanzig dreissig vierzig", first=20, step=10),
    scales={"hundert": 100, "tausend": 1000},
    joiner="und",
    decimal_points=words("komma"),
    decimal_sign=",",
    thousands_sign=".",
)
FRENCH = NumberWords(
    units=counted("zero un|une deux trois quatre cinq six sept huit neuf dix"),
    tens={"vingt": 20, "soixante": 60, **dict.fromkeys(("quatrevingt", "quatrevingts"), 80)},
    scales={"cent": 100, "mille": 1000},
    joiner="et",
    decimal_points=words("virgule"),
    decimal_sign=",",
    thousands_sign=".",
)


@pytest.mark.parametrize(
    ("numbers", "asked", "result"),
    [
        (GERMAN, "zweihundertfünfundvierzig + einundzwanzig", 266),
        (GERMAN, "dreitausendvierhundertacht + null", 3408),
        (FRENCH, "quatre-vingt-dix-sept + vingt et un", 118),
        (FRENCH, "soixante-dix + quatre-vingts", 150),
        (FRENCH, "deux cent cinq + vingt-et-un", 226),
    ],
)
def test_numbers_that_begin_with_their_last_digit_or_count_by_twenties_are_understood(
    numbers: NumberWords, asked: str, result: int
) -> None:
    language = replace(ENGLISH_LANGUAGE, numbers=numbers)
    english = files("openvoicelive.chat.guide") / "languages" / "en.toml"
    assert solve(asked, GuideTexts(english.read_text("utf-8"), language)) == result


def test_a_number_that_is_written_as_one_word_has_an_end() -> None:
    assert solve("veinti" * 10_000 + "x más dos", SPANISH) is None


@pytest.mark.parametrize(("digits", "said"), [("-2.5", "meno 2,5"), ("84", "84")])
def test_a_number_is_written_as_a_voice_reads_it(digits: str, said: str) -> None:
    assert ITALIAN.number(digits) == said
