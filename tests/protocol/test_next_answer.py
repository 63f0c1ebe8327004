"""What is answered next: each row of the table, each reason to wait, and what holds whatever happens."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from openvoicelive.protocol.session.next_answer import (
    EFFECTS,
    MAX_ROUNDS,
    Event,
    NextAnswer,
    ResponseFor,
    ToolsDue,
    TurnDue,
)

Step = Callable[[NextAnswer[str]], Any]
TOOLS_DUE = ToolsDue("options")


def turn(item_id: str = "turn", *, has_words: bool = True) -> Step:
    """The user says a turn that is to be answered."""

    def step(answers: NextAnswer[str]) -> None:
        answers.await_transcript(item_id, is_answered=True)
        answers.transcribed(item_id, has_words=has_words)

    return step


def committed(item_id: str = "turn", *, is_answered: bool = True) -> Step:
    return lambda answers: answers.await_transcript(item_id, is_answered=is_answered)


def transcribed(item_id: str = "turn") -> Step:
    return lambda answers: answers.transcribed(item_id, has_words=True)


def tools(answers: NextAnswer[str]) -> None:
    answers.tool_call_over("options")


def speaks(answers: NextAnswer[str]) -> None:
    answers.interrupt("spoken")


def drops(answers: NextAnswer[str]) -> None:
    answers.turn_dropped()


def begins(response_for: ResponseFor) -> Step:
    def step(answers: NextAnswer[str]) -> None:
        answers.begin(response_for)
        if answers.may_start:
            answers.start()

    return step


def over(answers: NextAnswer[str]) -> None:
    answers.over(is_cut=False)


def cut(answers: NextAnswer[str]) -> None:
    answers.over(is_cut=True)


def after(*steps: Step) -> NextAnswer[str]:
    answers = NextAnswer[str]()
    for step in steps:
        step(answers)
    return answers


REQUEST, TURN, TOOLS = begins(ResponseFor.REQUEST), begins(ResponseFor.TURN), begins(ResponseFor.TOOLS)
OUTSIDE, OWN_CONTEXT = begins(ResponseFor.OUTSIDE), begins(ResponseFor.OWN_CONTEXT)


def test_the_table_has_a_row_for_everything_that_can_happen() -> None:
    assert set(EFFECTS) == {*Event, *ResponseFor}


@pytest.mark.parametrize(
    ("steps", "due"),
    [
        ([], None),
        # What is owed.
        ([turn()], TurnDue()),
        ([turn(has_words=False)], None),
        ([committed(is_answered=False), transcribed()], None),
        ([tools], TOOLS_DUE),
        # What comes first.
        ([tools, turn()], TurnDue()),
        # What waits for what.
        ([turn(), REQUEST, tools], None),
        ([REQUEST, turn()], None),
        ([turn(), committed("second")], None),
        ([tools, committed("second", is_answered=False)], None),
        ([speaks, tools], None),
        # What an interruption forgets.
        ([turn(), speaks], None),
        ([turn(), speaks, drops], None),
        ([tools, speaks, drops], None),
        ([committed(), speaks, transcribed(), drops], None),
        ([speaks, committed("spoken", is_answered=False), tools, transcribed("spoken")], TOOLS_DUE),
        ([speaks, tools, committed("other", is_answered=False), transcribed("other")], None),
        # A turn that comes to nothing leaves nothing behind.
        ([speaks, drops, tools], TOOLS_DUE),
        ([speaks, tools, drops], TOOLS_DUE),
        # What a response answers.
        ([REQUEST, turn(), over], TurnDue()),
        ([REQUEST, tools, over], TOOLS_DUE),
        ([turn(), tools, REQUEST, over], None),
        ([turn(), tools, TURN, over], None),
        ([tools, TOOLS, over], None),
        ([turn(), OUTSIDE, over], TurnDue()),
        ([tools, OUTSIDE, over], TOOLS_DUE),
        ([turn(), OWN_CONTEXT, over], TurnDue()),
        ([tools, OWN_CONTEXT, over], TOOLS_DUE),
        # A request that waits for a transcript answers it; a request that does not wait is another answer.
        ([committed(), REQUEST, transcribed(), over], None),
        ([REQUEST, committed(), transcribed(), over], TurnDue()),
        ([committed(), OUTSIDE, transcribed(), over], TurnDue()),
        # What cannot be answered is not owed.
        ([turn(), NextAnswer.turn_unanswerable], None),
        ([tools, turn(), NextAnswer.turn_unanswerable], TOOLS_DUE),
    ],
)
def test_what_is_due(steps: list[Step], due: TurnDue | ToolsDue[str] | None) -> None:
    assert after(*steps).due(calls_run=False) == due


def test_tools_are_answered_when_the_last_call_is_over() -> None:
    answers = after(tools)
    assert answers.due(calls_run=True) is None
    assert answers.due(calls_run=False) == TOOLS_DUE


@pytest.mark.parametrize(
    "reset",
    [REQUEST, TURN, OWN_CONTEXT, speaks, NextAnswer.approval_decided],
)
def test_a_model_that_calls_in_circles_is_stopped_until_somebody_else_does_something(reset: Step) -> None:
    answers = after(*[tools, TOOLS, over] * MAX_ROUNDS, tools)
    assert answers.due(calls_run=False) is None
    reset(answers)
    for step in (cut, drops, tools):
        step(answers)
    assert answers.due(calls_run=False) == TOOLS_DUE


@pytest.mark.parametrize(
    ("steps", "is_covered"),
    [
        ([], False),
        ([tools], True),
        ([tools, TOOLS], True),
        ([tools, TOOLS, over], True),
        ([tools, speaks, drops], False),
        # One for each call.
        ([tools, NextAnswer.cover_request], False),
        ([tools, tools, NextAnswer.cover_request], True),
        # What came since wants an answer of its own.
        ([tools, NextAnswer.input_added], False),
        ([tools, TOOLS, committed()], False),
        ([tools, REQUEST], False),
        ([tools, TURN], False),
        ([tools, OWN_CONTEXT], False),
        ([tools, OUTSIDE], True),
        # An answer that was cut is asked for again.
        ([tools, TOOLS, cut], False),
        ([REQUEST, tools, cut], True),
        # Nothing comes without a request any more.
        ([*[tools, TOOLS, over] * MAX_ROUNDS, tools], False),
    ],
)
def test_which_requests_of_the_client_the_answer_to_tools_covers(steps: list[Step], is_covered: bool) -> None:  # noqa: FBT001 - a table
    assert after(*steps).covers_request is is_covered


def test_a_response_waits_for_the_transcripts_before_it() -> None:
    answers = after(
        committed("spoken"), lambda a: a.await_transcript("sent", is_answered=False, is_announced=True)
    )
    answers.begin(ResponseFor.REQUEST)
    assert (answers.is_active, answers.may_announce, answers.may_start) == (True, False, False)
    assert answers.transcribed("spoken", has_words=True) == (False, False)
    assert (answers.may_announce, answers.may_start) == (True, False)
    assert answers.awaits_transcript("sent")
    assert answers.transcribed("sent", has_words=True) == (True, False)
    assert not answers.awaits_transcript("sent")
    assert answers.may_start
    answers.start()
    assert not answers.may_start


def test_an_answer_is_overtaken_by_a_user_who_speaks_before_the_transcript_is_known() -> None:
    assert after(committed(), speaks).transcribed("turn", has_words=True).is_overtaken
    assert not after(committed(), speaks).transcribed("turn", has_words=False).is_overtaken
    assert not after(committed(), speaks, REQUEST).transcribed("turn", has_words=True).is_overtaken
    assert not after(committed(is_answered=False), speaks).transcribed("turn", has_words=True).is_overtaken
    assert not after(speaks, committed()).transcribed("turn", has_words=True).is_overtaken


def test_a_reply_is_prepared_only_if_nothing_would_come_before_it() -> None:
    assert after(speaks).may_speculate
    assert not after(REQUEST).may_speculate
    assert not after(committed()).may_speculate


class Conversation(RuleBasedStateMachine):
    """Does whatever may happen, and begins what is due as a session does."""

    @initialize()
    def begin(self) -> None:
        self.answers = NextAnswer[str]()
        self.pending: list[str] = []
        self.number = 0
        self.calls_run = False
        self.is_covered_by: str | None = None

    @rule(is_answered=st.booleans(), speaks_first=st.booleans())
    def user_speaks(self, *, is_answered: bool, speaks_first: bool) -> None:
        self.number += 1
        item_id = f"item_{self.number}"
        if speaks_first:
            self.interrupt(item_id)
        self.answers.await_transcript(item_id, is_answered=is_answered)
        self.pending.append(item_id)

    @rule(item_id=st.sampled_from(["cleared"]))
    def interrupt(self, item_id: str) -> None:
        self.answers.interrupt(item_id)
        if self.answers.is_active:
            self.answers.over(is_cut=True)

    @rule()
    def drop(self) -> None:
        self.answers.turn_dropped()

    @precondition(lambda self: self.pending)
    @rule(has_words=st.booleans())
    def transcribe(self, *, has_words: bool) -> None:
        self.answers.transcribed(self.pending.pop(0), has_words=has_words)

    @rule(calls_run=st.booleans())
    def call_over(self, *, calls_run: bool) -> None:
        self.calls_run = calls_run
        self.answers.tool_call_over("options")

    @rule()
    def calls_are_over(self) -> None:
        self.calls_run = False

    @rule(response_for=st.sampled_from([ResponseFor.REQUEST, ResponseFor.OWN_CONTEXT, ResponseFor.OUTSIDE]))
    def request(self, response_for: ResponseFor) -> None:
        if response_for is ResponseFor.REQUEST and self.answers.covers_request:
            self.answers.cover_request()
        elif not self.answers.is_active:
            self.answers.begin(response_for)

    @rule(is_cut=st.booleans())
    def over(self, *, is_cut: bool) -> None:
        if self.answers.is_active and (is_cut or not self.answers.may_start):
            self.answers.over(is_cut=is_cut)

    @invariant()
    def begin_what_is_due(self) -> None:
        if not hasattr(self, "answers"):
            return
        due = self.answers.due(calls_run=self.calls_run)
        if due is not None:
            # One answer at a time, after every transcript.
            assert not self.answers.is_active
            assert not self.pending
            self.answers.begin(ResponseFor.TURN if isinstance(due, TurnDue) else ResponseFor.TOOLS)
        if self.answers.may_start:
            self.answers.start()

    def settle(self) -> None:
        """Let all that is under way come to its end."""
        while self.pending:
            self.transcribe(has_words=False)
        self.drop()
        self.calls_are_over()
        for _ in range(3):
            self.begin_what_is_due()
            self.over(is_cut=False)

    def teardown(self) -> None:
        if not hasattr(self, "answers"):
            return
        self.settle()
        assert not self.answers.is_active
        # However it came to be: nothing owed is left lying, and what comes now is answered.
        assert self.answers.due(calls_run=False) is None
        self.answers.approval_decided()
        self.answers.tool_call_over("options")
        assert self.answers.due(calls_run=False) == TOOLS_DUE
        turn()(self.answers)
        assert self.answers.due(calls_run=False) == TurnDue()


TestConversation = Conversation.TestCase
