"""Which day a question is about, and how a language names it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property


@dataclass(frozen=True)
class SpokenDates:
    """How people ask for the date in one language; regular expressions, searched in folded text."""

    questions: tuple[str, ...]
    """How they begin; `<day>` stands for any of `days`."""

    days: Mapping[str, int]
    """Days, and how far they are from today; a longer one stands before what it contains."""

    further: tuple[str, ...]
    """What may come after the beginning, besides days."""

    end: str
    """What may come last."""

    say: Callable[[datetime, int], str]
    """Names a day, and how far it is from today."""

    @cached_property
    def pattern(self) -> str:
        """What a question for a date that can be answered looks like.

        It goes on to the end of the sentence: "next Monday" or "in a leap year" would make it another one.
        """
        day = rf"(?:{'|'.join(self.days)})"
        beginning = "|".join(self.questions).replace("<day>", day)
        further = "|".join((*self.further, day))
        asked = rf"(?:{day},? )?(?:{beginning})\b(?:[ ,']+(?:{further})\b)*+"
        return rf"\b{asked}(?:\W+(?:{self.end}))?(?:\W*$|[.?!])"

    def answer(self, asked: str, now: datetime, heard: "SpokenDates") -> str | None:
        """Return the date that was asked for in the words of `heard`, if one was."""
        question = re.search(heard.pattern, asked)
        if question is None:
            return None
        words = question.group()
        away = next((away for day, away in heard.days.items() if re.search(rf"\b{day}\b", words)), 0)
        return self.say(now + timedelta(days=away), away)
