"""Recognition by pocketsphinx (BSD), the fallback: it hears much less well, but runs everywhere.

The English model comes inside the wheel. A decoder takes 93 MB and half a second to load, and hears one
utterance at a time, so a few are kept. A call borrows one and gives it back before it returns. In the middle
of an utterance the decoder is parked: its utterance goes on with it, unless another one needed it meanwhile.
Then the sound is decoded again, because each utterance keeps its sound until it is written down. So no
utterance can keep a decoder, whatever becomes of it.

Decoding holds Python's interpreter lock, so a decoder gets its sound in small pieces.
"""

import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pocketsphinx

from openvoicelive.engine_loading import engine_border
from openvoicelive.errors import EngineError
from openvoicelive.installed_files import CODE as DAMAGED
from openvoicelive.installed_files import verify_installed
from openvoicelive.recognition.interface import RECOGNITION_RATE_HZ, Capabilities, Samples

_PIECE_SAMPLES = RECOGNITION_RATE_HZ // 50
_FULL_SCALE = 32_767
# Somebody who never pauses is written down so often; more sound is not kept.
LONGEST_UNSETTLED_SAMPLES = 60 * RECOGNITION_RATE_HZ


class PocketsphinxRecognizer:
    """Decoders for utterances; may be called from any thread."""

    name = "pocketsphinx-en-us"
    capabilities = Capabilities(languages=frozenset({"en"}))

    def __init__(self, *, most_decoders: int = 4) -> None:
        """Load one decoder; more, up to a bound, are loaded when several people speak at once.

        Raises:
            EngineError: If the model is damaged, or does not load.

        """
        verify_installed("pocketsphinx", Path(pocketsphinx.get_model_path()))
        self._decoders = _Decoders(most_decoders)

    def start(self, *, language: str | None = None, phrases: tuple[str, ...] = ()) -> "PocketsphinxUtterance":
        """Begin an utterance; this engine hears English whatever is asked for, and uses no phrases."""
        del language, phrases
        return PocketsphinxUtterance(self._decoders)

    def close(self) -> None:
        """Free the decoders that are not at work."""
        self._decoders.close()


class PocketsphinxUtterance:
    """One person speaking once; every stretch of sound is decoded as it comes, if a decoder is free."""

    def __init__(self, decoders: "_Decoders") -> None:
        self._decoders = decoders
        self._unsettled: list[npt.NDArray[np.int16]] = []
        self._settled: list[str] = []

    def hear(self, samples: Samples) -> None:
        """Decode the next stretch of sound; takes about half of its duration.

        Raises:
            EngineError: If the engine failed.

        """
        self._unsettled.append(np.clip(samples * _FULL_SCALE, -_FULL_SCALE, _FULL_SCALE).astype(np.int16))
        with self._decoders.lent(self) as decoder:
            if decoder is not None:
                decoder.catch_up(self._unsettled)
                if self.unsettled_samples > LONGEST_UNSETTLED_SAMPLES:
                    self._settle(decoder)

    def transcript(self) -> str:
        """Say what has been heard so far; what follows is decoded as a new sentence.

        Raises:
            EngineError: If the engine failed, or too many people speak at once.

        """
        if self._unsettled:
            with self._decoders.lent(self) as decoder:
                if decoder is None:
                    raise EngineError(
                        "Too many people speak at once. Try again in a moment.", code="engine_busy"
                    )
                decoder.catch_up(self._unsettled)
                self._settle(decoder)
        return " ".join(self._settled)

    @property
    def unsettled_samples(self) -> int:
        """How much sound is kept because it is not written down yet."""
        return sum(stretch.size for stretch in self._unsettled)

    def _settle(self, decoder: "_Decoder") -> None:
        said = decoder.finish()
        self._unsettled.clear()
        if said:
            self._settled.append(said)


