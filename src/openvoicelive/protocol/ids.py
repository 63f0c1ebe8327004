"""Ids that clients see: a prefix for the kind, then something unique that a factory chooses."""

from collections.abc import Callable
from typing import Literal

Prefix = Literal["event", "sess", "conv", "item", "resp", "call"]
NewId = Callable[[Prefix], str]
