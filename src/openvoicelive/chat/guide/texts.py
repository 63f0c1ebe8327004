"""The guide's words, from one TOML file for each language in `languages/`, checked when they are loaded.

`languages/en.toml` explains the keys.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated

import msgspec
from msgspec import Meta

from openvoicelive.language.interface import Language
from openvoicelive.language.registry import LANGUAGES

Alternatives = tuple[str, ...]
_BORDER = r"\b"


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a file: every key must be there, and no other."""


class Says(_Table, frozen=True):
    """What the guide says besides its answers about topics."""

    greeting: str
    not_heard: str
    not_known: str
    repeat_what: str
    result: str
    rounded_result: str
    division_by_zero: str
    too_large: str
    tool_answer: str
    tool_empty: str
    pair: str
    yes: str
    no: str
    minus: str
    date: str
    first_of_month: str
    days_away: Annotated[tuple[str, ...], Meta(min_length=5, max_length=5)]
    hours: Annotated[tuple[str, ...], Meta(min_length=24, max_length=24)]
    minutes: Annotated[tuple[str, ...], Meta(min_length=3, max_length=3)]


class _Asks(_Table, frozen=True):
    polite: Alternatives
    again: Alternatives
    repeat: Alternatives
    after_me: Alternatives
    what_i_say: Alternatives
    no_words: Alternatives
    at_the_end: Alternatives
    time: Alternatives
    place: Alternatives
    after_place: Alternatives


class _Dates(_Table, frozen=True):
    questions: Alternatives
    continued: Alternatives
    at_the_end: Alternatives
    days: tuple[tuple[str, int], ...]


class _Sums(_Table, frozen=True):
    before: Alternatives
    after: Alternatives
    operators: tuple[tuple[str, str], ...]


class _File(_Table, frozen=True):
    says: Says
    asks: _Asks
    dates: _Dates
    sums: _Sums
    topics: dict[str, Alternatives]
    answers: dict[str, str]


class GuideTexts:
    """What the guide says and understands in one language; all patterns are searched in folded text.

    Raises:
        ValueError: If the content is no TOML, a key is missing or unknown, or a pattern cannot be compiled.

    """

    def __init__(self, content: str, language: Language) -> None:
        try:
            file = msgspec.convert(tomllib.loads(content), _File)
            if differing := file.topics.keys() ^ file.answers.keys():
                raise ValueError(f"only topic or answer: {', '.join(differing)}")  # noqa: TRY301 - one place
            self._compile(file)
        except (ValueError, msgspec.ValidationError, re.error) as error:
            raise ValueError(f"the guide's texts for {language.tag}: {error}") from error
        self.language = language
        self.says = file.says
        self.answers = file.answers
        """By topic."""

    def _compile(self, file: _File) -> None:
        asks, dates, sums = file.asks, file.dates, file.sums
        polite, end, after_me = (
            rf"^\W*(?:{_any(asks.polite)}\W+)*",
            _any(asks.at_the_end),
            _any(asks.after_me),
        )
        words = (rf"(?!{_any(asks.no_words)})" if asks.no_words else "") + r"(?P<words>\S.*)$"
        self.again = re.compile(rf"{polite}{_any(asks.again)}\b\W*{end}?\W*$")
        self.repeat = re.compile(
            rf"{polite}{_any(asks.repeat)}(?:(?: {after_me}| {_any(asks.what_i_say)})(?:\W+{end})?\W*$"
            rf"|\W*$|(?: {after_me})?+[\s:,]+{words})"
        )
        """With a group `words`: what to repeat, if that was said with it."""
        self.time_asked = re.compile(_whole_words(asks.time))
        self.place = re.compile(
            rf"\b{_any(asks.place)}\s+(?P<words>[^?.!,]+?)(?:\s+{_any(asks.after_place)})?\W*$"
        )
        """With a group `words`: what a request is about, such as "Beijing" of "in Beijing"."""
        day = _any(tuple(day for day, _ in dates.days))
        asked = rf"(?:{day},? )?{_any(dates.questions)}\b(?:[ ,']+{_any((*dates.continued, day))}\b)*+"
        # To the end of the sentence: "next Monday" or "in a leap year" would make it another question.
        self.date_asked = re.compile(
            rf"\b{asked}(?:\W+{_any(dates.at_the_end)})?(?:\W*$|[.?!])".replace("<day>", day)
        )
        self.days = tuple((re.compile(rf"\b{day}\b"), away) for day, away in dates.days)
        """Days, and how far they are from today."""
        self.around_sum = re.compile(
            rf"^(?:{_any(sums.before)}(?!\w)[\s,:]*)+|\b{_any(sums.after)}\b[^\d+*/^-]*$"
        )
        self.operators = tuple((re.compile(pattern), sign) for pattern, sign in sums.operators)
        """Patterns, and the sign that each becomes."""
        self.topics = {topic: re.compile(_whole_words(asked)) for topic, asked in file.topics.items()}

    def time(self, now: datetime) -> str:
        """Tell the time."""
        minutes = self.says.minutes[min(now.minute, 2)].format(minute=now.minute)
        return self.says.hours[now.hour].format(minutes=minutes)

    def date(self, now: datetime, away: int) -> str:
        """Tell the date of a day, at most two days away."""
        day = now + timedelta(days=away)
        return self.says.date.format(
            day_away=self.says.days_away[away + 2],
            weekday=self.language.weekdays[day.weekday()],
            day=self.says.first_of_month if day.day == 1 else day.day,
            month=self.language.months[day.month - 1],
            year=day.year,
        )

    def number(self, digits: str) -> str:
        """Write a number of digits and a point as a voice reads it."""
        return digits.replace("-", self.says.minus).replace(".", self.language.numbers.decimal_sign)


@cache
def load_texts() -> Mapping[str, GuideTexts]:
    """Return the texts of all languages by primary subtag. The first call takes about 20 ms.

    Raises:
        KeyError: If `openvoicelive.language` lacks a language.
        ValueError: If a file is damaged.

    """
    folder = files("openvoicelive.chat.guide") / "languages"
    tags = sorted(file.name.removesuffix(".toml") for file in folder.iterdir())
    return {tag: GuideTexts((folder / f"{tag}.toml").read_text("utf-8"), LANGUAGES[tag]) for tag in tags}


def _any(alternatives: Alternatives) -> str:
    return f"(?:{'|'.join(alternatives)})"


def _whole_words(alternatives: Alternatives) -> str:
    return "|".join(
        f"{'' if asked.startswith('^') else _BORDER}(?:{asked}){'' if asked.endswith('$') else _BORDER}"
        for asked in alternatives
    )
