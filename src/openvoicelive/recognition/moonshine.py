"""Recognition by Moonshine tiny (English, MIT licence; https://github.com/moonshine-ai/moonshine).

The model comes inside the wheel of `moonshine-voice`, but onnxruntime runs it here, not that package's own
library. The words are the same, for half of the processor time: the library keeps a second thread spinning
and switches off the packing of weights. Calls from several threads run at once, where the library has one
lock and one buffer for its results. And the model's confidence can be seen, which tells noise from words.
"""

import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from openvoicelive.engine_loading import engine_border
from openvoicelive.errors import EngineError, EngineNotInstalled
from openvoicelive.installed_files import CODE as DAMAGED
from openvoicelive.installed_files import verify_installed
from openvoicelive.recognition.confidence import believable
from openvoicelive.recognition.cutting import LEAST_SAMPLES, LONGEST_SAMPLES, SEARCH_SAMPLES, place_to_cut
from openvoicelive.recognition.interface import RECOGNITION_RATE_HZ, Capabilities, Samples

_TEXT_START, _TEXT_END = 1, 2
_LAYERS, _HEADS, _HEAD_SIZE = 6, 8, 36
# The authors' own bound against endless repetition; nobody speaks faster.
_TOKENS_PER_SECOND = 6.5
# The encoder's three convolutions need 0.06 s; nothing so short is a word.
_SHORTEST_SAMPLES = RECOGNITION_RATE_HZ // 10
# A piece that was not understood is tried again when it can be so much longer.
_LONGER_SAMPLES = RECOGNITION_RATE_HZ
_LOG_ERRORS_ONLY = 3


class MoonshineRecognizer:
    """The loaded model; `start` and everything after it may be called from any thread."""

    name = "moonshine-tiny-en"
    capabilities = Capabilities(languages=frozenset({"en"}))

    def __init__(self, folder: Path | None = None, *, threads: int = 1) -> None:
        """Load the model, by default the one in the installed wheel.

        Each transcription uses that many threads; with one, many conversations share the cores best.

        Raises:
            EngineNotInstalled: If there is no model.
            EngineError: If it is damaged, or does not load.

        """
        folder = folder or _installed_model()
        with engine_border("The Moonshine model does not load.", code=DAMAGED):
            self._tokens = _read_tokens((folder / "tokenizer.bin").read_bytes())
            self._encoder = _load(folder / "encoder_model.ort", threads)
            self._decoder = _load(folder / "decoder_model_merged.ort", threads)
            scores, *cache = self._decoder.get_outputs()
            if scores.shape[-1] != len(self._tokens):
                raise EngineError(
                    f"The Moonshine model is damaged: tokenizer.bin has {len(self._tokens)} tokens, "
                    f"not {scores.shape[-1]}.",
                    code=DAMAGED,
                )
        self._cache_names = [output.name.partition(".")[2] for output in cache]

    def start(self, *, language: str | None = None, phrases: tuple[str, ...] = ()) -> "MoonshineUtterance":
        """Begin an utterance; this engine hears English whatever is asked for, and uses no phrases."""
        del language, phrases
        return MoonshineUtterance(self)

    def close(self) -> None:
        """Free the model; later calls fail."""
        del self._encoder, self._decoder

    def transcribe(self, samples: Samples) -> str:
        """Say what a piece of at most 20 s contains; empty for silence and noise.

        The time for it grows with the square of its length.

        Raises:
            EngineError: If the engine failed.

        """
        if samples.size < _SHORTEST_SAMPLES or not samples.any():
            return ""
        with engine_border("Speech recognition failed."):
            tokens, confidence, ended = self._decode(samples)
            text = b"".join(self._tokens[token] for token in tokens).decode(errors="ignore")
        return believable(text.replace("▁", " ").strip(), confidence, ended=ended)

    def _decode(self, samples: Samples) -> tuple[list[int], float, bool]:
        """Return the likeliest tokens, the mean logarithm of their probability, and if they have an end."""
        audio = samples[np.newaxis].astype(np.float32, copy=False)
        mask = np.ones(audio.shape, dtype=np.int64)
        (states,) = self._encoder.run(None, {"input_values": audio, "attention_mask": mask})
        fixed = {"encoder_hidden_states": _value(states), "encoder_attention_mask": _value(mask)}
        nothing = _value(np.zeros((1, _HEADS, 1, _HEAD_SIZE), dtype=np.float32))
        cache = dict.fromkeys((f"past_key_values.{name}" for name in self._cache_names), nothing)
        tokens = [_TEXT_START]
        log_probabilities = []
        for step in range(math.ceil(samples.size / RECOGNITION_RATE_HZ * _TOKENS_PER_SECOND)):
            logits, *present = self._decoder.run_with_ort_values(
                None,
                {
                    "input_ids": _value(np.array([tokens[-1:]])),
                    "use_cache_branch": _value(np.array([step > 0])),
                    **fixed,
                    **cache,
                },
            )
            scores = logits.numpy()[0, -1]
            token = int(scores.argmax())
            log_probabilities.append(-math.log(float(np.exp(scores - scores[token]).sum())))
            if token == _TEXT_END:
                break
            tokens.append(token)
            for name, value in zip(self._cache_names, present, strict=True):
                # What belongs to the sound is computed once, in the first step; later steps return it empty.
                if step == 0 or ".decoder." in name:
                    cache[f"past_key_values.{name}"] = value
        ended = token == _TEXT_END
        return tokens[1:], sum(log_probabilities) / len(log_probabilities), ended


