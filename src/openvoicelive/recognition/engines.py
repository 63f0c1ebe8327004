"""Chooses the engine: the best one that loads on this machine."""

from collections.abc import Callable
from dataclasses import dataclass

from openvoicelive.errors import EngineError
from openvoicelive.recognition.interface import Recognizer

INSTALL = "Install the local engines: pip install 'openvoicelive[local]'"


@dataclass(frozen=True)
class LoadedRecognizer:
    """The engine that was chosen."""

    recognizer: Recognizer

    passed_over: tuple[str, ...] = ()
    """Why better engines were not taken, one sentence each; the operator should read it."""


def load_recognizer() -> LoadedRecognizer:
    """Load Moonshine, or pocketsphinx where that cannot be.

    Raises:
        EngineError: If none loads; the message names each reason and what to install.

    """
    return _first_that_loads(_moonshine, _pocketsphinx)


def _first_that_loads(*engines: Callable[[], Recognizer]) -> LoadedRecognizer:
    reasons: list[str] = []
    for load in engines:
        try:
            return LoadedRecognizer(load(), tuple(reasons))
        except EngineError as error:
            reasons.append(str(error))
        except ImportError as error:
            reasons.append(f"{error}.")
    raise EngineError(" ".join(("No speech recognition can be loaded.", *reasons, INSTALL)))


# The engines are imported here and not above: each needs a library that may not be installed.
def _moonshine() -> Recognizer:
    from openvoicelive.recognition.moonshine import MoonshineRecognizer  # noqa: PLC0415 - see above

    return MoonshineRecognizer()


def _pocketsphinx() -> Recognizer:
    from openvoicelive.recognition.pocketsphinx import PocketsphinxRecognizer  # noqa: PLC0415 - see above

    return PocketsphinxRecognizer()
