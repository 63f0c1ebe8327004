"""Why there is no connection to a service, or no longer."""

from openvoicelive.errors import VoiceError
from openvoicelive.web.page.problems import Problem

# By the WebSocket's close code.
_CLOSES = {
    1000: "service_ended",
    1001: "service_restarted",
    1006: "service_lost",
    1008: "policy",
    1009: "message_too_large",
    1011: "service_failed",
    1012: "service_restarting",
    1013: "service_busy",
}


class ServiceUnavailable(VoiceError):  # noqa: N818 - names what the user is told
    """The service cannot be reached or does not take us; `problem` says what to do."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


class ServiceBusy(ServiceUnavailable):
    """The service takes nobody for the moment: HTTP 429 or 5xx."""

    def __init__(self, problem: Problem, *, retry_after_s: float | None) -> None:
        super().__init__(problem)
        self.retry_after_s = retry_after_s


class ServiceClosed(VoiceError):  # noqa: N818 - names what happened
    """The service ended the connection; `problem` says what to do."""

    def __init__(self, close_code: int) -> None:
        self.problem = Problem.of(_CLOSES.get(close_code, "service_closed"), close_code=str(close_code))
        super().__init__(self.problem.sentence)
