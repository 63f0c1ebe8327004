"""What echo cancellation does in synthetic rooms; run it with `python -m bench.echo`.

In each room an assistant speaks for 60 s. Counted are the turns that begin without anybody speaking, without
a canceller and with it; then a person speaks over it, and the words that are recognised wrongly and the
beginnings that are missed are counted.
"""

import itertools
import time
from dataclasses import asdict, dataclass

import numpy as np

from bench.clips import sentences
from bench.machine import write_result
from openvoicelive.audio.pcm import FloatSamples
from tests.audio.listening_person import Person, cancelled, turns_ms
from tests.audio.synthetic_room import LOUDNESS, RATE_HZ, Room, answering, answers, hiss
from tests.word_error import WordErrors

SECONDS = 60
CLIPS = sentences(longest_s=6.0)
ROOMS = {
    "80 ms, -6 dB": Room(),
    "20 ms, 0 dB, 400 ms": Room(delay_ms=20, level_db=0, reverberation_ms=400, seed=2),
    "200 ms, 500 ms": Room(delay_ms=200, reverberation_ms=500, seed=3),
    "400 ms": Room(delay_ms=400, seed=4),
    "600 ms, 400 ms": Room(delay_ms=600, reverberation_ms=400, seed=5),
    "distorted": Room(distortion=1.0, seed=6),
    "clock +50 ppm": Room(drift_ppm=50),
    "clock -20 ppm": Room(delay_ms=200, drift_ppm=-20),
    "-20 dB": Room(level_db=-20),
    "another delay each answer": Room(),
}
# Against the echo of -6 dB: 6 dB louder, equally loud.
LEVELS_DB = (0.0, -6.0)


@dataclass(frozen=True)
class Result:
    room: str
    false_turns_before: int
    false_turns: int
    removed_db: float
    """In the second half."""

    noticed: list[str]
    word_error_percent_before: list[float]
    word_error_percent: list[float]
    cpu_ms_per_s: float


def sounds(name: str) -> tuple[FloatSamples, FloatSamples]:
    """Return what is played in a room and its echo."""
    if name != "another delay each answer":
        played = answering(SECONDS)
        return played, ROOMS[name].echo(played)
    delays = np.random.default_rng(3).uniform(150, 450, SECONDS // 6)
    parts = [answering(6, start_ms=0, pause_ms=1_500) for _ in delays]
    echoes = [Room(delay_ms=float(delay)).echo(part) for part, delay in zip(parts, delays, strict=True)]
    return np.concatenate(parts), np.concatenate(echoes)


def measure(name: str) -> Result:
    played, echo = sounds(name)
    noise = hiss(played.size)
    began_s = time.process_time()
    alone = cancelled(echo + noise, played)
    cpu_s = time.process_time() - began_s
    half = slice(SECONDS // 2 * RATE_HZ, alone.heard.size)
    before, after, noticed = [], [], []
    for level_db in LEVELS_DB:
        person = Person(SECONDS, start_s=5, loudness=LOUDNESS * 10 ** (level_db / 20), names=CLIPS)
        microphone = echo + noise + person.sound
        both = cancelled(microphone, played)
        before.append(round(100 * person.word_errors(microphone).rate, 1))
        after.append(round(100 * person.word_errors(both.heard).rate, 1))
        noticed.append(f"{person.noticed(turns_ms(both.for_turns))}/{len(person.said)}")
    return Result(
        room=name,
        false_turns_before=len(turns_ms(echo + noise)),
        false_turns=len(turns_ms(alone.for_turns)),
        removed_db=round(
            float(10 * np.log10(np.sum(echo[half] ** 2) / np.sum(np.square(alone.heard[half])))), 1
        ),
        noticed=noticed,
        word_error_percent_before=before,
        word_error_percent=after,
        cpu_ms_per_s=round(1000 * cpu_s / SECONDS, 1),
    )


def measure_first_words() -> list[dict[str, object]]:
    """Let a person speak over the beginning of a session's first answer, once for each clip."""
    rows: list[dict[str, object]] = []
    for delay_ms, start_s, place in itertools.product((80, 200), (0.15, 0.5), range(4)):
        answer = np.concatenate((answers()[place], answers()[place + 1]))
        played = np.concatenate((np.zeros(RATE_HZ // 2, np.float32), answer))[: 16 * RATE_HZ]
        played = np.pad(played, (0, 16 * RATE_HZ - played.size))
        errors, noticed = WordErrors(0, 0), 0
        for name in CLIPS:
            person = Person(16, start_s=0.5 + start_s, loudness=LOUDNESS, names=(name,))
            microphone = Room(delay_ms=delay_ms).echo(played) + hiss(played.size) + person.sound
            without_echo = cancelled(microphone, played)
            errors += person.word_errors(without_echo.heard)
            noticed += person.noticed(turns_ms(without_echo.for_turns))
        percent = round(100 * errors.rate, 1)
        rows.append(
            {
                "delay_ms": delay_ms,
                "into_the_answer_s": start_s,
                "answer": place,
                "noticed": noticed,
                "of": len(CLIPS),
                "wrong": errors.errors,
                "words": errors.words,
            }
        )
        print(f"from {start_s} s, {delay_ms} ms, answer {place}: {noticed} noticed, {percent} % wrong")
    return rows


def main() -> None:
    answering(SECONDS)  # the synthesizer's work is not measured
    print(f"{'room':26} false turns   removed   noticed          wrong words %              CPU ms/s")
    results = []
    for name in ROOMS:
        result = measure(name)
        results.append(asdict(result))
        words = f"{result.word_error_percent_before} -> {result.word_error_percent}"
        print(
            f"{name:26} {result.false_turns_before:3} -> {result.false_turns:2}   {result.removed_db:5} dB"
            f"   {' '.join(result.noticed):14} {words:30} {result.cpu_ms_per_s}",
            flush=True,
        )
    first_words = measure_first_words()
    write_result(
        "echo",
        {"seconds": SECONDS, "person_level_db": LEVELS_DB, "rooms": results, "first_words": first_words},
    )


if __name__ == "__main__":
    main()
