"""What one page is told about its conversation, in order and without waiting."""

import logging
from collections.abc import Callable

from openvoicelive.web.page.messages import Level, Log, State, Status, ToPage
from openvoicelive.web.page.problems import Problem

logger = logging.getLogger(__name__)


class PageReport:
    """The conversation's state, and the way to tell it.

    A state of normal life has no sentence of the app's own: the page has it in its user's language. After
    trouble the sentence stays, while the session is ready again, until somebody speaks.
    """

    def __init__(self, tell: Callable[[ToPage | bytes], None]) -> None:
        self.tell = tell
        self.state: State = "idle"
        self.connected = False
        self._last_error: str | None = None
        self._trouble: Problem | None = None

    def become(self, state: State) -> None:
        """Enter a state."""
        self.state = state
        if state != "ready":
            self._trouble = None
        self._tell(state, self._trouble)

    def busy(self, pause_s: float) -> None:
        """Say that the service takes nobody for the moment, and when it is asked again."""
        self._tell("starting", Problem.of("service_asked_again", seconds=max(1, round(pause_s))))

    def trouble(self, problem: Problem) -> None:
        """Show a problem; the conversation goes on where it was."""
        self._trouble = problem
        self._fail(problem)
        self._tell(self.state, problem)

    def end(self, problem: Problem) -> None:
        """Show why the conversation ended, with the trouble that led there."""
        self.connected = False
        if self._trouble:
            reason = self._trouble.sentence
            problem = Problem(
                problem.code,
                f"{reason} {problem.sentence}",
                {**self._trouble.values, **problem.values, "reason": reason},
            )
        self.state = "error"
        self._fail(problem)

    def log(self, level: Level, message: str, *, logged: str | None = None) -> None:
        """Tell developers, on the page and in the app's log.

        `logged` goes into the app's log instead of what a service wrote: that may quote what a user said.
        """
        logger.log(logging.getLevelNamesMapping()[level.upper()], "%s", logged or message)
        self.tell(Log(level=level, msg=message))

    def _fail(self, problem: Problem) -> None:
        self._last_error = problem.sentence
        cause = problem.values.get("error_code")
        self.log("error", problem.sentence, logged=f"{problem.code}: {cause}." if cause else None)
        self._tell("error", problem)

    def _tell(self, state: State, problem: Problem | None) -> None:
        self.tell(
            Status(
                state=state,
                message=problem.sentence if problem else "",
                connected=self.connected,
                last_error=self._last_error,
                code=problem.code if problem else None,
                values=problem.values if problem else {},
            )
        )
