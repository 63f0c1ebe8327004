"""Rate limits for guesses of a secret: for each address and for all together. Pure: times are arguments."""

from collections import OrderedDict
from dataclasses import dataclass

# How often a person may mistype in a row, and how long such a person waits for the next try.
TRIES = 5
RETRY_S = 20.0
# All addresses together, because an attacker may have thousands: 20 attempts a second, after the first 20.
SPACING_S = 0.05
BURST = 20
# About 1 MB. An attacker with more addresses meets the limit for all together.
MOST_ADDRESSES = 4096

_ROUNDING_S = 1e-6


@dataclass(frozen=True)
class Attempt:
    """The result of one attempt."""

    wait_s: float = 0.0
    """How long to wait before the secret is checked."""

    retry_after_s: float = 0.0
    """If not 0, the secret must not be checked; the time until the next attempt."""

    @property
    def is_locked(self) -> bool:
        """Whether the secret must not be checked."""
        return self.retry_after_s > 0


class AttemptLimits:
    """Two leaky buckets (as ITU-T I.371's generic cell rate algorithm): one for each address, one for all.

    The bucket of an address refuses, so one attacker never delays others. The bucket for all only delays: an
    attack from many addresses is slow, and a right secret is accepted after the attempts before it.
    """

    def __init__(
        self,
        *,
        tries: int = TRIES,
        retry_s: float = RETRY_S,
        spacing_s: float = SPACING_S,
        burst: int = BURST,
        most_addresses: int = MOST_ADDRESSES,
    ) -> None:
        self._retry_s = retry_s
        self._tolerance_s = (tries - 1) * retry_s + _ROUNDING_S
        self._spacing_s = spacing_s
        self._tolerance_of_all_s = (burst - 1) * spacing_s
        self._most_addresses = most_addresses
        self._empty_at_s: OrderedDict[str, float] = OrderedDict()
        """When the bucket of each address will be empty, those longest ago first."""
        self._all_empty_at_s = 0.0

    @property
    def addresses(self) -> int:
        """How many addresses are remembered."""
        return len(self._empty_at_s)

    def take(self, address: str, now_s: float) -> Attempt:
        """Count an attempt."""
        empty_at_s = max(self._empty_at_s.pop(address, now_s), now_s)
        too_soon_s = empty_at_s - now_s - self._tolerance_s
        self._empty_at_s[address] = empty_at_s if too_soon_s > 0 else empty_at_s + self._retry_s
        if len(self._empty_at_s) > self._most_addresses:
            self._empty_at_s.popitem(last=False)
        if too_soon_s > 0:
            return Attempt(retry_after_s=too_soon_s)
        all_empty_at_s = max(self._all_empty_at_s, now_s)
        self._all_empty_at_s = all_empty_at_s + self._spacing_s
        return Attempt(wait_s=max(0.0, all_empty_at_s - now_s - self._tolerance_of_all_s))

    def abandoned(self) -> None:
        """Take back an attempt whose client left before the check, so that it delays no others."""
        self._all_empty_at_s -= self._spacing_s

    def succeeded(self, address: str) -> None:
        """Take back an attempt because its secret was right."""
        self._empty_at_s.pop(address, None)
        self._all_empty_at_s -= self._spacing_s
