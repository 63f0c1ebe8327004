"""Splits a model's stream of text into pieces to speak: the first piece early, the others by sentence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from openvoicelive.language import english
from openvoicelive.language.registry import LANGUAGES, language_of
from openvoicelive.synthesis.plain_text import PlainText
from openvoicelive.synthesis.punctuation import CLAUSE_ENDS, CLOSING, WIDE_CLAUSE_ENDS, WIDE_SENTENCE_ENDS
from openvoicelive.synthesis.spoken_text import without_markup

LONGEST_PIECE_CHARACTERS = 200
_SEEN_CHARACTERS = LONGEST_PIECE_CHARACTERS * 2
FIRST_CLAUSE_WORDS = 2
"""The shortest first clause that ends in a comma. A lone "Well," would be followed by a gap."""
FIRST_PHRASE_WORDS = 4
"""Without a comma, the first piece may end after this many words, before a word that opens a phrase."""

_CLOSING = re.escape(CLOSING)
_WIDE_ENDS = re.escape(WIDE_SENTENCE_ENDS)
_ENDS = (
    rf"(?P<line>\n)"
    rf"|(?P<end>[{_WIDE_ENDS}]+[{_CLOSING}]*(?=[^{_WIDE_ENDS}{_CLOSING}])|[.…]*[!?]+[{_CLOSING}]*(?=\s))"
    rf"|(?P<stop>[.…]+)[{_CLOSING}]*(?=\s+(?P<next>\S))"
    rf"|(?P<pause>[{re.escape(CLAUSE_ENDS)}]+[{_CLOSING}]*(?=\s)"
    rf"|[{re.escape(WIDE_CLAUSE_ENDS)}]+[{_CLOSING}]*(?=[^{_CLOSING}]))"
)
_LAST_WORD = re.compile(r"[^\s(\[\"'\u201c\u2018*_]*$")
_INITIALS = re.compile(r"(?:\w\.)+\w|[A-HJ-Z]")
_LIST_NUMBER = re.compile(r"\s*\d{1,2}")


@dataclass(frozen=True)
class Piece:
    """A clause or a sentence of an answer."""

    text: str
    """What the model wrote. The joined pieces are the whole answer."""

    spoken: PlainText
    """The text without markup, mapped to its characters in `text`; empty if nothing is to be spoken."""


class SentenceCutter:
    """Splits one answer. `language` is a BCP 47 tag; for an unknown language, the words of all count."""

    def __init__(self, language: str | None = None) -> None:
        known = language_of(language)
        self._rules = _rules_for(known.tag if known else None)
        self._waiting = ""
        self._taken = 0
        """How many characters of the waiting text are already in pieces."""
        self._is_first = True

    def feed(self, delta: str) -> Iterator[Piece]:
        """Take the next text of the model; yield the pieces that are complete by now.

        Each piece is cut when it is asked for, and looks at no more than `_SEEN_CHARACTERS`: the text may be
        megabytes long. All pieces must be taken before the next text.
        """
        self._waiting = self._waiting[self._taken :] + delta
        self._taken = 0
        while (end := self._rules.first_cut(self._seen, is_first=self._is_first)) is not None:
            yield self._take(end)

    def flush(self) -> Iterator[Piece]:
        """Yield the rest of the text after the answer has ended."""
        if self._taken < len(self._waiting):
            yield self._take(len(self._waiting) - self._taken)

    @property
    def _seen(self) -> str:
        return self._waiting[self._taken : self._taken + _SEEN_CHARACTERS]

    def _take(self, length: int) -> Piece:
        text = self._waiting[self._taken : self._taken + length]
        self._taken += length
        self._is_first = False
        return Piece(text, without_markup(text, times=self._rules.times))


@dataclass(frozen=True)
class _CutRules:
    """The rules for splitting a text of one language."""

    boundary: re.Pattern[str]
    abbreviations: frozenset[str]
    times: str

    def first_cut(self, text: str, *, is_first: bool) -> int | None:
        """Return where the first piece ends, or None if more text is needed."""
        for boundary in self.boundary.finditer(text):
            end = boundary.start() if boundary.lastgroup in {"line", "phrase"} else boundary.end()
            if end > LONGEST_PIECE_CHARACTERS:
                break
            if self._is_cut(text, boundary, is_first=is_first) and any(map(str.isalnum, text[:end])):
                return end
        if len(text) <= LONGEST_PIECE_CHARACTERS:
            return None
        return self._cut_at_a_word(text)

    def _is_cut(self, text: str, boundary: re.Match[str], *, is_first: bool) -> bool:
        before = text[: boundary.start()]
        match boundary.lastgroup:
            case "line" | "end":
                return True
            case "next":
                return not boundary["next"].islower() and not self._is_abbreviated(before)
            case "pause":
                words = len(before.split()) if before.isascii() else len(before)
                return is_first and words >= FIRST_CLAUSE_WORDS
            case _:
                return is_first and len(before.split()) >= FIRST_PHRASE_WORDS

    def _is_abbreviated(self, before: str) -> bool:
        """Return whether a full stop after this text ends an abbreviation, an initial or a list number."""
        last_word = _LAST_WORD.search(before)
        word = last_word.group() if last_word else ""
        return bool(
            word.lower() in self.abbreviations or _INITIALS.fullmatch(word) or _LIST_NUMBER.fullmatch(before)
        )

    def _cut_at_a_word(self, text: str) -> int:
        """Return where to split a text that is too long: at a clause mark, else a space, else anywhere."""
        head = text[:LONGEST_PIECE_CHARACTERS]
        half = LONGEST_PIECE_CHARACTERS // 2
        marks = [found.end() for found in self.boundary.finditer(head) if found.lastgroup == "pause"]
        spaces = [index for index, character in enumerate(head) if character.isspace() and index]
        for ends in (marks, spaces):
            if ends and ends[-1] >= half:
                return ends[-1]
        return LONGEST_PIECE_CHARACTERS


@cache
def _rules_for(tag: str | None) -> _CutRules:
    """Return the rules for a language of `LANGUAGES`; for None, the rules of all of them together."""
    languages = [LANGUAGES[tag]] if tag else list(LANGUAGES.values())
    openers = sorted({re.escape(word) for language in languages for word in language.phrase_openers})
    return _CutRules(
        re.compile(rf"{_ENDS}|(?P<phrase>\s)(?=(?:{'|'.join(openers) or '(?!)'})\s)"),
        frozenset().union(*(language.abbreviations for language in languages)),
        LANGUAGES[tag].times if tag else english.LANGUAGE.times,
    )
