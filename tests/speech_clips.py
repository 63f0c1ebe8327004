"""The speech that tests and benchmarks hear. Only this module knows where it comes from.

Every clone has the clips of `CLIPS`. They are parts of recordings that installed packages carry. If a
package is missing, a synthetic voice says the same words: moonshine-voice has a wheel for Linux on x86-64
alone, and only an administrator can install Debian's pocketsphinx-testdata.

OPENVOICELIVE_SPEECH adds a folder of recordings, for figures over more voices: WAV files and `manifest.json`,
a list of objects that each have the name of a `file` and its `transcript`. No test needs the folder.
"""

import ctypes
import json
import os
import re
import wave
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import soxr

from openvoicelive.audio.pcm import FloatSamples, int16_from_float
from openvoicelive.synthesis.engines import load_synthesizer
from openvoicelive.synthesis.interface import Synthesizer, VoiceRequest

Samples = npt.NDArray[np.int16]
Voice = Literal["female", "male"]

DEBIAN_TEST_DATA = Path("/usr/share/pocketsphinx/test/data")
"""Debian's package pocketsphinx-testdata: BSD-2-Clause; its LibriVox recordings are in the public domain."""

_RAW_RATE_HZ = 16_000
_PAUSE_S = 0.7
# Speech has ended after the last 10 ms that are less than this below the loudest.
_SPEECH_RANGE_DB = 35.0
# And it begins with the first 10 ms that are less than this below the loudest: breath and the room are lower.
_BEGIN_RANGE_DB = 25.0


