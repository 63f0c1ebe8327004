"""Measures when turns end: dead air after a finished sentence against turns cut off inside one.

Clips (`bench/clips.py`) are heard whole, and again with a pause put in between two
words: inside a sentence, where an end of the turn is a false cut-off, or after one, where it is not. The
service's own listening does the work, with the engines that `openvoicelive serve` uses; the sound arrives at
once, for only times in the sound count. What recognition costs is hidden in the silence, but for
`semantic_vad`, whose shortest silence it may exceed on a busy machine.

    python -m bench.end_of_turn [--pauses 300,600,1000,1500] [--places 3]
"""

import argparse
import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from pocketsphinx import Decoder

from bench import clips, machine
from bench.clips import transcripts
from openvoicelive.audio.pcm import float_from_int16, int16_from_float
from openvoicelive.protocol import work
from openvoicelive.protocol.audio_formats import input_format
from openvoicelive.protocol.dialects.voice_live.turn_detection import with_defaults
from openvoicelive.protocol.turn_detection import TurnDetection
from openvoicelive.recognition.interface import Recognizer, Samples
from openvoicelive.recognition.moonshine import MoonshineRecognizer
from openvoicelive.service.engines import Engines, load_engines
from openvoicelive.service.hearing.input_queue import InputQueue
from openvoicelive.service.hearing.listener import Listener
from openvoicelive.service.hearing.recognition_queue import RecognitionQueue
from openvoicelive.settings import Settings
from tests.speech_clips import load

RATE_HZ = clips.RATE_HZ
ALIGNMENT_RATE_HZ = 16_000
API_VERSION = "2026-07-15"
# Long enough for every setting to end the last turn.
TAIL_MS = 3_000
DEADLINE_S = 60.0
# Breath and the room after the last word: in some clips they are so long as loud as `bench/clips.py` takes
# speech to be, and the voice activity model rightly does not hear them.
SOFT_END_MS = 500

SETTINGS: dict[str, dict[str, Any]] = {
    "silence 500 ms": {"type": "server_vad", "silence_duration_ms": 500},
    "silence 700 ms": {"type": "server_vad", "silence_duration_ms": 700},
    "azure_semantic_vad": {"type": "azure_semantic_vad"},
    "azure_semantic_vad, 300 ms": {"type": "azure_semantic_vad", "silence_duration_ms": 300},
    **{
        f"server_vad, end of utterance, {level}": {
            "type": "server_vad",
            "end_of_utterance_detection": {"model": "semantic_detection_v1", "threshold_level": level},
        }
        for level in ("low", "high")
    },
    **{
        f"semantic_vad, {eagerness}": {"type": "semantic_vad", "eagerness": eagerness}
        for eagerness in ("high", "medium")
    },
}

# After how many words of a clip a sentence is whole, besides all of them; judged by reading the transcripts.
# Clauses that only happen to be whole ("it was my reports") do not count.
SENTENCES = {
    "order": (1, 2),
    "errand": (1, 2),
    "three_cards": (3, 6),
    "question": (3, 5),
    "contrast": (5,),
    "seasons": (6, 12, 18),
    "monologue": (6, 12, 18, 24, 30),
    "pause": (2,),
    "pauses": (2, 4, 6, 8, 10),
    # Of the recordings with which docs/measurements.md was measured.
    "ps_card_005": (3, 6),
    "jfk": (14,),
    "ml_msg1": (1, 4, 12, 13, 15, 16, 26),
    "ml_sp1": (5, 13, 17, 20),
    "gc_gemini": (1,),
    "vosk_test": (5, 10),
    "ps_goforward": (1, 2),
    "az_weather": (3,),
    "lk_weather": (4,),
}


@dataclass(frozen=True, eq=False)
class Recording:
    """A clip, cut where its speech ends, perhaps with a pause; times in ms."""

    name: str
    samples: Samples
    pause: tuple[int, int] | None = None
    finished_before_pause: bool = False
    words_before_pause: int = 0

    @property
    def end_ms(self) -> int:
        return self.samples.size * 1000 // RATE_HZ


class RememberingRecognizer:
    """Gives the same answer for the same sound, so that each is worked out once for all settings."""

    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer
        self.name = recognizer.name
        self.capabilities = recognizer.capabilities
        self.known: dict[bytes, str] = {}

    def start(self, *, language: str | None = None, phrases: tuple[str, ...] = ()) -> "_Remembering":
        del language, phrases
        return _Remembering(self._recognizer, self.known)

    def close(self) -> None:
        self._recognizer.close()


