"""Sums as people say them in the guide's other languages."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.chat.guide.sums import solve
from openvoicelive.chat.guide.texts import GuideTexts, load_texts
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


def test_a_number_that_is_written_as_one_word_has_an_end() -> None:
    assert solve("veinti" * 10_000 + "x más dos", SPANISH) is None


@pytest.mark.parametrize(("digits", "said"), [("-2.5", "meno 2,5"), ("84", "84")])
def test_a_number_is_written_as_a_voice_reads_it(digits: str, said: str) -> None:
    assert ITALIAN.number(digits) == said
