"""What is answered next: the only place that decides which answer a session owes.

An answer can be owed to a turn of the user or to the results of tools. A client's `response.create` is
answered at once or refused, with one exception: the results of tools are answered without a request, and this
answer also covers a plain request for it.

`EFFECTS` is the table: what each event does to what is owed. `NextAnswer.due` says which answer comes first
and what it waits for. There is no I/O here and no wire event: `Answering` makes the answer that is due.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Generic, NamedTuple, TypeVar

Options = TypeVar("Options")

# Answers in a row to results of tools, without a word from the user or the client: a model can loop.
MAX_ROUNDS = 16


class ResponseFor(StrEnum):
    """What a response answers."""

    REQUEST = "request"
    """The conversation, because the client asks for it."""
    OWN_CONTEXT = "own context"
    """A context that the client gives instead of the conversation, or a text that is spoken as it is."""
    OUTSIDE = "outside"
    """A request that stays outside the conversation (`conversation: none`)."""
    TURN = "turn"
    """The user's turn."""
    TOOLS = "tools"
    """The results of tools."""


class Event(StrEnum):
    """What changes which answers are owed, apart from the beginning of a response."""

    USER_INTERRUPTS = "user interrupts"
    TURN_TRANSCRIBED = "turn transcribed"
    """The words of a turn that is to be answered are known."""
    TURN_UNANSWERABLE = "turn unanswerable"
    """The session's options allow no answer."""
    INPUT_ADDED = "input added"
    """The user or the client added something to answer: a turn, a message, the output of a function."""
    TOOL_CALL_OVER = "tool call over"
    """A tool call has a result that the model is to answer."""
    APPROVAL_DECIDED = "approval decided"
    REQUEST_COVERED = "request covered"
    TOOL_ANSWER_CUT = "tool answer cut"
    """The answer to results of tools was cancelled or failed."""


class Debt(Enum):
    """What happens to an answer that is owed."""

    KEEP = auto()
    OWE = auto()
    FORGET = auto()


class Count(Enum):
    """What happens to a counter: a number is added, or it becomes 0."""

    KEEP = 0
    ADD = 1
    TAKE = -1
    RESET = None


class Effect(NamedTuple):
    """A row of the table."""

    turn: Debt
    """The answer to the user's turn."""
    tools: Debt
    """The answer to the results of tools."""
    rounds: Count
    """Answers in a row to results of tools."""
    covered: Count
    """Plain requests of the client that the answers to results of tools cover: one for each call."""


# An interruption forgets all that was owed before. A response made from the conversation answers the turn and
# the tools, because the model sees both; any other response answers neither.
EFFECTS: dict[Event | ResponseFor, Effect] = {
    #                              turn         tools        rounds       covered
    Event.USER_INTERRUPTS: Effect(Debt.FORGET, Debt.FORGET, Count.RESET, Count.RESET),
    Event.TURN_TRANSCRIBED: Effect(Debt.OWE, Debt.KEEP, Count.KEEP, Count.KEEP),
    Event.TURN_UNANSWERABLE: Effect(Debt.FORGET, Debt.KEEP, Count.KEEP, Count.KEEP),
    Event.INPUT_ADDED: Effect(Debt.KEEP, Debt.KEEP, Count.KEEP, Count.RESET),
    Event.TOOL_CALL_OVER: Effect(Debt.KEEP, Debt.OWE, Count.KEEP, Count.ADD),
    Event.APPROVAL_DECIDED: Effect(Debt.KEEP, Debt.KEEP, Count.RESET, Count.KEEP),
    Event.REQUEST_COVERED: Effect(Debt.KEEP, Debt.KEEP, Count.KEEP, Count.TAKE),
    Event.TOOL_ANSWER_CUT: Effect(Debt.KEEP, Debt.KEEP, Count.KEEP, Count.RESET),
    # A response begins.
    ResponseFor.REQUEST: Effect(Debt.FORGET, Debt.FORGET, Count.RESET, Count.RESET),
    ResponseFor.OWN_CONTEXT: Effect(Debt.KEEP, Debt.KEEP, Count.RESET, Count.RESET),
    ResponseFor.OUTSIDE: Effect(Debt.KEEP, Debt.KEEP, Count.KEEP, Count.KEEP),
    ResponseFor.TURN: Effect(Debt.FORGET, Debt.FORGET, Count.RESET, Count.RESET),
    ResponseFor.TOOLS: Effect(Debt.FORGET, Debt.FORGET, Count.ADD, Count.KEEP),
}


@dataclass(frozen=True)
class TurnDue:
    """The user's turn is to be answered now."""


@dataclass(frozen=True)
class ToolsDue(Generic[Options]):
    """The results of tools are to be answered now."""

    options: Options
    """Those of the response that called the tools."""


class Transcribed(NamedTuple):
    """What follows when the transcript of an item is known, or known to be missing."""

    is_announced: bool
    """Whether the client knows the item already, because it added the item itself."""
    is_overtaken: bool
    """Whether an answer would begin now, but the user already speaks again and interrupts it."""


class _Follow(Enum):
    """What follows the transcript of an item."""

    NOTHING = auto()
    ANSWER = auto()
    OVERTAKEN_ANSWER = auto()


@dataclass
class _Pending:
    """An item of the user whose transcript is not known yet."""

    follow: _Follow
    is_announced: bool


