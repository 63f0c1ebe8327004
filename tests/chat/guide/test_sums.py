"""Sums as people say them."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.chat.guide.sums import DivisionByZeroError, TooLargeError, solve, written
from openvoicelive.chat.guide.texts import load_texts
from openvoicelive.language.english import LANGUAGE

ENGLISH = load_texts()["en"]
WORDS = LANGUAGE.numbers


def spoken(number: int) -> str:
    """An independent speller, for numbers below a million."""
    names = {value: word for word, value in {**WORDS.units, **WORDS.tens}.items()}
    if number >= 1000:
        rest = f" {spoken(number % 1000)}" if number % 1000 else ""
        return f"{spoken(number // 1000)} thousand{rest}"
    if number >= 100:
        rest = f" and {spoken(number % 100)}" if number % 100 else ""
        return f"{names[number // 100]} hundred{rest}"
    if number in names:
        return names[number]
    return f"{names[number // 10 * 10]}-{names[number % 10]}"


@pytest.mark.parametrize(
    ("asked", "result"),
    [
        ("What is twelve times seven?", 84),
        ("3.5 plus 2", Fraction("5.5")),
        ("what's two plus three times four", 14),
        ("Please tell me, how much is 10 minus 4 minus 3?", 3),
        ("calculate twenty-five divided by four", Fraction("6.25")),
        ("three point five times two", 7),
        ("three point twenty times two", Fraction("6.4")),
        ("two to the power of ten", 1024),
        ("nine squared", 81),
        ("minus three plus five", 2),
        ("the square root of 144", 12),
        ("what is 20 percent of 50", 10),
        ("20% of 50", 10),
        ("6*7=", 42),
        ("6 x 7", 42),
        ("1,000 + 1", 1001),
        ("2 million minus 1", 1_999_999),
        ("a hundred", None),
        ("one hundred and five plus two thousand and one", 2106),
        ("what is five", None),
        ("twenty-five", None),
        ("minus five", None),
        ("what is love", None),
        ("two plus", None),
        ("plus two", None),
        ("", None),
        ("two plus two is what kind of question", None),
        ("the square root of minus 4", None),
    ],
)
def test_a_sum_is_understood_and_anything_else_is_not(asked: str, result: Fraction | None) -> None:
    assert solve(asked, ENGLISH) == result


@given(st.integers(0, 999_999), st.integers(0, 999_999), st.sampled_from(["plus", "minus", "times"]))
def test_spoken_and_written_numbers_give_the_same_result(left: int, right: int, operator: str) -> None:
    expected = {"plus": left + right, "minus": left - right, "times": left * right}[operator]
    assert solve(f"what is {spoken(left)} {operator} {spoken(right)}?", ENGLISH) == expected
    assert solve(f"{left:,} {operator} {right}", ENGLISH) == expected


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_dividing_undoes_multiplying(left: int, right: int) -> None:
    assert solve(f"{left} times {right} divided by {right}", ENGLISH) == left


@given(st.integers(0, 10**6))
def test_nothing_is_divided_by_zero(number: int) -> None:
    with pytest.raises(DivisionByZeroError):
        solve(f"{number} divided by zero", ENGLISH)


def test_zero_has_no_negative_power() -> None:
    with pytest.raises(DivisionByZeroError):
        solve("zero to the power of minus one", ENGLISH)


@pytest.mark.parametrize(
    "asked",
    [
        "two to the power of one thousand",
        "9 ^ 9 ^ 9 ^ 9",
        "1234567890123456789 plus one",
        "4 to the power of 0.5",
    ],
)
def test_what_is_too_large_is_not_even_tried(asked: str) -> None:
    with pytest.raises(TooLargeError):
        solve(asked, ENGLISH)


@given(st.text() | st.text(alphabet=st.sampled_from("0123456789 .+-*/^%x=onetw")))
def test_no_text_breaks_it(text: str) -> None:
    try:
        result = solve(text, ENGLISH)
    except (DivisionByZeroError, TooLargeError):
        return
    assert result is None or isinstance(result, Fraction)


@pytest.mark.parametrize(
    ("number", "digits", "is_exact"),
    [(Fraction(84), "84", True), (Fraction(1, 3), "0.3333", False), (Fraction(-5, 2), "-2.5", True)],
)
def test_a_result_is_said_with_at_most_four_decimals(number: Fraction, digits: str, is_exact: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert written(number) == (digits, is_exact)
