"""What a language file must provide.

Each file of this folder defines one `LANGUAGE`. mypy lists what a new one lacks, and
`tests/language/test_languages.py` checks how its words are written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property


def words(text: str) -> frozenset[str]:
    """Return the words of a text, which spaces separate."""
    return frozenset(text.split())


def phrases(text: str) -> frozenset[str]:
    """Return the phrases of a text, which commas separate."""
    return frozenset(text.split(", "))


def counted(text: str, *, first: int = 0, step: int = 1) -> dict[str, int]:
    """Return the value of each word: `first`, then `step` more for each next one.

    A bar separates words with the same value: `"zero un|uno due"`.
    """
    return {word: first + step * place for place, same in enumerate(text.split()) for word in same.split("|")}


HESITATIONS = words("ah um mm uh huh hm er erm eh em ehm uhm mhm uhum")
"""Sounds of thinking, as recognisers write them. They mean nothing in most languages."""


@dataclass(frozen=True, kw_only=True)
class SentenceWords:
    """Words that tell whether a sentence is finished; all lower case.

    List only words that nearly always mean it. A word that also ends sentences ("off", "there", "though")
    makes people wait for their answer.
    """

    open_words: frozenset[str]
    """Something must follow these: articles, conjunctions, possessives, most prepositions, "I'm"."""

    auxiliaries: frozenset[str]
    """A verb, a complement or an object follows these, except in short answers such as "I do"."""

    need_objects: frozenset[str]
    """Verbs and counting words that are rarely last."""

    questions: frozenset[str]
    """Words that begin a question."""

    conditions: frozenset[str]
    """Words that begin a clause that is no sentence by itself."""

    answers: frozenset[str]
    """Phrases that are a whole turn."""

    digits: frozenset[str]
    """Words of numbers that people dictate one by one."""

    numbers: frozenset[str]
    """Words of other numbers."""

    prepositions: frozenset[str] = frozenset()
    """Prepositions that can end a question: "where are you from"."""

    particles: frozenset[str] = frozenset()
    """Prepositions that also belong to verbs: "turn the light on"."""

    particle_verbs: frozenset[str] = frozenset()

    pronouns: frozenset[str] = frozenset()
    """Subjects, for short answers such as "yes, I do". Without any, questions can end in a verb."""


@dataclass(frozen=True, kw_only=True)
class NumberWords:
    """Words and signs of numbers; lower case, without accents.

    A number written as one word, such as `ventidue` or `einundzwanzig`, is found by its parts, so parts are
    listed too. Hyphens are left out: `quatrevingt` stands for "quatre-vingt".
    """

    units: Mapping[str, int]
    """Zero to nineteen."""

    tens: Mapping[str, int]
    """Words that are added to what came before: twenty, and hundreds if they are words of their own."""

    scales: Mapping[str, int]
    """Words that multiply what came before: hundred, thousand, million."""

    joiner: str
    """The word that can stand within a number: "one hundred *and* five"."""

    decimal_points: frozenset[str]
    """Words that stand before decimals."""

    decimal_sign: str
    thousands_sign: str

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """All words that numbers are made of, the longest first."""
        words = {*self.units, *self.tens, *self.scales, self.joiner}
        return tuple(sorted(words, key=len, reverse=True))


@dataclass(frozen=True, kw_only=True)
class Language:
    """All that is known of one language."""

    tag: str
    """The primary subtag of its BCP 47 tags, such as `it`."""

    hesitations: frozenset[str] = HESITATIONS
    """Sounds that are never words. A sentence that ends in one is not finished.

    Written without repeated letters: "um" stands for "ummm", but "mm" stays.
    """

    fillers: frozenset[str]
    """Words that mean nothing when a turn has no others, besides the hesitations; written like those."""

    backchannels: frozenset[str]
    """What a listener says without wanting to speak."""

    sentence: SentenceWords

    phrase_openers: frozenset[str]
    """Words that begin a new thought: an answer's first piece can end before one."""

    abbreviations: frozenset[str]
    """A full stop after one of these ends no sentence; lower case, without the full stop."""

    times: str
    """How a voice reads the sign of multiplication."""

    interim_phrases: tuple[str, ...]
    """What is said while an answer takes long."""

    numbers: NumberWords

    months: tuple[str, ...]
    """Twelve names, as they are written inside a sentence."""

    weekdays: tuple[str, ...]
    """Seven names from Monday on, as they are written inside a sentence."""
