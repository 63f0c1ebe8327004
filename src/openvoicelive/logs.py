"""What the program writes about itself: text for a terminal, JSON lines for whoever collects logs.

Nothing that a person said, typed or heard is ever among it, and no key. A record may carry figures:
`log.info("Turn answered.", extra={"figures": {"turn": 3}})`.
"""

import json
import logging
import math
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal, TextIO

from openvoicelive.errors import EngineError

LogFormat = Literal["text", "json"]

INTERVAL_S = 10.0
"""How often a line is logged that anybody outside can cause."""

session_id: ContextVar[str | None] = ContextVar("session_id", default=None)
"""The conversation that a task works for; tasks that it starts inherit it."""


def configure_logging(form: LogFormat, *, verbose: bool, stream: TextIO | None = None) -> None:
    """Write to `stream`: by default text to stderr, beside what the program prints, and JSON to stdout."""
    handler = _PatientHandler(stream or (sys.stdout if form == "json" else sys.stderr))
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("openvoicelive").setLevel(logging.DEBUG if verbose else logging.INFO)


class _PatientHandler(logging.StreamHandler[TextIO]):
    """Says once that a log cannot be written, for example because the disk is full, and goes on."""

    _is_failing = False
    _has_failed = False

    def emit(self, record: logging.LogRecord) -> None:
        self._has_failed = False
        super().emit(record)
        self._is_failing = self._has_failed

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            super().handleError(record)
            return
        self._has_failed = True
        if not self._is_failing and sys.stderr is not self.stream:
            with suppress(OSError):
                print(f"The log cannot be written ({error.strerror}).", file=sys.stderr, flush=True)  # noqa: T201


class TextFormatter(logging.Formatter):
    """One line for people, figures at its end."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Return the line without a stack trace."""
        line = super().formatMessage(record)
        figures = " ".join(f"{name}={value}" for name, value in _figures(record).items())
        return f"{line} [{figures}]" if figures else line


class JsonFormatter(logging.Formatter):
    """One JSON object in one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_figures(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def _figures(record: logging.LogRecord) -> Mapping[str, object]:
    # The record is formatted in the context in which it was made, for handlers run at once.
    session = session_id.get()
    figures: Mapping[str, object] = getattr(record, "figures", {})
    return {"session": session, **figures} if session else figures


class RateLimitedLog:
    """Logs one line in each interval and counts the others; for lines that anybody outside can cause."""

    def __init__(
        self, logger: logging.Logger, *, clock: Callable[[], float], interval_s: float = INTERVAL_S
    ) -> None:
        self._logger = logger
        self._clock = clock
        self._interval_s = interval_s
        self._last_s = -math.inf
        self._left_out = 0

    def warning(self, sentence: str, *values: object) -> None:
        """Log a warning, as `log` does."""
        self.log(logging.WARNING, sentence, *values)

    def log(
        self, level: int, sentence: str, *values: object, extra: Mapping[str, object] | None = None
    ) -> None:
        """Log a sentence and how many were left out since the last one, or leave it out."""
        now_s = self._clock()
        if now_s - self._last_s < self._interval_s:
            self._left_out += 1
            return
        if self._left_out:
            sentence, values = f"{sentence} (%d more since the last line.)", (*values, self._left_out)
        self._last_s, self._left_out = now_s, 0
        self._logger.log(level, sentence, *values, extra=extra)


# The client asked for something that is not installed, or the log named the problem at the start.
_KNOWN_CODES = {"engine_missing", "language_not_recognised", "voice_unavailable"}

failure_logs: dict[tuple[str, str, int], RateLimitedLog] = {}
"""One for each kind of failure, because a broken engine fails for every session."""


def log_failure(log: logging.Logger, what: str, error: EngineError) -> None:
    """Log that an engine failed: the error's sentence, its code and its cause."""
    if error.code == "internal_error":
        return  # logged, with its traceback, where it was caught
    figures = {"code": error.code} | ({"cause": error.cause} if error.cause else {})
    level = logging.INFO if error.code in _KNOWN_CODES else logging.WARNING
    limited = failure_logs.setdefault((log.name, what, level), RateLimitedLog(log, clock=time.monotonic))
    limited.log(level, "%s: %s", what, " ".join(str(error).split()), extra={"figures": figures})
