"""Speech from espeak-ng, an engine for a hundred languages, through ctypes.

The library comes in the wheel `espeakng-loader` (GPL-3, so an extra: `pip install 'openvoicelive[espeak]'`),
or from the system (`apt install libespeak-ng1`). All of its state is global, so one lock for the process
guards it. It makes a second of sound in a few milliseconds, so each text is made as a whole.
"""

import ctypes
import re
import threading
from bisect import bisect_right
from collections.abc import Iterator
from ctypes import CFUNCTYPE, POINTER, c_char, c_char_p, c_int, c_short, c_ubyte, c_uint, c_void_p
from functools import cache
from math import log2
from pathlib import Path
from typing import Any

import numpy as np

from openvoicelive.audio.pcm import FloatSamples
from openvoicelive.engine_loading import engine_border
from openvoicelive.errors import EngineError
from openvoicelive.installed_files import CODE as DAMAGED
from openvoicelive.installed_files import verify_installed
from openvoicelive.language.registry import primary_subtag
from openvoicelive.synthesis.interface import Capabilities, Speech, VoiceRequest
from openvoicelive.synthesis.libraries import copied_samples, load_library
from openvoicelive.synthesis.punctuation import ends_sentence
from openvoicelive.synthesis.timeline import Timeline
from openvoicelive.synthesis.visemes import viseme_of_ipa

STRETCH_MS = 500
NORMAL_WORDS_PER_MINUTE = 175
VARIANTS = {"female": "+f2", "male": ""}
"""espeak-ng's own voices are male. Of its female variants, f2 is the easiest to understand."""

# The names and numbers of speak_lib.h, version 1.52.
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_PHONEME_EVENTS, _INITIALIZE_PHONEME_IPA, _INITIALIZE_DONT_EXIT = 0x0001, 0x0002, 0x8000
_EVENT_LIST_TERMINATED, _EVENT_WORD, _EVENT_PHONEME = 0, 1, 7
_PARAMETER_RATE, _PARAMETER_PITCH = 1, 3
_CHARS_UTF8, _END_PAUSE = 0x1, 0x1000
_OK = 0

# The text between spaces, without punctuation around it. In scripts without spaces, each character is a word.
_EAST_ASIAN = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WRITTEN_WORD = re.compile(
    rf"[{_EAST_ASIAN}]|[$€£¥]?(?![{_EAST_ASIAN}])\w(?:[^\s{_EAST_ASIAN}]*(?![{_EAST_ASIAN}])[\w%°])?"
)


class _Event(ctypes.Structure):
    """espeak_EVENT. Its last field is a union, read here as the text of a phoneme."""

    _fields_ = (
        ("type", c_int),
        ("unique_identifier", c_uint),
        ("text_position", c_int),
        ("length", c_int),
        ("audio_position", c_int),
        ("sample", c_int),
        ("user_data", c_void_p),
        ("phoneme", c_char * 8),
    )


class _Voice(ctypes.Structure):
    """espeak_VOICE."""

    _fields_ = (
        ("name", c_char_p),
        ("languages", c_void_p),
        ("identifier", c_char_p),
        ("gender", c_ubyte),
        ("age", c_ubyte),
        ("variant", c_ubyte),
        ("xx1", c_ubyte),
        ("score", c_int),
        ("spare", c_void_p),
    )


_Callback = CFUNCTYPE(c_int, POINTER(c_short), c_int, POINTER(_Event))

_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "espeak_Initialize": (c_int, (c_int, c_int, c_char_p, c_int)),
    "espeak_SetSynthCallback": (None, (_Callback,)),
    "espeak_SetVoiceByName": (c_int, (c_char_p,)),
    "espeak_SetParameter": (c_int, (c_int, c_int, c_int)),
    "espeak_ListVoices": (POINTER(POINTER(_Voice)), (c_void_p,)),
    "espeak_Synth": (c_int, (c_char_p, ctypes.c_size_t, c_uint, c_int, c_uint, c_uint, c_void_p, c_void_p)),
}


