"""Speech from flite, the small English engine in Debian's packages (`apt install flite`), through ctypes.

flite analyses a text as a whole, then makes its sound frame by frame and passes it to a callback. The
analysis counts references without atomic operations, so one lock guards it. The sound is made from memory of
the utterance alone, without the lock, so several utterances are made at once, and a reader that pauses delays
nobody. All settings are features of the utterance, never of the voice that all share.

Four of flite's structures are read here, as flite 2 defines them. flite 1.4 is a `libflite.so.1`, too, but
its structures differ: its callbacks get no streaming info, and reading one would crash (cst_audio.h). So
other versions are refused, and each structure is checked for known values before a pointer in it is followed.
"""

import ctypes
import threading
from collections.abc import Iterator
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_float, c_int, c_short, c_void_p
from dataclasses import dataclass
from queue import Queue
from typing import Any

from openvoicelive.engine_loading import engine_border
from openvoicelive.errors import EngineError
from openvoicelive.installed_files import CODE as DAMAGED
from openvoicelive.synthesis.interface import Capabilities, Speech, VoiceRequest
from openvoicelive.synthesis.libraries import copied_samples, library_version, load_library
from openvoicelive.synthesis.plain_text import PlainText, in_ascii
from openvoicelive.synthesis.punctuation import ends_clause, ends_sentence
from openvoicelive.synthesis.timeline import Timeline
from openvoicelive.synthesis.visemes import viseme_of_cmu_phone

LIBRARY = "libflite.so.1"
VERSION = "2"
RATE_HZ = 16_000
FIRST_STRETCH_MS = 100
STRETCH_MS = 500
LEAD_MS = 20
"""What is kept of the pause of 120 to 230 ms with which flite begins."""
CLAUSE_PAUSE_MS = 100
SENTENCE_PAUSE_MS = 250
PHRASE_PAUSE_MS = 30
"""What is kept of flite's pause of 200 ms after a clause, after a sentence and after other texts."""

_CONTINUE, _STOP = 0, -1
_FAILED = "The voice could not speak this text."
# A wider range than the mean pitches of human voices.
_LEAST_HZ, _MOST_HZ = 30.0, 600.0


class _Wave(ctypes.Structure):
    """cst_wave of flite 2."""

    _fields_ = (
        ("type", c_char_p),
        ("sample_rate", c_int),
        ("num_samples", c_int),
        ("num_channels", c_int),
        ("samples", POINTER(c_short)),
    )


class _StreamingInfo(ctypes.Structure):
    """cst_audio_streaming_info of flite 2. The callback gets a pointer to it."""


class _VoiceDatabase(ctypes.Structure):
    """The beginning of cst_cg_db of flite 2."""

    _fields_ = (
        ("name", c_char_p),
        ("types", c_void_p),
        ("num_types", c_int),
        ("sample_rate", c_int),
        ("f0_mean", c_float),
    )


_Callback = CFUNCTYPE(c_int, POINTER(_Wave), c_int, c_int, c_int, POINTER(_StreamingInfo))
_StreamingInfo._fields_ = (
    ("min_buffsize", c_int),
    ("asc", _Callback),
    ("utt", c_void_p),
    ("item", c_void_p),
    ("userdata", c_void_p),
)

_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "flite_init": (c_int, ()),
    "new_utterance": (c_void_p, ()),
    "delete_utterance": (None, (c_void_p,)),
    "utt_set_input_text": (c_int, (c_void_p, c_char_p)),
    "flite_do_synth": (c_void_p, (c_void_p, c_void_p, c_void_p)),
    "utt_relation": (c_void_p, (c_void_p, c_char_p)),
    "relation_head": (c_void_p, (c_void_p,)),
    "item_next": (c_void_p, (c_void_p,)),
    "item_prev": (c_void_p, (c_void_p,)),
    "item_as": (c_void_p, (c_void_p, c_char_p)),
    "item_daughter": (c_void_p, (c_void_p,)),
    "item_last_daughter": (c_void_p, (c_void_p,)),
    "item_feat_string": (c_char_p, (c_void_p, c_char_p)),
    "item_feat_float": (c_float, (c_void_p, c_char_p)),
    "feat_val": (c_void_p, (c_void_p, c_char_p)),
    "val_cg_db": (POINTER(_VoiceDatabase), (c_void_p,)),
    "feat_string": (c_char_p, (c_void_p, c_char_p)),
    "feat_set": (None, (c_void_p, c_char_p, c_void_p)),
    "feat_set_float": (None, (c_void_p, c_char_p, c_float)),
    "new_audio_streaming_info": (POINTER(_StreamingInfo), ()),
    "audio_streaming_info_val": (c_void_p, (POINTER(_StreamingInfo),)),
}


