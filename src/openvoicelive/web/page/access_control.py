"""Access control for one browser's socket: the access code and the choices that the operator offers."""

from openvoicelive.serving.secret_guard import SecretGuard, TooManyAttemptsError
from openvoicelive.settings import Settings
from openvoicelive.web.page.choices import Offer
from openvoicelive.web.page.measurements import Measurements
from openvoicelive.web.page.messages import Sample, Start
from openvoicelive.web.page.problems import Problem

_MAX_WRONG_CODES = 5


class AccessControl:
    """Checks each request for a session or a sample on one socket."""

    def __init__(
        self, settings: Settings, offer: Offer, measurements: Measurements, code: SecretGuard, address: str
    ) -> None:
        self._settings = settings
        self._offer = offer
        self._refused = measurements.refused
        self._code = code
        self._address = address
        self._wrong_codes = 0
        self.is_locked = False
        """Whether too many wrong codes were tried; then the socket must close."""

    async def check(self, wish: Start | Sample) -> Problem | None:
        """Return why the request is refused, possibly after a delay; `None` if it is granted."""
        if problem := await self._check_code(wish.access_code):
            return problem
        if self._settings.missing:
            self._refused.labels("settings").inc()
            return Problem.of("settings_missing", names=" and ".join(self._settings.missing))
        for name, value in wish.chosen.items():
            if problem := self._offer.problem(name, value):
                self._refused.labels("choice").inc()
                return problem
        return None

    async def _check_code(self, given: str | None) -> Problem | None:
        try:
            if await self._code.is_right(given, self._address):
                return None
        except TooManyAttemptsError as error:
            self.is_locked = True
            self._refused.labels("access_code_locked").inc()
            return Problem.of("access_code_locked", seconds=error.retry_after_s)
        self._wrong_codes += 1
        self.is_locked = self._wrong_codes >= _MAX_WRONG_CODES
        self._refused.labels("access_code").inc()
        return Problem.of("access_code")
