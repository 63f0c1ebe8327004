"""The border between engines and the libraries that they stand on.

Libraries fail with whatever they like: a missing symbol is an AttributeError, onnxruntime's errors have only
Exception in common. Here all of it becomes an `EngineError` with a sentence of ours, because a user may read
it; what the library said is the error's cause, and goes to the log.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from openvoicelive.errors import EngineError, EngineNotInstalled

log = logging.getLogger(__name__)

Engine = TypeVar("Engine")


@dataclass(frozen=True)
class NotLoaded:
    """Why an engine was not loaded."""

    sentence: str

    is_broken: bool
    """It is installed and does not work, so somebody should repair it."""


@contextmanager
def engine_border(sentence: str, *, code: str = "engine_error") -> Iterator[None]:
    """Turn whatever a library raises into an EngineError with this sentence and code.

    Raises:
        EngineError: If anything was raised inside.

    """
    try:
        yield
    except EngineError:
        raise
    except Exception as error:
        raise EngineError(sentence, code=code) from error


def try_to_load(name: str, load: Callable[[], Engine], *, library: str | None = None) -> Engine | NotLoaded:
    """Load an engine; whatever goes wrong ends in a sentence, never in an exception.

    `library` is the module without which the engine is not installed. What is broken is logged as an error,
    with the traceback of what the library raised.
    """
    try:
        return load()
    except EngineNotInstalled as error:
        return NotLoaded(str(error), is_broken=False)
    except EngineError as error:
        log.error("%s", error, exc_info=error.__cause__)  # noqa: TRY400 - the traceback of the cause is wanted
        return NotLoaded(str(error), is_broken=True)
    except Exception as error:
        if library is not None and isinstance(error, ModuleNotFoundError) and error.name == library:
            return NotLoaded(f"{name} is not installed: it needs {library}.", is_broken=False)
        log.exception("%s does not load", name)
        return NotLoaded(f"{name} does not load ({type(error).__name__}); the log says more.", is_broken=True)
