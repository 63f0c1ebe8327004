"""Chooses the engine: the best one that loads on this machine."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from openvoicelive.engine_loading import NotLoaded, try_to_load
from openvoicelive.errors import EngineError
from openvoicelive.recognition.interface import RECOGNITION_RATE_HZ, Recognizer

log = logging.getLogger(__name__)

INSTALL = "Install the local engines: pip install 'openvoicelive[local]'"
_TRIAL_SAMPLES = RECOGNITION_RATE_HZ // 2


@dataclass(frozen=True)
class LoadedRecognizer:
    """The engine that was chosen."""

    recognizer: Recognizer

    passed_over: tuple[NotLoaded, ...] = ()
    """Why better engines were not taken; the operator should read it."""


def load_recognizer() -> LoadedRecognizer:
    """Load Moonshine, or pocketsphinx where that cannot be; what is returned has recognised some noise.

    Raises:
        EngineError: If none loads; the message names each reason and what to install.

    """
    passed_over: list[NotLoaded] = []
    for name, library, load in (
        ("Moonshine", "onnxruntime", _moonshine),
        ("pocketsphinx", "pocketsphinx", _pocketsphinx),
    ):
        loaded = try_to_load(name, _tried(load), library=library)
        if not isinstance(loaded, NotLoaded):
            return LoadedRecognizer(loaded, tuple(passed_over))
        passed_over.append(loaded)
    reasons = (reason.sentence for reason in passed_over)
    raise EngineError(" ".join(("No speech recognition can be loaded.", *reasons, INSTALL)))


def _tried(load: Callable[[], Recognizer]) -> Callable[[], Recognizer]:
    """Have the engine recognise something before it is trusted: a model that loads may still not run."""

    def load_and_try() -> Recognizer:
        recognizer = load()
        utterance = recognizer.start()
        utterance.hear(np.random.default_rng(1).normal(0, 0.1, _TRIAL_SAMPLES).astype(np.float32))
        utterance.transcript()
        return recognizer

    return load_and_try


# The engines are imported here and not above: each needs a library that may not be installed.
def _moonshine() -> Recognizer:
    from openvoicelive.recognition.moonshine import MoonshineRecognizer  # noqa: PLC0415 - see above

    return MoonshineRecognizer()


def _pocketsphinx() -> Recognizer:
    from openvoicelive.recognition.pocketsphinx import PocketsphinxRecognizer  # noqa: PLC0415 - see above

    return PocketsphinxRecognizer()