@dataclass(frozen=True)
class Recording:
    """Part of a file that an installed package carries."""

    path: Path
    start_ms: int = 0
    end_ms: int | None = None

    def samples(self) -> tuple[Samples, int]:
        """Return the sound and its rate in Hz.

        Raises:
            OSError: If the package is not installed.

        """
        samples, rate_hz = _read(self.path)
        end = len(samples) if self.end_ms is None else self.end_ms * rate_hz // 1000
        return samples[self.start_ms * rate_hz // 1000 : end], rate_hz


@dataclass(frozen=True)
class Clip:
    """What somebody says; the speaker pauses after each full stop."""

    said: str
    recording: Recording


def _moonshine(file: str, start_ms: int = 0, end_ms: int | None = None) -> Recording:
    """Name a recording in the wheel of moonshine-voice (MIT)."""
    package = find_spec("moonshine_voice")
    folders = list(package.submodule_search_locations or ()) if package else []
    return Recording(Path(folders[0] if folders else "moonshine_voice") / "assets" / file, start_ms, end_ms)


def _debian(file: str, end_ms: int | None = None) -> Recording:
    return Recording(DEBIAN_TEST_DATA / file, 0, end_ms)


def _librivox(number: int) -> Recording:
    return _debian(f"librivox/sense_and_sensibility_01_austen_64kb-{number:04}.wav")


CLIPS = {
    # As people talk to an assistant: short, without a pause inside, and cut where the speech ends, because
    # benchmarks measure from there.
    "card": Clip("ten of clubs", _debian("cards/001.wav")),
    "other_card": Clip("seven of clubs", _debian("cards/003.wav")),
    "three_cards": Clip("eight of spades, four of clubs, seven of hearts", _debian("cards/005.wav")),
    "order": Clip("go forward ten meters", _debian("goforward.raw", 2_300)),
    "errand": Clip("go somewhere and do something", _debian("something.raw", 2_300)),
    "digits": Clip("two nine three four zero", _debian("tidigits/dhd.2934z.raw")),
    "shrug": Clip("no matter", _moonshine("beckett.wav", 3_150, 4_230)),
    "short_question": Clip("what are you talking about", _moonshine("endgame_nagg_nell.wav", 17_200, 19_200)),
    "question": Clip(
        "do you remember the day I went and fetched you from that ditch",
        _moonshine("endgame_nagg_nell.wav", 23_400, 27_800),
    ),
    # Read aloud.
    "plain_sentence": Clip("he might even have been made amiable himself", _librivox(930)),
    "sentence": Clip("he was not an ill disposed young man", _librivox(880)),
    "condition": Clip(
        "unless to be rather cold hearted and rather selfish is to be ill disposed", _librivox(890)
    ),
    "regret": Clip(
        "had he married a more amiable woman he might have been made still more respectable than he was",
        _librivox(920),
    ),
    "long_sentence": Clip(
        "and mister john dashwood had then leisure to consider how much there might be prudently in his power"
        " to do for them",
        _librivox(870),
    ),
    "contrast": Clip(
        "we had everything before us, we had nothing before us",
        _moonshine("two_cities.wav", 20_850, 24_350),
    ),
    "hope": Clip("we were all going direct to heaven", _moonshine("two_cities.wav", 24_350, 26_180)),
    "fear": Clip("we were all going direct the other way", _moonshine("two_cities.wav", 26_300, 28_420)),
    "seasons": Clip(
        "it was the season of light, it was the season of darkness. it was the spring of hope, it was the"
        " winter of despair",
        _moonshine("two_cities.wav", 13_150, 20_850),
    ),
    "monologue": Clip(
        "it was the best of times, it was the worst of times. it was the age of wisdom. it was the age of"
        " foolishness. it was the epoch of belief. it was the epoch of incredulity",
        _moonshine("two_cities.wav", 900, 13_150),
    ),
    # With pauses of more than half a second.
    "pause": Clip("ever tried. ever failed", _moonshine("beckett.wav", 0, 3_150)),
    "pauses": Clip(
        "ever tried. ever failed. no matter. try again. fail again. fail better",
        _moonshine("beckett.wav"),
    ),
}


def transcripts() -> dict[str, str]:
    """Return what is said in each clip, lower case without punctuation, by the clip's name."""
    ours = {name: re.sub(r"[.,]", "", clip.said).lower() for name, clip in CLIPS.items()}
    return ours | wider_transcripts()


def wider_transcripts() -> dict[str, str]:
    """Return the same of the folder that OPENVOICELIVE_SPEECH names; nothing if it names none."""
    folder = _wider_folder()
    if folder is None:
        return {}
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return {Path(entry["file"]).stem: entry["transcript"] for entry in manifest}


def load(name: str, rate_hz: int = 16_000) -> Samples:
    """Return a clip's samples at that rate."""
    samples, clip_rate_hz = _samples(name)
    return _resampled(samples, clip_rate_hz, rate_hz)


def speech(name: str, rate_hz: int = 16_000) -> Samples:
    """Return a clip, cut where its speech ends."""
    samples = load(name, rate_hz)
    level_db = _levels_db(samples, rate_hz // 100)
    last = int(np.nonzero(level_db > level_db.max() - _SPEECH_RANGE_DB)[0][-1])
    return samples[: (last + 1) * (rate_hz // 100)].copy()


def utterance(name: str, rate_hz: int = 16_000) -> Samples:
    """Return a clip, cut where its speech begins and where it ends."""
    samples = speech(name, rate_hz)
    level_db = _levels_db(samples, rate_hz // 100)
    first = int(np.nonzero(level_db > level_db.max() - _BEGIN_RANGE_DB)[0][0])
    return samples[first * (rate_hz // 100) :]


@lru_cache(maxsize=64)
def synthesised(text: str, rate_hz: int, voice: Voice = "female") -> Samples:
    """Return a text in a synthetic voice, with a pause after each full stop inside.

    flite takes the noise of its consonants from the C library's `rand`, which begins anew for each text,
    so that a text sounds the same in every process, whatever was spoken there before.
    """
    synthesizer = _synthesizer()
    ctypes.CDLL(None).srand(1)
    parts: list[FloatSamples] = []
    for sentence in re.split(r"(?<=[.])\s", text):
        stretches = list(synthesizer.speak(sentence, VoiceRequest(gender=voice)))
        own_rate_hz = stretches[0].rate_hz
        parts += [
            *(stretch.samples for stretch in stretches),
            np.zeros(round(_PAUSE_S * own_rate_hz), np.float32),
        ]
    samples = _resampled(int16_from_float(np.concatenate(parts[:-1])), own_rate_hz, rate_hz)
    samples.flags.writeable = False  # all callers share it
    return samples


def _wider_folder() -> Path | None:
    folder = os.environ.get("OPENVOICELIVE_SPEECH")
    return Path(folder) if folder else None


@lru_cache(maxsize=256)
def _samples(name: str) -> tuple[Samples, int]:
    if name in CLIPS:
        clip = CLIPS[name]
        try:
            return clip.recording.samples()
        except OSError:
            # Not the voice of the assistant, whose echo would otherwise sound like the person.
            return synthesised(clip.said, _RAW_RATE_HZ, "male"), _RAW_RATE_HZ
    folder = _wider_folder()
    if folder is None:
        raise KeyError(name)
    return _read((folder / name).with_suffix(".wav"))


@lru_cache(maxsize=1)
def _synthesizer() -> Synthesizer:
    return load_synthesizer()


def _read(path: Path) -> tuple[Samples, int]:
    if path.suffix == ".raw":
        return np.frombuffer(path.read_bytes(), dtype="<i2"), _RAW_RATE_HZ
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2"), file.getframerate()


def _resampled(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    resampled: Samples = samples if from_hz == to_hz else soxr.resample(samples, from_hz, to_hz)
    return resampled


def _levels_db(samples: Samples, frame: int) -> npt.NDArray[np.float64]:
    """Return the level of each frame."""
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame).astype(np.float64)
    levels_db: npt.NDArray[np.float64] = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-9)
    return levels_db
