"""Turns Markdown into text that can be spoken."""

import re
from collections.abc import Iterator

from openvoicelive.synthesis.plain_text import PlainText

# Each alternative is one kind of markup. If it has a named group, this group is spoken.
_MARKUP = re.compile(
    r"^[ \t]*(?:```\w*|~~~\w*)[ \t]*$"
    r"|^[ \t]*(?:\#{1,6}[ \t]+|[-*+•][ \t]+|>[ \t]?)"
    r"|!?\[(?P<label>[^\]\n]*)\]\([^)\s]*\)"
    r"|<?https?://(?:www\.)?(?P<host>[\w.-]*\w)(?:[:/?\#](?:[^\s<>()]*[\w/])?)?>?"
    r"|(?<=\d)[ ]?\*[ ]?(?=\d)(?P<times>)"
    r"|(?P<gap>(?<=\w)_+(?=\w)|\|)"
    r"|[*`~_]+"
    r"|[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F\u200D]+",
    re.MULTILINE,
)


def without_markup(text: str, *, times: str) -> PlainText:
    """Drop the marks of Markdown, the addresses of links and pictograms; keep the way back to the text.

    `times` is the word for the sign of multiplication between numbers.
    """
    letters: list[str] = []
    origins: list[int] = []
    for reading, index in _readings(text, times):
        letters.append(reading)
        origins.extend([index] * len(reading))
    spoken = "".join(letters)
    if not any(map(str.isalnum, spoken)):
        return PlainText("", text, ())
    return PlainText(spoken, text, tuple(origins))


def _readings(text: str, times: str) -> Iterator[tuple[str, int]]:
    """Yield each spoken character with its index in the text."""
    done = 0
    for markup in _MARKUP.finditer(text):
        yield from _letters(text, done, markup.start())
        done = markup.end()
        match markup.lastgroup:
            case "times":
                yield f" {times} ", markup.start()
            case "gap":
                yield " ", markup.start()
            case "label" | "host" as kept:
                yield from _letters(text, *markup.span(kept))
            case _:
                pass
    yield from _letters(text, done, len(text))


def _letters(text: str, start: int, end: int) -> Iterator[tuple[str, int]]:
    return ((text[index], index) for index in range(start, end))