class _Decoder:
    """One of pocketsphinx's decoders, and how much of an utterance it has heard."""

    def __init__(self) -> None:
        with engine_border("The pocketsphinx model does not load.", code=DAMAGED):
            # Without its second pass, it made fewer errors on 16 short clips (22 % of the words instead of
            # 26 %) and came to an end in at most 60 ms instead of 244 ms.
            self._engine: Any = pocketsphinx.Decoder(
                samprate=RECOGNITION_RATE_HZ, loglevel="FATAL", fwdflat=False
            )
        self._heard_stretches = 0
        self.is_in_utterance = False

    def catch_up(self, sound: list[npt.NDArray[np.int16]]) -> None:
        """Hear what is new of an utterance's sound."""
        if not self.is_in_utterance:
            # Before it begins: a decoder that fails to begin cannot end either, and is dropped.
            self.is_in_utterance = True
            self._engine.start_utt()
        for stretch in sound[self._heard_stretches :]:
            for start in range(0, stretch.size, _PIECE_SAMPLES):
                self._engine.process_raw(stretch[start : start + _PIECE_SAMPLES].tobytes())
        self._heard_stretches = len(sound)

    def finish(self) -> str:
        """End the utterance, if one has begun, and say what was heard in it."""
        if not self.is_in_utterance:
            return ""
        self._engine.end_utt()
        self.is_in_utterance = False
        self._heard_stretches = 0
        hypothesis = self._engine.hyp()
        return "" if hypothesis is None else str(hypothesis.hypstr or "")


class _Decoders:
    """All decoders: each is idle, parked in the middle of an utterance, or at work in one call."""

    def __init__(self, most: int) -> None:
        self._lock = threading.Lock()
        self._most = most
        self._loaded = 1
        self._idle = [_Decoder()]
        self._parked: list[tuple[weakref.ref[PocketsphinxUtterance], _Decoder]] = []

    @contextmanager
    def lent(self, utterance: PocketsphinxUtterance) -> Iterator[_Decoder | None]:
        """Lend a decoder for one call, the one that is parked for this utterance if it still is.

        It is None when all are at work. Whatever happens in the call, the decoder can be used again after it.

        Raises:
            EngineError: If pocketsphinx failed.

        """
        with self._lock:
            decoder = self._parked_for(utterance)
            is_parked = decoder is not None
            decoder = decoder or self._other()
        if decoder is None:
            yield None
            return
        has_failed = True
        try:
            with engine_border("Speech recognition failed."):
                if not is_parked:
                    decoder.finish()
                yield decoder
            has_failed = False
        finally:
            self._give_back(decoder, None if has_failed else utterance)

    def close(self) -> None:
        """Free the decoders that are not at work."""
        with self._lock:
            self._loaded -= len(self._idle) + len(self._parked)
            self._idle.clear()
            self._parked.clear()

    def _parked_for(self, utterance: PocketsphinxUtterance) -> _Decoder | None:
        for index, (owner, decoder) in enumerate(self._parked):
            if owner() is utterance:
                del self._parked[index]
                return decoder
        return None

    def _other(self) -> _Decoder | None:
        """Take an idle decoder, one whose utterance was forgotten, a new one, or another utterance's."""
        if self._idle:
            return self._idle.pop()
        forgotten = [index for index, (owner, _) in enumerate(self._parked) if owner() is None]
        if not forgotten and self._loaded < self._most:
            decoder = _Decoder()
            self._loaded += 1
            return decoder
        if not self._parked:
            return None
        return self._parked.pop(forgotten[0] if forgotten else 0)[1]

    def _give_back(self, decoder: _Decoder, utterance: PocketsphinxUtterance | None) -> None:
        """Keep a decoder for its utterance, or without one for any other."""
        try:
            if utterance is None:
                decoder.finish()
        except Exception:  # noqa: BLE001 - its caller raises what failed; another decoder takes its place
            with self._lock:
                self._loaded -= 1
            return
        with self._lock:
            if utterance is not None and decoder.is_in_utterance:
                self._parked.append((weakref.ref(utterance), decoder))
            else:
                self._idle.append(decoder)
