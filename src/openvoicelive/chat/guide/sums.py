"""Sums as people say them: "what is twelve times seven", "3.5 plus 2", "20 percent of 50"."""

import re
from fractions import Fraction

from openvoicelive.chat.guide.folding import folded
from openvoicelive.chat.guide.texts import GuideTexts
from openvoicelive.language.interface import NumberWords

LARGEST_EXPONENT = 64
LARGEST_DIGITS = 15
# The longest number below a million that is one word has 43 letters, in Italian.
LONGEST_NUMERAL = 60
# Nobody says longer sums. It also bounds how deep they are nested.
MOST_TOKENS = 100

# Signs that are typed, the same in every language.
_SIGNS = (
    (re.compile(r"\*\*|\^"), "^"),
    (re.compile(r"(?<=\d) ?x ?(?=\d)|[*\u00d7]"), "*"),
    (re.compile(r"[/\u00f7]"), "/"),
    (re.compile(r"\+"), "+"),
    (re.compile(r"[-\u2212]"), "-"),
)
_AROUND = " .?!,=\u00bf\u00a1"
_HYPHEN = re.compile(r"(?<=[a-z])-(?=[a-z])")


class DivisionByZeroError(ArithmeticError):
    """The sum divides by zero."""


class TooLargeError(ArithmeticError):
    """The result has too many digits to be said."""


def solve(text: str, texts: GuideTexts) -> Fraction | None:
    """Return the result of the sum that is asked for, or None if the text is not a sum.

    Raises:
        DivisionByZeroError: If it divides by zero.
        TooLargeError: If its result would be too large to say.

    """
    words = texts.language.numbers
    asked = re.sub(rf"(?<=\d){re.escape(words.thousands_sign)}(?=\d{{3}}(?!\d))", "", folded(text))
    asked = re.sub(rf"(?<=\d){re.escape(words.decimal_sign)}(?=\d)", ".", asked)
    asked = texts.around_sum.sub(" ", asked.strip(_AROUND)).strip(_AROUND)
    asked = _HYPHEN.sub("", asked)
    for pattern, sign in (*texts.operators, *_SIGNS):
        asked = pattern.sub(f" {sign} ", asked)
    tokens = [part for token in asked.split() for part in _parts(token, words.parts) or (token,)]
    if len(tokens) > MOST_TOKENS:
        return None
    try:
        sum_ = _Sum(tokens, words)
        result = sum_.expression()
    except ValueError:
        return None
    if sum_.operations == 0 or not sum_.is_at_end:
        return None
    return result


class _Sum:
    """A recursive descent over the tokens: sums of products of powers of numbers."""

    def __init__(self, tokens: list[str], words: NumberWords) -> None:
        self._tokens = tokens
        self._words = words
        self._addends = {**words.units, **words.tens}
        self._at = 0
        self.operations = 0

    @property
    def is_at_end(self) -> bool:
        return self._at == len(self._tokens)

    def expression(self) -> Fraction:
        result = self._product()
        while sign := self._accept("+", "-"):
            other = self._product()
            result = result + other if sign == "+" else result - other
        return result

    def _product(self) -> Fraction:
        result = self._power()
        while sign := self._accept("*", "/", "%"):
            other = self._power()
            if sign == "/" and other == 0:
                raise DivisionByZeroError
            result = result / other if sign == "/" else result * other / (100 if sign == "%" else 1)
        return result

    def _power(self) -> Fraction:
        if self._accept("r"):
            return _root(self._power())
        if self._accept("-"):
            self.operations -= 1  # a sign is no sum
            return -self._power()
        result = self._number()
        while self._accept("^"):
            result = _raised(result, self._power())
        return result

    def _number(self) -> Fraction:
        token = self._peek()
        if re.fullmatch(r"\d+(?:\.\d+)?|\.\d+", token):
            if len(token) > LARGEST_DIGITS:
                raise TooLargeError
            self._at += 1
            scale = self._words.scales.get(self._peek())
            if scale:
                self._at += 1
            return Fraction(token) * (scale or 1)
        return self._spoken_number()

    def _spoken_number(self) -> Fraction:
        words = self._words
        start, total, part = self._at, 0, 0
        while (token := self._peek()) in self._addends or token in words.scales:
            self._at += 1
            value = words.scales.get(token, 0)
            if not value:
                part += self._addends[token]
            elif value == 100:
                part = max(part, 1) * value
            elif 0 < total < value:  # "two thousand million"
                total, part = (total + part) * value, 0
            else:
                total, part = total + max(part, 1) * value, 0
            if self._peek() == words.joiner and self._peek(1) in self._addends:
                self._at += 1
        if self._at == start:
            raise ValueError
        return total + part + self._decimals()

    def _decimals(self) -> Fraction:
        units, addends = self._words.units, self._addends
        if self._peek() not in self._words.decimal_points or self._peek(1) not in addends:
            return Fraction(0)
        self._at += 1
        digits = ""
        while (token := self._peek()) in addends:
            self._at += 1
            value = addends[token]
            if token not in units:  # "three point twenty-five"
                if self._peek() == self._words.joiner and self._peek(1) in units:
                    self._at += 1
                if 0 < units.get(self._peek(), 0) < 10:
                    value += units[self._peek()]
                    self._at += 1
            digits += str(value)
        return Fraction(f"0.{digits}")

    def _peek(self, ahead: int = 0) -> str:
        """Return a token without taking it; empty behind the last."""
        return "".join(self._tokens[self._at + ahead : self._at + ahead + 1])

    def _accept(self, *signs: str) -> str | None:
        """Take the next token if it is one of the signs."""
        sign = self._peek()
        if sign not in signs:
            return None
        self._at += 1
        self.operations += 1
        return sign


def _parts(token: str, words: tuple[str, ...]) -> list[str]:
    """Take a number that is written as one word apart; empty if it is none."""
    if len(token) > LONGEST_NUMERAL:
        return []
    for word in words:
        if token == word:
            return [word]
        if token.startswith(word) and (rest := _parts(token[len(word) :], words)):
            return [word, *rest]
    return []


def _raised(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1 or abs(exponent) > LARGEST_EXPONENT or abs(base) > 10**LARGEST_DIGITS:
        raise TooLargeError
    if base == 0 and exponent < 0:
        raise DivisionByZeroError
    return base ** int(exponent)


def _root(number: Fraction) -> Fraction:
    if number < 0:
        raise ValueError
    if number > 10 ** (2 * LARGEST_DIGITS):
        raise TooLargeError
    return Fraction(float(number) ** 0.5).limit_denominator(10**9)


def written(number: Fraction) -> tuple[str, bool]:
    """Return a number in digits, at most four after the point, and whether that is exact.

    Raises:
        TooLargeError: If it has more than fifteen digits.

    """
    if abs(number) >= 10**LARGEST_DIGITS:
        raise TooLargeError
    rounded = round(number, 4)
    digits = (
        f"{float(rounded):.4f}".rstrip("0").rstrip(".") if rounded.denominator != 1 else str(int(rounded))
    )
    return digits, rounded == number
