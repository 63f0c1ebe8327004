"""When to try again at a service that is busy. Pure: time and chance come in as arguments."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LIMIT_S = 30.0
_IN_MILLISECONDS = ("retry-after-ms", "x-ms-retry-after-ms")


@dataclass(frozen=True)
class BackOff:
    """Pauses that double, shortened by chance, so that those who were refused together come back apart.

    "Full jitter" of https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/, but never
    sooner than the service asked for.
    """

    limit_s: float = LIMIT_S
    """So long after the first try no other one begins; 0: there is only one."""

    first_s: float = 1.0
    most_s: float = 8.0
    jitter: Callable[[], float] = random.random
    """Returns a number from 0 to 1."""

    def pause_s(self, tries: int, *, spent_s: float, retry_after_s: float | None) -> float | None:
        """Return how long to wait after so many tries, which took `spent_s`; `None`: give up."""
        longest_s = min(self.most_s, self.first_s * 2 ** (tries - 1))
        pause_s = longest_s * self.jitter() + (retry_after_s or 0.0)
        return pause_s if spent_s + pause_s < self.limit_s else None


def retry_after_s(headers: Mapping[str, str], now: Callable[[], datetime] | None = None) -> float | None:
    """Return what a service says of when to come back: seconds, a date, or Azure's own milliseconds.

    https://datatracker.ietf.org/doc/html/rfc9110#section-10.2.3; the milliseconds are those that azure-core's
    `RetryPolicy` knows.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    for name in _IN_MILLISECONDS:
        if (milliseconds := _number(lower.get(name))) is not None:
            return milliseconds / 1000
    value = lower.get("retry-after")
    if value is None or (seconds := _number(value)) is not None:
        return None if value is None else seconds
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - (now or _now)()).total_seconds())


def _now() -> datetime:
    return datetime.now(UTC)


def _number(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() else None