class MoonshineUtterance:
    """Sound of one person speaking once.

    The work is done when the transcript is asked for, but for a long speech: what lies before a pause is
    written down when it is heard, and only once.
    """

    def __init__(self, recognizer: MoonshineRecognizer) -> None:
        self._recognizer = recognizer
        self._heard: Samples = np.empty(0, dtype=np.float32)
        self._settled: list[str] = []
        self._least_samples = LEAST_SAMPLES

    def hear(self, samples: Samples) -> None:
        """Keep the next stretch of sound; of a long speech, write down the pieces that are complete.

        Raises:
            EngineError: If the engine failed.

        """
        self._heard = np.concatenate((self._heard, samples))
        while (end := place_to_cut(self._heard, self._least_samples)) is not None:
            text = self._recognizer.transcribe(self._heard[:end])
            longer_samples = end + _LONGER_SAMPLES
            if not text and longer_samples + SEARCH_SAMPLES <= LONGEST_SAMPLES:
                # Sometimes the model fails at a piece, and understands it together with what follows.
                self._least_samples = longer_samples
                continue
            self._least_samples = LEAST_SAMPLES
            self._settled.append(text)
            self._heard = self._heard[end:].copy()

    def transcript(self) -> str:
        """Say what has been heard so far; of a long speech only the newest part is new work.

        Raises:
            EngineError: If the engine failed.

        """
        return " ".join(text for text in (*self._settled, self._recognizer.transcribe(self._heard)) if text)


def _installed_model() -> Path:
    """Find the model in the installed wheel, without running that package's code, and compare its files."""
    spec = find_spec("moonshine_voice")
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder, "assets", "tiny-en")
        if path.is_dir():
            verify_installed("moonshine-voice", path)
            return path
    raise EngineNotInstalled("The Moonshine model is not installed.")


def _load(path: Path, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # An arena keeps what the longest speech needed: 512 MB after two of 30 s at once, else 385, as fast.
    options.enable_cpu_mem_arena = False
    options.log_severity_level = _LOG_ERRORS_ONLY
    # Threads that wait by spinning take the cores from other conversations.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _value(array: Any) -> Any:
    return onnxruntime.OrtValue.ortvalue_from_numpy(array)


def _read_tokens(data: bytes) -> list[bytes]:
    """Read Moonshine's vocabulary: each token's length (one byte, or two from 128 on), then its text.

    Raises:
        EngineError: If it ends in the middle of a token.

    """
    tokens = []
    position = 0
    while position < len(data):
        length = data[position]
        position += 1
        if length >= 128:
            length += data[position] * 128 - 128
            position += 1
        tokens.append(data[position : position + length])
        position += length
    if position > len(data):
        raise EngineError("The Moonshine model is damaged: tokenizer.bin is cut off.", code=DAMAGED)
    return tokens
