"""What the guide says, language by language: each language is one `Phrases`, in a file of its own.

All its regular expressions are searched in folded text (`chat/folding.py`), so they are written without
capitals and accents.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from openvoicelive.chat.arithmetic import SpokenMathematics
from openvoicelive.chat.spoken_dates import SpokenDates


@dataclass(frozen=True)
class Topic:
    """Something that the guide knows."""

    name: str
    """The same in every language."""

    asked: str
    """A regular expression."""

    answer: str


@dataclass(frozen=True)
class Phrases:
    """Everything that the guide says in one language."""

    topics: tuple[Topic, ...]
    """The first that matches answers; so particular ones stand before general ones."""

    greeting: str
    """The answer when nobody has said anything yet."""

    not_heard: str
    not_known: str
    """With `{text}`: what was understood, and how to connect a model."""

    repeat: str
    """A regular expression with a group `words`: what to repeat, if that was said with it."""

    repeat_what: str

    again: str
    """A regular expression: the user wants to hear the last answer again."""

    time_asked: str
    time: Callable[[datetime], str]
    dates: SpokenDates

    mathematics: SpokenMathematics
    result: str
    """With `{number}`."""
    rounded_result: str
    division_by_zero: str
    too_large: str

    tool_answer: str
    """With `{text}`: reads out what a function of the client gave."""
    tool_empty: str
    pair: str
    """With `{name}` and `{value}`: one entry of a function's answer."""
    yes: str
    no: str
    """How a value of a function's answer is read that is true or false."""

    place: str
    """A regular expression with a group `words`: what a request is about, such as "in Beijing"."""

    def answer(self, topic: str) -> str:
        """Return what there is to say about a topic."""
        return next(known.answer for known in self.topics if known.name == topic)