class _Remembering:
    def __init__(self, recognizer: Recognizer, known: dict[bytes, str]) -> None:
        self._recognizer = recognizer
        self._known = known
        self._heard: list[Samples] = []

    def hear(self, samples: Samples) -> None:
        self._heard.append(samples)

    def transcript(self) -> str:
        heard = np.concatenate(self._heard)
        key = heard.tobytes()
        if key not in self._known:
            utterance = self._recognizer.start()
            utterance.hear(heard)
            self._known[key] = utterance.transcript()
        return self._known[key]


def recordings(pauses_ms: list[int], places: int) -> Iterator[Recording]:
    """Yield each clip whole, and with each pause at several places."""
    for name in sorted(transcripts()):
        samples = float_from_int16(clips.speech(name))
        yield Recording(name, samples)
        gaps = list(_gaps(name, samples))
        for words, at in [gaps[index] for index in _spread(len(gaps), places)]:
            for pause_ms in pauses_ms:
                yield _with_pause(name, samples, at, pause_ms, words)


def _gaps(name: str, samples: Samples) -> Iterator[tuple[int, int]]:
    """Yield after how many words there is a place for a pause, and the sample where."""
    decoder = Decoder(lm=None, loglevel="FATAL")
    try:
        decoder.set_align_text(transcripts()[name])
    except RuntimeError:  # a word that its dictionary does not have
        return
    decoder.start_utt()
    decoder.process_raw(load(name, ALIGNMENT_RATE_HZ).tobytes(), full_utt=True)
    decoder.end_utt()
    ends = [s.end_frame for s in decoder.seg() or () if not s.word.startswith(("<", "(", "[", "+"))]
    if len(ends) != len(transcripts()[name].split()):
        return
    for words, end_frame in enumerate(ends[:-1], 1):
        # The quietest 10 ms within 60 ms around the end of the word.
        frame = RATE_HZ // 100
        first = max(end_frame - 5, 1)
        levels = [np.square(samples[i * frame : (i + 1) * frame]).mean() for i in range(first, first + 12)]
        yield words, (first + int(np.argmin(levels))) * frame + frame // 2


def _spread(count: int, places: int) -> list[int]:
    return sorted({round(index) for index in np.linspace(0, count - 1, min(count, places))}) if count else []