class FliteSynthesizer:
    """flite with its voices slt (female) and rms (male).

    The pitch of rms is fixed in its model (`spamf0`), so `pitch` changes only slt.

    Raises:
        EngineNotInstalled: If flite is not installed.
        EngineError: If it is another version of flite, or a voice is missing.

    """

    name = "flite"
    capabilities = Capabilities(frozenset({"en"}))

    def __init__(self) -> None:
        with engine_border(f"flite does not start: it is not flite {VERSION}, or damaged.", code=DAMAGED):
            self._library = load_library(LIBRARY, "flite")
            _refuse_other_version(self._library)
            for function, (result, arguments) in _SIGNATURES.items():
                getattr(self._library, function).restype = result
                getattr(self._library, function).argtypes = arguments
            self._library.flite_init()
            self._voices = {
                "female": _register(self._library, "slt"),
                "male": _register(self._library, "rms"),
            }
        self._analysis = threading.Lock()

    def speak(self, text: str, voice: VoiceRequest) -> Iterator[Speech]:
        """Turn a clause or a sentence into sound. The first 100 ms come as soon as they are made."""
        plain = in_ascii(text)
        if not any(character.isalnum() for character in plain.text):
            return
        utterance = _Utterance(self._library, self._analysis, plain, self._voices[voice.gender], voice)
        thread = threading.Thread(target=utterance.run, name="flite", daemon=True)
        thread.start()
        stretches: Iterator[Any] = iter(utterance.made.get, None)
        try:
            for stretch in stretches:
                if isinstance(stretch, EngineError):
                    # The new error's traceback will hold this frame, which holds the first error.
                    raise stretch.without_traceback()
                yield stretch
        finally:
            utterance.abandoned.set()
            for _ in stretches:
                pass  # so that the engine's thread can put the rest, and ends
            thread.join()

    def close(self) -> None:
        """Do nothing, because flite's voices stay registered until the process ends."""


@dataclass(frozen=True)
class _Voice:
    address: int
    pitch_hz: float


@dataclass(frozen=True)
class _Phone:
    name: str
    start_s: float
    end_s: float


