"""Whom one browser's socket lets talk, and with what: the access code, and what the operator offers."""

from openvoicelive.admission import secret_is_right
from openvoicelive.settings import Settings
from openvoicelive.web.choices import Offer
from openvoicelive.web.measurements import Measurements
from openvoicelive.web.messages import Sample, Start
from openvoicelive.web.problems import Problem

_MAX_WRONG_CODES = 5


class Entrance:
    """Examines each wish to talk, or to hear a voice, that comes over one socket."""

    def __init__(self, settings: Settings, offer: Offer, measurements: Measurements) -> None:
        self._settings = settings
        self._offer = offer
        self._refused = measurements.refused
        self._wrong_codes = 0

    @property
    def is_shut(self) -> bool:
        """Whether so many wrong codes were tried that the socket must close."""
        return self._wrong_codes >= _MAX_WRONG_CODES

    def bar(self, wish: Start | Sample) -> Problem | None:
        """Say why this wish is not granted; `None` if it is."""
        if not secret_is_right(wish.access_code, self._settings.access_code):
            self._wrong_codes += 1
            self._refused.labels("access_code").inc()
            return Problem.of("access_code")
        if self._settings.missing:
            self._refused.labels("settings").inc()
            return Problem.of("settings_missing", names=" and ".join(self._settings.missing))
        for name, value in wish.chosen.items():
            if problem := self._offer.problem(name, value):
                self._refused.labels("choice").inc()
                return problem
        return None
