"""The recordings of real people that tests and benchmarks hear.

They lie beside the project, or where OPENVOICELIVE_SPEECH says. This is the only place that knows.
"""

import json
import os
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

FOLDER = Path(
    os.environ.get("OPENVOICELIVE_SPEECH") or Path(__file__).resolve().parents[1].parent / "shared" / "speech"
)


def clip_path(name: str) -> Path:
    """Return the WAV file of a clip, such as `jfk` or `jfk.wav`."""
    return (FOLDER / name).with_suffix(".wav")


def transcripts() -> dict[str, str]:
    """Return what is said in each clip, lower case without punctuation, by the clip's name."""
    manifest = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    return {Path(entry["file"]).stem: entry["transcript"] for entry in manifest}


def load(name: str, rate_hz: int = 16_000) -> npt.NDArray[np.int16]:
    """Return a clip's samples at that rate."""
    with wave.open(str(clip_path(name))) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        clip_rate_hz = file.getframerate()
    if clip_rate_hz == rate_hz:
        return samples
    resampled: npt.NDArray[np.int16] = soxr.resample(samples, clip_rate_hz, rate_hz)
    return resampled