class NextAnswer(Generic[Options]):
    """Which answers a session owes; `Options` are those that an answer to results of tools is made with."""

    def __init__(self) -> None:
        self._active: ResponseFor | None = None
        self._is_started = False
        self._pending: dict[str, _Pending] = {}
        self._turn_is_owed = False
        self._tools_are_owed: Options | None = None
        self._speaking_item_id: str | None = None
        self._rounds = 0
        self._covered = 0

    # --- what the user says and the client adds ---

    def await_transcript(self, item_id: str, *, is_answered: bool, is_announced: bool = False) -> None:
        """Note an item of the user whose transcript is not known yet, and whether an answer follows it."""
        self._pending[item_id] = _Pending(_Follow.ANSWER if is_answered else _Follow.NOTHING, is_announced)
        self._apply(Event.INPUT_ADDED)

    def awaits_transcript(self, item_id: str) -> bool:
        """Whether the transcript of this item is not known yet."""
        return item_id in self._pending

    def transcribed(self, item_id: str, *, has_words: bool) -> Transcribed:
        """Note that the transcript of a pending item is known, and whether it has words to answer."""
        pending = self._pending.pop(item_id)
        if item_id == self._speaking_item_id:
            self._speaking_item_id = None
        # A request of the client that waits for this transcript answers it.
        is_answered = self._active is ResponseFor.REQUEST and not self._is_started
        if pending.follow is _Follow.ANSWER and has_words and not is_answered:
            self._apply(Event.TURN_TRANSCRIBED)
        is_overtaken = pending.follow is _Follow.OVERTAKEN_ANSWER and has_words and self._active is None
        return Transcribed(pending.is_announced, is_overtaken)

    def input_added(self) -> None:
        """Note a message or the output of a function that the client added."""
        self._apply(Event.INPUT_ADDED)

    def interrupt(self, item_id: str) -> None:
        """Note that the user began to speak; from here to the transcript of this item no tool is answered."""
        self._apply(Event.USER_INTERRUPTS)
        self._speaking_item_id = item_id
        for pending in self._pending.values():
            if pending.follow is _Follow.ANSWER:
                pending.follow = _Follow.OVERTAKEN_ANSWER

    def turn_dropped(self) -> None:
        """Note that no turn comes of what the user began to say: it was cleared, or is detected no more."""
        self._speaking_item_id = None

    # --- what tools bring ---

    def tool_call_over(self, options: Options) -> None:
        """Note a result that the model is to answer with these options."""
        self._apply(Event.TOOL_CALL_OVER, options)

    def approval_decided(self) -> None:
        """Note that the user has decided about a tool call."""
        self._apply(Event.APPROVAL_DECIDED)

    @property
    def covers_request(self) -> bool:
        """Whether a plain request asks for an answer to results of tools, which comes or came without it."""
        is_stuck = self._tools_are_owed is not None and self._rounds >= MAX_ROUNDS
        return self._covered > 0 and not is_stuck

    def cover_request(self) -> None:
        """Take a request that is covered."""
        self._apply(Event.REQUEST_COVERED)

    # --- responses ---

    @property
    def is_active(self) -> bool:
        """Whether there is a response, begun and not over."""
        return self._active is not None

    @property
    def may_speculate(self) -> bool:
        """Whether an answer to what the user is saying can be prepared: nothing else would come before it."""
        return self._active is None and not self._pending

    @property
    def may_announce(self) -> bool:
        """Whether a response can be announced: clients are told of the items before it first."""
        return all(pending.is_announced for pending in self._pending.values())

    @property
    def may_start(self) -> bool:
        """Whether the active response waits for nothing any more: every transcript before it is known."""
        return self._active is not None and not self._is_started and not self._pending

    def begin(self, response_for: ResponseFor) -> None:
        """Note that a response begins; it starts when `may_start` says so."""
        self._apply(response_for)
        self._active, self._is_started = response_for, False

    def start(self) -> None:
        """Note that the work for the active response has started."""
        self._is_started = True

    def over(self, *, is_cut: bool) -> None:
        """Note that the active response is over; `is_cut` says that it was cancelled or failed."""
        was_for, self._active = self._active, None
        if is_cut and was_for is ResponseFor.TOOLS:
            self._apply(Event.TOOL_ANSWER_CUT)

    def turn_unanswerable(self) -> None:
        """Forget an answer that cannot be made."""
        self._apply(Event.TURN_UNANSWERABLE)

    def due(self, *, calls_run: bool) -> TurnDue | ToolsDue[Options] | None:
        """Return the answer that is to begin now, if there is one; `calls_run` says whether tool calls run.

        | nothing begins while                  | turn | tools |
        | ------------------------------------- | ---- | ----- |
        | a response is active                  |  x   |   x   |
        | a transcript is pending               |  x   |   x   |
        | the turn is owed                      |      |   x   |
        | the user, who interrupted, speaks     |      |   x   |
        | a tool call runs                      |      |   x   |
        | there were `MAX_ROUNDS` in a row      |      |   x   |
        """
        if self._active is not None or self._pending:
            return None
        if self._turn_is_owed:
            return TurnDue()
        if self._speaking_item_id is not None or calls_run or self._rounds >= MAX_ROUNDS:
            return None
        return None if self._tools_are_owed is None else ToolsDue(self._tools_are_owed)

    def _apply(self, event: Event | ResponseFor, options: Options | None = None) -> None:
        effect = EFFECTS[event]
        if effect.turn is not Debt.KEEP:
            self._turn_is_owed = effect.turn is Debt.OWE
        if effect.tools is not Debt.KEEP:
            self._tools_are_owed = options
        self._rounds = _counted(self._rounds, effect.rounds)
        self._covered = _counted(self._covered, effect.covered)


def _counted(number: int, change: Count) -> int:
    return 0 if change.value is None else number + change.value