class EspeakSynthesizer:
    """espeak-ng, in all its languages.

    Raises:
        EngineNotInstalled: If espeak-ng is not installed.
        EngineError: If it is damaged, or does not start.

    """

    name = "espeak-ng"

    def __init__(self) -> None:
        with engine_border("espeak-ng does not start.", code=DAMAGED):
            self._library, self._rate_hz, self._lock = _started()
            self._voices = _voices(self._library)
        languages = frozenset(map(primary_subtag, self._voices))
        self.capabilities = Capabilities(languages)

    def speak(self, text: str, voice: VoiceRequest) -> Iterator[Speech]:
        """Turn a clause or a sentence into sound."""
        # A zero would end the text. Control characters are commands to some engines; none speaks them.
        readable = "".join(character if character.isprintable() else " " for character in text)
        if not any(character.isalnum() for character in readable):
            return
        made = _Recording(readable)
        with engine_border("The voice could not speak this text.", code="synthesis_failed"), self._lock:
            self._set_voice(voice)
            made.record(self._library)
        samples = made.samples()
        stretch = self._rate_hz * STRETCH_MS // 1000
        for start in range(0, len(samples), stretch):
            end = start + stretch
            words, visemes = made.timeline.until(end * 1000 / self._rate_hz if end < len(samples) else None)
            yield Speech(samples[start:end], self._rate_hz, words, visemes)

    def close(self) -> None:
        """Do nothing, because the process has only one instance of the library."""

    def _set_voice(self, voice: VoiceRequest) -> None:
        tag = voice.language.lower()
        identifier = self._voices.get(tag) or self._voices.get(primary_subtag(tag))
        if identifier is None:
            raise EngineError(
                f"espeak-ng has no voice for the language {voice.language}.", code="voice_unavailable"
            )
        name = identifier + VARIANTS[voice.gender]
        if self._library.espeak_SetVoiceByName(name.encode()) != _OK:
            raise EngineError(f"espeak-ng cannot load its voice {name}.", code="voice_unavailable")
        self._library.espeak_SetParameter(_PARAMETER_RATE, round(NORMAL_WORDS_PER_MINUTE * voice.rate), 0)
        # Its pitch goes from 0, half as high as usual, by equal steps up to 99, twice as high (wavegen.c).
        self._library.espeak_SetParameter(_PARAMETER_PITCH, min(99, round(50 + 50 * log2(voice.pitch))), 0)


