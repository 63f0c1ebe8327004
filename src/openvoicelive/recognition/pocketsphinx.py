"""Recognition by pocketsphinx (BSD), the fallback: it hears much less well, but runs everywhere.

The English model comes inside the wheel. A decoder takes 93 MB and half a second to load, and is for one
utterance at a time, so a few are kept and lent. Decoding holds Python's interpreter lock, so a decoder gets
its sound in small pieces.
"""

import threading
import weakref
from contextlib import suppress
from queue import Empty, SimpleQueue

import numpy as np
import pocketsphinx

from openvoicelive.errors import EngineError
from openvoicelive.recognition.interface import RECOGNITION_RATE_HZ, Capabilities, Samples

_PIECE_SAMPLES = RECOGNITION_RATE_HZ // 50
_FULL_SCALE = 32_767


class PocketsphinxRecognizer:
    """Decoders, lent to utterances; may be called from any thread."""

    name = "pocketsphinx-en-us"
    capabilities = Capabilities(languages=frozenset({"en"}))

    def __init__(self, *, most_decoders: int = 4) -> None:
        """Load one decoder; more, up to a bound, are loaded when several people speak at once.

        Raises:
            EngineError: If the model does not load.

        """
        self._lock = threading.Lock()
        self._most_decoders = most_decoders
        self._decoders = 1
        self._idle: SimpleQueue[pocketsphinx.Decoder] = SimpleQueue()
        self._idle.put(_load())

    def start(self, *, language: str | None = None, phrases: tuple[str, ...] = ()) -> "PocketsphinxUtterance":
        """Begin an utterance; this engine hears English whatever is asked for, and uses no phrases.

        Raises:
            EngineError: If too many people speak at once.

        """
        del language, phrases
        decoder = self._borrow()
        utterance = PocketsphinxUtterance(decoder)
        # An utterance has no end of its own: more sound may always follow. So its decoder comes back when it
        # is forgotten; `put` of this queue is made to be called from such places.
        weakref.finalize(utterance, self._idle.put, decoder)
        return utterance

    def close(self) -> None:
        """Free the decoders that are not lent."""
        with suppress(Empty):
            while True:
                self._idle.get_nowait()

    def _borrow(self) -> pocketsphinx.Decoder:
        with suppress(Empty):
            return self._idle.get_nowait()
        with self._lock:
            if self._decoders >= self._most_decoders:
                raise EngineError(
                    f"Only {self._most_decoders} people can be understood at once. Try again in a moment.",
                    code="engine_busy",
                )
            decoder = _load()
            self._decoders += 1
            return decoder


class PocketsphinxUtterance:
    """One person speaking once; every stretch of sound is decoded as it comes."""

    def __init__(self, decoder: pocketsphinx.Decoder) -> None:
        self._decoder = decoder
        self._listening = False
        self._settled: list[str] = []

    def hear(self, samples: Samples) -> None:
        """Decode the next stretch of sound; takes about half of its duration.

        Raises:
            EngineError: If the engine failed.

        """
        if not self._listening:
            self._decoder.start_utt()
            self._listening = True
        audio = np.clip(samples * _FULL_SCALE, -_FULL_SCALE, _FULL_SCALE).astype(np.int16)
        try:
            for start in range(0, audio.size, _PIECE_SAMPLES):
                self._decoder.process_raw(audio[start : start + _PIECE_SAMPLES].tobytes())
        except RuntimeError as error:
            raise EngineError(f"Speech recognition failed: {error}") from error

    def transcript(self) -> str:
        """Say what has been heard so far; what follows is decoded as a new sentence."""
        if self._listening:
            self._decoder.end_utt()
            self._listening = False
            hypothesis = self._decoder.hyp()
            if hypothesis is not None and hypothesis.hypstr:
                self._settled.append(hypothesis.hypstr)
        return " ".join(self._settled)


def _load() -> pocketsphinx.Decoder:
    try:
        # Without its second pass, it made fewer errors on 16 short clips (22 % of the words instead of 26 %)
        # and came to an end in at most 60 ms instead of 244 ms.
        return pocketsphinx.Decoder(samprate=RECOGNITION_RATE_HZ, loglevel="FATAL", fwdflat=False)
    except (RuntimeError, ValueError) as error:
        raise EngineError(f"The pocketsphinx model does not load: {error}") from error
