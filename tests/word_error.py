"""The word error rate, after a normalisation that forgives spelling and nothing else.

Forgiven are case, punctuation, hyphens, the way a number is written ("555" and "five five five", "2.30 p.m."
and "two thirty pm"), and "Mr." for "mister". A wrong form of a word ("goin" for "going") is an error.
"""

import re
from dataclasses import dataclass

_UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SPELLINGS = {"mr": "mister", "mrs": "missis", "dr": "doctor", "ok": "okay"}
_DIGIT_WORDS = frozenset(_UNITS)


@dataclass(frozen=True)
class WordErrors:
    """How a transcript differs from what was said."""

    errors: int
    """Words to insert, delete or replace."""

    words: int
    """Words that were said."""

    def __add__(self, other: "WordErrors") -> "WordErrors":
        return WordErrors(self.errors + other.errors, self.words + other.words)

    @property
    def rate(self) -> float:
        """Errors for each word that was said."""
        return self.errors / max(self.words, 1)


def word_errors(said: str, heard: str) -> WordErrors:
    """Count the errors, by the fewest changes that lead from one to the other."""
    reference, hypothesis = normalised(said), normalised(heard)
    distances = list(range(len(hypothesis) + 1))
    for row, word in enumerate(reference, start=1):
        diagonal, distances[0] = distances[0], row
        for column, other in enumerate(hypothesis, start=1):
            cost = min(distances[column] + 1, distances[column - 1] + 1, diagonal + (word != other))
            diagonal, distances[column] = distances[column], cost
    return WordErrors(distances[-1], len(reference))


def normalised(text: str) -> list[str]:
    """Return the words as they are spoken, in lower case, without punctuation."""
    text = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    text = re.sub(r"\b([ap])(?:\.\s?|\s)m\b\.?", r"\1m", text)
    words: list[str] = []
    for token in re.findall(r"\d+|[^\W\d_]+(?:'[^\W\d_]+)*", text):
        words.extend(_spoken_number(token) if token.isdigit() else [_SPELLINGS.get(token, token)])
    return [_spoken_zero(words, index) for index in range(len(words))]


def _spoken_number(digits: str) -> list[str]:
    """Up to two digits are a number, more are spoken one by one, as telephone numbers are."""
    if len(digits) == 1 or len(digits) > 2 or digits[0] == "0":
        return [_UNITS[int(digit)] for digit in digits]
    if digits[0] == "1":
        return [_TEENS[int(digits[1])]]
    unit = int(digits[1])
    return [_TENS[int(digits[0]) - 2], *([_UNITS[unit]] if unit else [])]


def _spoken_zero(words: list[str], index: int) -> str:
    """Read "oh" beside a digit as zero."""
    beside = {words[near] for near in (index - 1, index + 1) if 0 <= near < len(words)}
    return "zero" if words[index] == "oh" and beside & (_DIGIT_WORDS | {"oh"}) else words[index]