class _Recording:
    """The sound of one text, and the times that espeak-ng reports."""

    def __init__(self, text: str) -> None:
        self.timeline = Timeline()
        self._text = text
        self._stretches: list[FloatSamples] = []
        self._marks: list[tuple[int, int]] = []
        self._end_ms = 0
        self._failure: Exception | None = None

    def record(self, library: ctypes.CDLL) -> None:
        """Make the sound. The caller must hold the lock."""
        callback = _Callback(self._take)
        library.espeak_SetSynthCallback(callback)
        encoded = self._text.encode()
        flags = _CHARS_UTF8 | (_END_PAUSE if ends_sentence(self._text) else 0)
        result = library.espeak_Synth(encoded, len(encoded) + 1, 0, 0, 0, flags, None, None)
        if result != _OK or self._failure is not None:
            raise EngineError(
                "The voice could not speak this text.", code="synthesis_failed"
            ) from self._failure
        self._add_words()

    def samples(self) -> FloatSamples:
        """Return all of the sound."""
        return np.concatenate(self._stretches) if self._stretches else np.zeros(0, np.float32)

    def _take(self, wave: Any, size: int, events: Any) -> int:
        try:
            if wave and size:
                self._stretches.append(copied_samples(wave, 0, size))
            self._note(events)
        except Exception as error:  # noqa: BLE001 - the engine's frames are no place for it; `record` reports it
            self._failure = error.with_traceback(None)  # which would hold this frame, and so this object
        return int(self._failure is not None)

    def _note(self, events: Any) -> None:
        index = 0
        while (event := events[index]).type != _EVENT_LIST_TERMINATED:
            index += 1
            self._end_ms = max(self._end_ms, event.audio_position)
            if event.type == _EVENT_WORD:
                self._marks.append((event.text_position - 1, event.audio_position))
            elif event.type == _EVENT_PHONEME:
                phoneme = event.phoneme.decode("utf-8", "ignore")
                self.timeline.add_viseme(viseme_of_ipa(phoneme), event.audio_position)

    def _add_words(self) -> None:
        """Add the time of each written word.

        The engine marks spoken words: a number has several marks, two short words ("in the") have one. A
        written word takes the time of the first mark within it. Without a mark, its time is interpolated.
        """
        words = list(_WRITTEN_WORD.finditer(self._text))
        known: dict[int, int] = {}
        latest_ms = 0
        for position, at_ms in self._marks:
            latest_ms = max(latest_ms, at_ms)
            index = bisect_right(words, position, key=re.Match.start) - 1
            if index > max(known, default=-1) and position < words[index].end():
                known[index] = latest_ms
        if not known:
            return
        characters = [words[index].start() for index in known] + [len(self._text)]
        times = [*known.values(), max(latest_ms, self._end_ms)]
        starts = np.interp([word.start() for word in words], characters, times)
        for match, start_ms, end_ms in zip(words, starts, [*starts[1:], times[-1]], strict=True):
            self.timeline.add_word(match.group(), match.start(), start_ms, end_ms)


@cache
def _started() -> tuple[ctypes.CDLL, int, threading.Lock]:
    """Load and start the library once for the process; return it with its rate and its lock."""
    library, data_path = _load()
    for function, (result, arguments) in _SIGNATURES.items():
        getattr(library, function).restype = result
        getattr(library, function).argtypes = arguments
    options = _INITIALIZE_PHONEME_EVENTS | _INITIALIZE_PHONEME_IPA | _INITIALIZE_DONT_EXIT
    rate_hz = library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, STRETCH_MS, data_path, options)
    if rate_hz <= 0:
        raise EngineError("espeak-ng does not find its data, espeak-ng-data.", code=DAMAGED)
    return library, rate_hz, threading.Lock()


def _load() -> tuple[ctypes.CDLL, bytes | None]:
    """Return the library and the path of its data; None is the library's own path."""
    try:
        import espeakng_loader  # noqa: PLC0415 - an extra that may be absent
    except ModuleNotFoundError:
        return load_library("libespeak-ng.so.1", "espeak-ng"), None
    # The path compiled into the wheel's library belongs to the machine that built it.
    data_path = espeakng_loader.get_data_path()
    verify_installed("espeakng-loader", Path(data_path))
    return load_library(espeakng_loader.get_library_path(), "espeak-ng"), data_path.encode()


def _voices(library: ctypes.CDLL) -> dict[str, str]:
    """Return the identifier of the best voice for each language tag and primary subtag, in lower case."""
    best: dict[str, tuple[int, str]] = {}
    listed = library.espeak_ListVoices(None)
    index = 0
    while listed[index]:
        voice = listed[index].contents
        index += 1
        identifier = voice.identifier.decode()
        if identifier.startswith("mb/"):
            continue  # needs MBROLA, a program of its own
        for priority, tag in _languages(voice.languages):
            for key, rank in ((tag, priority), (primary_subtag(tag), priority + 10 * tag.count("-"))):
                best[key] = min(best.get(key, (255, "")), (rank, identifier))
    return {tag: identifier for tag, (_, identifier) in best.items()}


def _languages(address: int) -> Iterator[tuple[int, str]]:
    """Read pairs of a priority byte and a zero-terminated tag. A priority of zero ends the list."""
    while (priority := ctypes.string_at(address, 1)[0]) != 0:
        tag = ctypes.string_at(address + 1)
        yield priority, tag.decode().lower()
        address += len(tag) + 2