def _with_pause(name: str, samples: Samples, at: int, pause_ms: int, words: int) -> Recording:
    fade = RATE_HZ // 200
    noise = _room(samples, pause_ms * RATE_HZ // 1000)
    ramp = np.linspace(1, 0, fade, dtype=np.float32)
    before, after = samples[:at].copy(), samples[at:].copy()
    before[-fade:] *= ramp
    after[:fade] *= ramp[::-1]
    return Recording(
        name,
        np.concatenate([before, noise, after]),
        (at * 1000 // RATE_HZ, at * 1000 // RATE_HZ + pause_ms),
        words in SENTENCES.get(name, ()),
        words,
    )


def _room(samples: Samples, size: int) -> Samples:
    """Return noise as loud as the clip's quietest moments."""
    frame = RATE_HZ // 100
    frames = samples[: samples.size // frame * frame].reshape(-1, frame)
    level = float(np.sort(np.sqrt(np.square(frames).mean(axis=1)))[len(frames) // 20])
    noise = np.random.default_rng(size).standard_normal(size) * min(level, 0.003)
    return noise.astype(np.float32)


async def turn_ends(engines: Engines, detection: TurnDetection, recording: Recording) -> list[int]:
    """Return when turns end while the recording and then silence are heard."""
    reports: list[work.Report] = []
    heard = asyncio.Event()

    def report(report: work.Report) -> None:
        reports.append(report)
        if isinstance(report, work.Transcribed) and report.item_id == "end":
            heard.set()

    queue = InputQueue()
    task = asyncio.create_task(Listener(engines, queue, report).run())
    sound = np.concatenate([recording.samples, _room(recording.samples, TAIL_MS * RATE_HZ // 1000)])
    queue.order(work.ConfigureListening(input_format("pcm16", RATE_HZ), detection, None))
    await queue.append(int16_from_float(sound).tobytes())
    # Orders are performed in turn: when nothing has been written down, all has been heard.
    queue.order(work.Transcribe("end", 0, 0))
    async with asyncio.timeout(DEADLINE_S):
        await heard.wait()
    task.cancel()
    await asyncio.wait([task])
    return [report.at_ms for report in reports if isinstance(report, work.SpeechEnded)]


def summary(results: list[tuple[Recording, list[int]]]) -> dict[str, Any]:
    """Count false cut-offs; measure dead air where somebody had finished."""
    inside = [entry for entry in results if entry[0].pause and not entry[0].finished_before_pause]
    cut = [recording for recording, ends in inside if _end_in_pause(recording, ends) is not None]
    # What is left of a sentence that was cut off is none, and its silence is no measure.
    whole = [entry for entry in results if entry[0] not in cut]
    clips_alone = [entry for entry in results if not entry[0].pause]
    by_pause = {}
    for pause_ms in sorted({_pause_ms(recording) for recording, _ in inside}):
        there = [recording for recording, _ in inside if _pause_ms(recording) == pause_ms]
        by_pause[pause_ms] = f"{sum(recording in cut for recording in there)}/{len(there)}"
    return {
        "false_cut_offs": len(cut),
        "pauses_inside_sentences": len(inside),
        "false_cut_off_percent": round(100 * len(cut) / max(len(inside), 1), 1),
        "false_cut_offs_by_pause_ms": by_pause,
        "dead_air_of_clips_without_added_pause": _dead_air(clips_alone),
        "dead_air_of_all_that_were_not_cut_off": _dead_air(whole),
        "ends_in_natural_pauses": sum(
            end < recording.end_ms - SOFT_END_MS
            for recording, ends in results
            if not recording.pause
            for end in ends
        ),
    }


def _dead_air(results: list[tuple[Recording, list[int]]]) -> dict[str, float]:
    ended = [
        (recording, ends[-1])
        for recording, ends in results
        if ends and ends[-1] > recording.end_ms - SOFT_END_MS
    ]
    dead_ms = [float(end_ms - recording.end_ms) for recording, end_ms in ended]
    return {
        "p50_ms": machine.percentile(dead_ms, 50),
        "p95_ms": machine.percentile(dead_ms, 95),
        "mean_ms": round(float(np.mean(dead_ms)), 1),
        "recordings": len(results),
        "without_end": len(results) - len(ended),
    }


def _pause_ms(recording: Recording) -> int:
    assert recording.pause
    return recording.pause[1] - recording.pause[0]


def _end_in_pause(recording: Recording, ends: list[int]) -> int | None:
    assert recording.pause
    start_ms, stop_ms = recording.pause
    # A window is 32 ms, and the voice activity model notices speech some windows late.
    return next((end for end in ends if start_ms < end <= stop_ms + 96), None)


async def measure(arguments: argparse.Namespace) -> dict[str, object]:
    engines = await load_engines(Settings())
    recognizer = RememberingRecognizer(MoonshineRecognizer())
    engines.recognition = RecognitionQueue(recognizer, deadline_s=DEADLINE_S)
    pauses_ms = [int(pause) for pause in arguments.pauses.split(",")]
    heard = list(recordings(pauses_ms, arguments.places))
    if arguments.print_places:
        for recording in heard:
            words = transcripts()[recording.name].split()[: recording.words_before_pause]
            mark = "." if recording.finished_before_pause else "..."
            print(recording.name, recording.pause, " ".join(words) + mark)
    table: dict[str, object] = {}
    print(f"{len(heard)} recordings; dead air: p50, p95 and mean in ms")
    print(f"{'':38}cut off inside   clips as they are       all that were not cut")
    for label, options in SETTINGS.items():
        detection = with_defaults(msgspec.convert(options, TurnDetection), API_VERSION)
        results = [(recording, await turn_ends(engines, detection, recording)) for recording in heard]
        row = summary(results)
        table[label] = row
        dead = [
            f"{air['p50_ms']:7} {air['p95_ms']:7} {air['mean_ms']:7}"
            for air in (
                row["dead_air_of_clips_without_added_pause"],
                row["dead_air_of_all_that_were_not_cut_off"],
            )
        ]
        print(f"{label:38}{row['false_cut_off_percent']:8} % {dead[0]} {dead[1]}", flush=True)
        if arguments.verbose:
            for recording, ends in results:
                print(
                    "   ",
                    recording.name,
                    recording.words_before_pause,
                    recording.pause,
                    recording.end_ms,
                    ends,
                )
    return {"recordings": len(heard), "pauses_ms": pauses_ms, "settings": table}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pauses", default="300,600,1000,1500", help="ms of silence to put in")
    parser.add_argument("--places", type=int, default=3, help="places for a pause in each clip")
    parser.add_argument("--print-places", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    machine.write_result("end_of_turn", asyncio.run(measure(parser.parse_args())))


if __name__ == "__main__":
    main()