class _Utterance:
    """The synthesis of one text, in a thread of its own."""

    def __init__(
        self,
        library: ctypes.CDLL,
        analysis: threading.Lock,
        plain: PlainText,
        voice: _Voice,
        wanted: VoiceRequest,
    ) -> None:
        self.made: Queue[Speech | EngineError | None] = Queue(maxsize=1)
        """The stretches in order, then the error if there is one, then None."""
        self.abandoned = threading.Event()
        self._library = library
        self._analysis = analysis
        self._analysing = False
        self._plain = plain
        self._voice = voice
        self._wanted = wanted
        self._timeline: Timeline | None = None
        self._failure: EngineError | None = None
        self._address: int | None = None
        self._sent = self._end = 0

    def run(self) -> None:
        """Make all the sound, or as much as is read."""
        self._lock()
        try:
            with engine_border(_FAILED, code="synthesis_failed"):
                self._synthesize()
        except EngineError as error:
            self._failure = self._failure or error.without_traceback()
        finally:
            self._unlock()
            if self._failure is not None:
                self.made.put(self._failure)
            self.made.put(None)

    def _synthesize(self) -> None:
        flite = self._library
        streaming = flite.new_audio_streaming_info()
        streaming.contents.min_buffsize = 1
        # flite keeps only a pointer. An attribute would be a reference cycle: the callback holds this object.
        callback = _Callback(self._sound)
        streaming.contents.asc = callback
        utterance = self._address = flite.new_utterance()
        text = self._plain.text.encode("ascii")
        flite.utt_set_input_text(utterance, text)
        features = ctypes.cast(utterance, POINTER(c_void_p))[0]  # the first field of cst_utterance
        _expect(flite.feat_string(features, b"input_text") == c_char_p(text).value, "utterances")
        flite.feat_set(features, b"streaming_info", flite.audio_streaming_info_val(streaming))
        flite.feat_set_float(features, b"duration_stretch", 1 / self._wanted.rate)
        flite.feat_set_float(features, b"int_f0_target_mean", self._voice.pitch_hz * self._wanted.pitch)
        # If it fails, flite_do_synth deletes the utterance itself, with its features and its sound.
        if flite.flite_do_synth(utterance, self._voice.address, flite.utt_synth):
            flite.delete_utterance(utterance)
        else:
            self._failure = self._failure or EngineError(_FAILED, code="synthesis_failed")

    def _sound(self, wave: Any, start: int, size: int, last: int, streaming: Any) -> int:
        """Take the `size` samples after the first `start`; return whether flite goes on."""
        try:
            # An exception cannot pass flite's frames; `run` reports it.
            with engine_border(_FAILED, code="synthesis_failed"):
                finished = self._take(wave.contents, start + size, streaming.contents) or bool(last)
        except EngineError as error:
            self._failure = error.without_traceback()
            finished = True
        if finished:
            self._lock()
        return _STOP if finished else _CONTINUE

    def _take(self, wave: Any, made: int, streaming: Any) -> bool:
        """Put the new samples into `made`; return whether they were the last."""
        _expect(
            wave.sample_rate == RATE_HZ and wave.num_channels == 1 and 0 <= made <= wave.num_samples, "waves"
        )
        if self._timeline is None:
            _expect(streaming.utt == self._address, "streaming info")
            self._timeline = self._analysed(streaming.utt)
            streaming.min_buffsize = self._sent + _samples(FIRST_STRETCH_MS)
            self._unlock()
        until = min(made, self._end)
        if until > self._sent and not self.abandoned.is_set():
            sound = copied_samples(wave.samples, self._sent, until)
            words, visemes = self._timeline.until(_ms(until) if until < self._end else None)
            self.made.put(Speech(sound, RATE_HZ, words, visemes))
            self._sent = until
            streaming.min_buffsize = _samples(STRETCH_MS)
        return until == self._end or self.abandoned.is_set()

    def _analysed(self, utterance: int) -> Timeline:
        """Read the times of words and sounds from the analysis, and set the range of samples to return."""
        flite = self._library
        phones = list(self._phones(utterance))
        sounding = [phone for phone in phones if phone.name != "pau"]
        if not sounding:
            return Timeline(0)
        self._sent = max(0, round(sounding[0].start_s * RATE_HZ) - _samples(LEAD_MS))
        self._end = min(
            round(phones[-1].end_s * RATE_HZ),
            round(sounding[-1].end_s * RATE_HZ) + _samples(_pause_ms(self._plain.text)),
        )
        timeline = Timeline(offset_ms=_ms(self._sent))
        for phone in phones:
            timeline.add_viseme(viseme_of_cmu_phone(phone.name), phone.start_s * 1000)
        cursor = 0
        token = flite.relation_head(flite.utt_relation(utterance, b"Token"))
        while token:
            name = flite.item_feat_string(token, b"name").decode("ascii")
            cursor = self._plain.text.index(name, cursor)
            spoken = self._spoken(token)
            if spoken is not None:
                written, start_char = self._plain.written(cursor, cursor + len(name))
                timeline.add_word(written, start_char, spoken[0] * 1000, spoken[1] * 1000)
            cursor += len(name)
            token = flite.item_next(token)
        return timeline

    def _phones(self, utterance: int) -> Iterator[_Phone]:
        flite = self._library
        start_s = 0.0
        segment = flite.relation_head(flite.utt_relation(utterance, b"Segment"))
        while segment:
            end_s = flite.item_feat_float(segment, b"end")
            yield _Phone(flite.item_feat_string(segment, b"name").decode("ascii"), start_s, end_s)
            start_s = end_s
            segment = flite.item_next(segment)

    def _spoken(self, token: int) -> tuple[float, float] | None:
        """Return when a written token begins and ends, in seconds; None if it is not spoken."""
        flite = self._library
        times: list[float] = []
        word = flite.item_daughter(token)
        while word:
            syllables = flite.item_as(word, b"SylStructure")
            if syllables and (syllable := flite.item_daughter(syllables)):
                first = flite.item_as(flite.item_daughter(syllable), b"Segment")
                before = flite.item_prev(first)
                last = flite.item_last_daughter(flite.item_last_daughter(syllables))
                times.append(flite.item_feat_float(before, b"end") if before else 0.0)
                times.append(flite.item_feat_float(flite.item_as(last, b"Segment"), b"end"))
            word = flite.item_next(word)
        return (times[0], times[-1]) if times else None

    def _lock(self) -> None:
        if not self._analysing:
            self._analysis.acquire()
            self._analysing = True

    def _unlock(self) -> None:
        if self._analysing:
            self._analysing = False
            self._analysis.release()


def _refuse_other_version(library: ctypes.CDLL) -> None:
    """Raise an EngineError if the library says that it has another version."""
    version = library_version(library.flite_init)
    if version is not None and version.split(".")[0] != VERSION:
        raise EngineError(f"flite {version} is installed; flite {VERSION} is needed.", code=DAMAGED)


def _expect(is_as_known: bool, structures: str) -> None:  # noqa: FBT001 - it reads as a sentence
    if not is_as_known:
        raise EngineError(
            f"The {structures} of this flite are not those of flite {VERSION}; another version is installed.",
            code=DAMAGED,
        )


def _register(library: ctypes.CDLL, voice: str) -> _Voice:
    register = getattr(load_library(f"libflite_cmu_us_{voice}.so.1", "flite"), f"register_cmu_us_{voice}")
    register.restype = c_void_p
    register.argtypes = (c_char_p,)
    address = int(register(None))
    features = ctypes.cast(address, POINTER(c_void_p))[1]  # the second field of cst_voice
    database = library.val_cg_db(library.feat_val(features, b"cg_db")).contents
    _expect(database.sample_rate == RATE_HZ and _LEAST_HZ < database.f0_mean < _MOST_HZ, "voices")
    return _Voice(address, database.f0_mean)


def _pause_ms(text: str) -> int:
    if ends_sentence(text):
        return SENTENCE_PAUSE_MS
    return CLAUSE_PAUSE_MS if ends_clause(text) else PHRASE_PAUSE_MS


def _samples(duration_ms: int) -> int:
    return RATE_HZ * duration_ms // 1000


def _ms(samples: int) -> float:
    return samples * 1000 / RATE_HZ
