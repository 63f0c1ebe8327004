"""Judges a turn by its words: whether it has more than fillers, and whether its speaker has finished.

The end of a sentence is judged by a list of rules; the first that applies counts. They fit what recognisers
write when speech stops in the middle. Many end everything with a full stop, so a full stop proves little. A
comma, a missing mark or a last word such as "the" proves much. The probabilities are set by hand;
`bench/end_of_turn.py` measures their effect.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import takewhile

from openvoicelive.language.interface import HESITATIONS, SentenceWords
from openvoicelive.language.registry import LANGUAGES, language_of

_WORD = re.compile(r"\d+(?:[.:,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")  # noqa: RUF001 - recognisers write both
_SENTENCE_END = re.compile(r"[.?!…。？！]+[\"'”»)]*(?:\s+|$)")  # noqa: RUF001 - the marks of other scripts
_FULL_STOPS = ".!。！"  # noqa: RUF001
_QUESTION_MARKS = "?？"  # noqa: RUF001
_BROKEN_OFF = ("...", "…", "—", "–", "-")  # noqa: RUF001
_COMMAS = ",;:、，"  # noqa: RUF001
_LETTERS = re.compile(r"[^\W\d_]+")
_LENGTHENED = re.compile(r"(.)\1+")
# A telephone number of North America, and most others with their prefix.
_LONG_NUMBER_DIGITS = 10


@dataclass(frozen=True)
class _Said:
    """What was said, taken apart."""

    text: str
    words: tuple[str, ...]
    """Of the last sentence, lower case."""
    vocabulary: SentenceWords
    hesitations: frozenset[str]

    @property
    def first(self) -> str:
        return self.words[0]

    @property
    def last(self) -> str:
        return self.words[-1]

    @property
    def is_short(self) -> bool:
        return len(self.words) == 1

    @property
    def punctuated(self) -> bool:
        """Whether the recogniser writes punctuation. If it does not, a missing mark tells nothing."""
        return self.text != self.text.lower() or not self.text[-1].isalnum()

    def ends_with(self, marks: str | tuple[str, ...]) -> bool:
        return self.text.endswith(tuple(marks))

    @property
    def dictated(self) -> tuple[str, ...]:
        """Digits at the end, in words or figures. A single one is a number and not dictated."""
        digits = list(takewhile(self._is_digit, reversed(self.words)))
        return tuple(digits) if len(digits) > 1 else ()

    @property
    def dictated_digits(self) -> int:
        return sum(len(word) if word.isdigit() else 1 for word in self.dictated)

    def _is_digit(self, word: str) -> bool:
        return word[0].isdigit() or word in self.vocabulary.digits

    @property
    def number_words(self) -> frozenset[str]:
        return self.vocabulary.numbers | self.vocabulary.digits

    @property
    def is_short_answer(self) -> bool:
        """Such as "yes, I do"."""
        follows_answer = self.first in self.vocabulary.answers and len(self.words) == 3
        return follows_answer and self.words[1] in self.vocabulary.pronouns

    @property
    def is_reported_question(self) -> bool:
        """Such as "I know what it is"."""
        asks = not self.vocabulary.questions.isdisjoint(self.words[:-2])
        return asks and self.words[-2] in self.vocabulary.pronouns

    @property
    def is_question_with_verb_last(self) -> bool:
        """Such as "que horas são?"."""
        return not self.vocabulary.pronouns and _asks(self) and self.ends_with(_QUESTION_MARKS)

    @property
    def begins_question(self) -> bool:
        """Such as "are you"."""
        is_pair = len(self.words) == 2 and self.first in self.vocabulary.auxiliaries
        return is_pair and self.last in self.vocabulary.pronouns


@dataclass(frozen=True)
class _Rule:
    applies: Callable[[_Said], bool]
    finished: float


def _is_answer(said: _Said) -> bool:
    return " ".join(said.words) in said.vocabulary.answers


def _asks(said: _Said) -> bool:
    return said.first in said.vocabulary.questions


_RULES = (
    _Rule(lambda said: said.ends_with(_BROKEN_OFF), 0.05),
    _Rule(lambda said: _shortest(said.last) in said.hesitations and not _is_answer(said), 0.1),
    _Rule(_is_answer, 0.95),
    # Numbers that are dictated: "one zero zero", "555-123".
    _Rule(lambda said: 0 < said.dictated_digits < _LONG_NUMBER_DIGITS, 0.2),
    _Rule(lambda said: said.dictated_digits >= _LONG_NUMBER_DIGITS, 0.6),
    _Rule(lambda said: said.last in said.number_words - said.vocabulary.open_words, 0.4),
    # Words after which something must follow.
    _Rule(lambda said: said.last in said.vocabulary.open_words, 0.05),
    _Rule(lambda said: not said.is_short and said.last in said.vocabulary.questions, 0.15),
    _Rule(lambda said: said.last in said.vocabulary.auxiliaries and said.is_short_answer, 0.8),
    _Rule(lambda said: said.last in said.vocabulary.auxiliaries and said.is_reported_question, 0.75),
    _Rule(lambda said: said.last in said.vocabulary.auxiliaries and said.is_question_with_verb_last, 0.75),
    _Rule(lambda said: said.last in said.vocabulary.auxiliaries, 0.1),
    _Rule(lambda said: said.begins_question, 0.3),
    _Rule(lambda said: said.last in said.vocabulary.prepositions and _asks(said), 0.6),
    _Rule(lambda said: said.last in said.vocabulary.prepositions, 0.15),
    _Rule(
        lambda said: (
            said.last in said.vocabulary.particles
            and not said.vocabulary.particle_verbs.isdisjoint(said.words)
        ),
        0.75,
    ),
    _Rule(lambda said: said.last in said.vocabulary.particles, 0.2),
    _Rule(lambda said: said.last in said.vocabulary.need_objects and not _asks(said), 0.2),
    # One word: a name, a day, or the beginning of a sentence.
    _Rule(lambda said: said.is_short and _asks(said), 0.3),
    _Rule(lambda said: said.is_short and said.ends_with(_COMMAS), 0.45),
    _Rule(lambda said: said.is_short, 0.6),
    # Longer ones. A recogniser may write a comma after a list or a hesitant sentence that is over.
    _Rule(lambda said: said.ends_with(_COMMAS), 0.25),
    _Rule(lambda said: len(said.words) == 2 and _asks(said), 0.5),
    _Rule(lambda said: said.ends_with(_QUESTION_MARKS), 0.85),
    _Rule(lambda said: said.first in said.vocabulary.conditions and "," not in said.text, 0.35),
    _Rule(lambda said: said.ends_with(_FULL_STOPS), 0.8),
    _Rule(lambda said: said.punctuated, 0.3),
    _Rule(lambda _: True, 0.6),
)
# Nothing was understood, so there is no reason to wait.
_NO_WORDS = 1.0
# Of any other language only the punctuation is judged.
_UNKNOWN = SentenceWords(
    open_words=frozenset(),
    auxiliaries=frozenset(),
    need_objects=frozenset(),
    questions=frozenset(),
    conditions=frozenset(),
    answers=frozenset(),
    digits=frozenset(),
    numbers=frozenset(),
)


def finished_probability(text: str, language: str = "en") -> float:
    """Return how likely a turn with this transcript is over, from 0 to 1.

    `language` is a BCP 47 tag. If it is not in `openvoicelive.language`, only the punctuation is judged. An
    empty text is finished: there is nothing to wait for.
    """
    rule = _deciding_rule(text, language)
    return _NO_WORDS if rule is None else rule.finished


def only_fillers(text: str, languages: Iterable[str] = ()) -> bool:
    """Tell whether a text has no words except fillers; true if it has no words at all.

    `languages` are BCP 47 tags; without any, the fillers of all known languages count.
    """
    if any(character.isdigit() for character in text):
        return False
    tags = tuple(languages) or LANGUAGES
    known = [language for tag in tags if (language := language_of(tag)) is not None]
    fillers = frozenset().union(*(language.hesitations | language.fillers for language in known))
    return all(_shortest(word) in (fillers or HESITATIONS) for word in _LETTERS.findall(text.lower()))


def _deciding_rule(text: str, language: str) -> _Rule | None:
    """Return the first rule that applies; None if there are no words."""
    text = text.strip()
    sentences = [sentence for sentence in _SENTENCE_END.split(text) if _WORD.search(sentence)]
    if not sentences:
        return None
    words = tuple(word.lower().replace("’", "'") for word in _WORD.findall(sentences[-1]))  # noqa: RUF001
    known = language_of(language)
    vocabulary, hesitations = (known.sentence, known.hesitations) if known else (_UNKNOWN, HESITATIONS)
    said = _Said(text, words, vocabulary, hesitations)
    return next(rule for rule in _RULES if rule.applies(said))


def _shortest(word: str) -> str:
    """Return "um" for "ummm"; a single "m", as in "p.m.", is not "mm"."""
    shortest = _LENGTHENED.sub(r"\1", word)
    return "mm" if shortest == "m" and len(word) > 1 else shortest
