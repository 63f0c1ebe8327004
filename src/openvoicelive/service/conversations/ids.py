"""Unique ids, cheap enough for every event."""

import secrets
from itertools import count

from openvoicelive.protocol.ids import NewId, Prefix


def new_id_factory() -> NewId:
    """Return a factory of ids that are unique among all sessions: a random part for each, then a number."""
    random_part = secrets.token_hex(8)
    numbers = count(1)

    def new_id(prefix: Prefix) -> str:
        return f"{prefix}_{random_part}{next(numbers):06x}"

    return new_id
