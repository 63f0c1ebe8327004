"""Text for an engine that reads only ASCII, with a mapping back to the written text."""

import unicodedata
from dataclasses import dataclass

_READINGS = {
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{EN DASH}": "-",
    "\N{EM DASH}": ", ",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{DEGREE SIGN}": " degrees ",
    "\N{EURO SIGN}": " euros ",
    "\N{POUND SIGN}": " pounds ",
    "\N{MULTIPLICATION SIGN}": " times ",
    "\N{DIVISION SIGN}": " divided by ",
    "\N{LATIN SMALL LETTER SHARP S}": "ss",
    "\N{LATIN SMALL LETTER AE}": "ae",
    "\N{LATIN SMALL LIGATURE OE}": "oe",
    "\N{LATIN SMALL LETTER O WITH STROKE}": "o",
    "=": " equals ",
}


@dataclass(frozen=True)
class PlainText:
    """The text that an engine reads, and where each of its characters comes from."""

    text: str
    written_text: str
    origins: tuple[int, ...]
    """For each character of `text`, its index in `written_text`."""

    def written(self, start: int, end: int) -> tuple[str, int]:
        """Return the written form of `text[start:end]` and its index."""
        first, last = self.origins[start], self.origins[end - 1]
        return self.written_text[first : last + 1], first


def in_ascii(written_text: str) -> PlainText:
    """Spell a text in ASCII: drop accents, replace some symbols by words and other characters by spaces."""
    letters: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(written_text):
        reading = _READINGS.get(character) or (character if character.isascii() else _bare(character))
        letters.append(reading)
        origins.extend([index] * len(reading))
    return PlainText("".join(letters), written_text, tuple(origins))


def _bare(character: str) -> str:
    bare = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode("ascii")
    return bare or ("" if unicodedata.combining(character) else " ")
