"""What noise reduction does to noise, to words and to turns; run it with `python -m bench.noise`."""

import time
from typing import Literal

import numpy as np

from bench.clips import sentences
from bench.machine import write_result
from openvoicelive.audio.noise import NoiseReduction
from openvoicelive.audio.pcm import FloatSamples
from tests.audio.listening_person import reduced, turns_ms, word_errors_of
from tests.audio.synthetic_room import LOUDNESS, RATE_HZ, answers, clip, hiss
from tests.word_error import WordErrors

KINDS: tuple[NoiseReduction | None, ...] = (None, "near_field", "far_field", "azure_deep_noise_suppression")
NOISES: tuple[Literal["white", "fan", "babble"], ...] = ("white", "fan", "babble")
RATIOS_DB = (0, 5, 10, 15)
CLIPS = sentences(longest_s=6.0)
_LEAD = RATE_HZ


def noise(kind: str, samples: int, seed: int = 5) -> FloatSamples:
    """Return noise as loud as speech."""
    random = np.random.default_rng(seed)
    sound = random.normal(0, 1, samples)
    if kind == "fan":
        # Falls from 150 Hz on, with the hum of the blades.
        spectrum = np.fft.rfft(sound)
        hz = np.linspace(0, RATE_HZ / 2, spectrum.size)
        sound = np.fft.irfft(spectrum / np.sqrt(1 + (hz / 150) ** 2), samples)
        sound = sound / sound.std() + 0.4 * np.sin(2 * np.pi * 117 * np.arange(samples) / RATE_HZ)
    elif kind == "babble":
        sound = np.zeros(samples)
        for voice in range(8):
            speech = np.concatenate([answers()[(voice + 3 * count) % 12] for count in range(4)])
            at = np.arange(0, speech.size - 1, 0.8 + 0.06 * voice)
            shifted = np.roll(np.interp(at, np.arange(speech.size), speech), random.integers(speech.size))
            sound += np.resize(shifted, samples)
    return np.asarray(sound / sound.std() * LOUDNESS, np.float32)


def measure(
    voices: list[FloatSamples], noises: list[FloatSamples], kind: NoiseReduction | None
) -> list[float]:
    """Return per cent of wrong words, and by how many dB the noise before the speech is softer."""
    errors, softer = WordErrors(0, 0), []
    for name, voice, around in zip(CLIPS, voices, noises, strict=True):
        sound = voice + around
        result = reduced(sound, kind)
        errors += word_errors_of(result[3 * _LEAD // 4 :], name)
        before = slice(_LEAD // 2, 15 * _LEAD // 16)
        softer.append(10 * np.log10(np.sum(np.square(sound[before])) / np.sum(np.square(result[before]))))
    return [round(100 * errors.rate, 1), round(float(np.mean(softer)), 1)]


def main() -> None:
    lead, tail = np.zeros(_LEAD, np.float32), np.zeros(_LEAD // 2, np.float32)
    voices = [np.concatenate((lead, clip(name), tail)) for name in CLIPS]
    rows: dict[str, dict[str, list[float]]] = {}
    cases = {"clean": [hiss(voice.size) for voice in voices]}
    for kind in NOISES:
        for ratio_db in RATIOS_DB:
            gain = np.float32(10 ** (-ratio_db / 20))
            cases[f"{kind} {ratio_db} dB"] = [noise(kind, voice.size) * gain for voice in voices]
    print("wrong words %, noise softer by dB: " + ", ".join(str(kind) for kind in KINDS))
    for case, noises in cases.items():
        rows[case] = {str(kind): measure(voices, noises, kind) for kind in KINDS}
        print(f"{case:14} {list(rows[case].values())}", flush=True)
    half_minute = {kind: noise(kind, 30 * RATE_HZ) * np.float32(0.5) for kind in NOISES}
    turns = {
        name: [len(turns_ms(reduced(sound, kind))) for kind in KINDS] for name, sound in half_minute.items()
    }
    began_s = time.process_time()
    reduced(half_minute["white"], "far_field")
    cpu = round((time.process_time() - began_s) / 30 * 1000, 1)
    print(f"turns in 30 s of noise alone: {turns}; {cpu} ms CPU per second")
    write_result("noise", {"cases": rows, "false_turns": turns, "cpu_ms_per_s": cpu})


if __name__ == "__main__":
    main()
