"""Turns of 45 to 60 s: from the end of the speech to the words, and how many of these are wrong.

Joined recordings of people and a story told by synthetic voices (`bench/monologues.py`), at real-time pace in
40 ms frames, one speaker and four at once, against the whole program in a process of its own; the load shares
the machine. Run it with `python -m bench.long_turns`.
"""

import argparse
import asyncio
import base64
import json
import time
from dataclasses import asdict, dataclass

import numpy as np
import uvloop
from websockets.asyncio.client import ClientConnection, connect

from bench.clips import RATE_HZ
from bench.machine import percentile, serving, write_result
from bench.monologues import PAUSES_MS, Monologue, monologues
from tests.word_error import WordErrors, word_errors

AT_ONCE = (1, 4)
FRAME_MS = 40
# More than the pauses and the soft ends of the words before them.
SILENCE_MS = 800
# Each speaker begins so much later than the one before.
APART_S = 1.5
DEADLINE_S = 30.0
_FRAME = RATE_HZ * FRAME_MS // 1000
_SESSION = {
    "type": "session.update",
    "session": {
        "turn_detection": {
            "type": "server_vad",
            "silence_duration_ms": SILENCE_MS,
            "create_response": False,
        },
        "input_audio_transcription": {"model": "azure-speech"},
    },
}


@dataclass(frozen=True)
class Turn:
    """One monologue, told once."""

    monologue: str
    seconds: float
    end_to_words_ms: float
    errors: int
    words: int
    turns: int
    """More than one if a pause in it was taken for its end."""
    failed: int
    """Turns that the service could not write down; all their words count as wrong."""


@dataclass(frozen=True)
class Level:
    """What was measured with so many speakers at once."""

    at_once: int
    end_to_words_p50_ms: float
    end_to_words_worst_ms: float
    word_error_percent: float
    told: list[Turn]


class Speaker:
    """One connection, on which one monologue is told."""

    def __init__(self, socket: ClientConnection, monologue: Monologue) -> None:
        self._socket = socket
        self._monologue = monologue
        self._open_turns = 0
        self._ended_s = 0.0
        self._words_s = 0.0
        self._texts: list[str] = []
        self._failed = 0

    async def tell(self) -> Turn:
        """Speak, and be silent until all is written down."""
        await self._socket.send(json.dumps(_SESSION))
        speaking = asyncio.create_task(self._speak())
        async with asyncio.timeout(len(self._monologue.samples) / RATE_HZ + DEADLINE_S):
            async for message in self._socket:
                if self._take(json.loads(message)):
                    break
        speaking.cancel()
        heard = word_errors(self._monologue.said, " ".join(self._texts))
        return Turn(
            self._monologue.name,
            round(len(self._monologue.samples) / RATE_HZ, 1),
            round(1000 * (self._words_s - self._ended_s), 1),
            heard.errors,
            heard.words,
            len(self._texts),
            self._failed,
        )

    def _take(self, event: dict[str, str]) -> bool:
        """Note what happened; return whether all that was spoken is written down."""
        match event["type"]:
            case "input_audio_buffer.speech_started":
                self._open_turns += 1
            case "conversation.item.input_audio_transcription.completed":
                self._texts.append(event["transcript"])
            case "conversation.item.input_audio_transcription.failed":
                self._texts.append("")
                self._failed += 1
            case "error":
                raise RuntimeError(f"The service reports {event}.")
            case _:
                return False
        self._words_s = time.monotonic()
        return bool(self._ended_s) and self._open_turns == len(self._texts)

    async def _speak(self) -> None:
        samples = self._monologue.samples
        # The last frame ends where the speech does.
        padded = np.concatenate((np.zeros(-len(samples) % _FRAME, np.int16), samples))
        frames = [*padded.reshape(-1, _FRAME)]
        silence = np.zeros(_FRAME, np.int16)
        clock = asyncio.get_running_loop().time
        at_s = clock()
        for index in range(len(frames) + int(DEADLINE_S * 1000 / FRAME_MS)):
            at_s += FRAME_MS / 1000
            await asyncio.sleep(at_s - clock())
            audio = (frames[index] if index < len(frames) else silence).tobytes()
            append = {"type": "input_audio_buffer.append", "audio": base64.b64encode(audio).decode()}
            await self._socket.send(json.dumps(append))
            if index == len(frames) - 1:
                self._ended_s = time.monotonic()


async def tell_together(port: int, told: list[Monologue]) -> list[Turn]:
    """Have these monologues told at once, each by a speaker of its own."""
    url = f"ws://127.0.0.1:{port}/voice-live/realtime?api-version=2026-07-15&model=gpt-4o"

    async def tell(number: int, monologue: Monologue) -> Turn:
        async with connect(url, compression=None) as socket:
            await asyncio.sleep(number * APART_S)
            return await Speaker(socket, monologue).tell()

    async with asyncio.TaskGroup() as tasks:
        speakers = [tasks.create_task(tell(number, monologue)) for number, monologue in enumerate(told)]
    return [speaker.result() for speaker in speakers]


def measure_level(port: int, at_once: int, told: list[Monologue], runs: int) -> Level:
    """Have each monologue told so many times, so many of them at once."""
    turns = [
        turn
        for _ in range(runs)
        for first in range(0, len(told), at_once)
        for turn in uvloop.run(tell_together(port, told[first : first + at_once]))
    ]
    latencies_ms = [turn.end_to_words_ms for turn in turns]
    total = sum((WordErrors(turn.errors, turn.words) for turn in turns), WordErrors(0, 0))
    return Level(
        at_once,
        percentile(latencies_ms, 50),
        max(latencies_ms),
        round(100 * total.rate, 1),
        turns,
    )


def main() -> None:
    """Measure, print a table and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at-once", type=int, nargs="+", default=AT_ONCE, help="speakers")
    parser.add_argument("--runs", type=int, default=3, help="how often each monologue is told")
    options = parser.parse_args()
    told = monologues()
    with serving({}) as (port, _, _):
        levels = [measure_level(port, at_once, told, options.runs) for at_once in options.at_once]
    print("speakers  turns  end of speech to words   words wrong  failed")
    print("at once          median ms   worst ms")
    for level in levels:
        print(
            f"{level.at_once:8}  {len(level.told):5}  {level.end_to_words_p50_ms:9.0f}"
            f"  {level.end_to_words_worst_ms:9.0f}  {level.word_error_percent:11.1f} %"
            f"  {sum(turn.failed for turn in level.told):6}"
        )
    load = {
        "frame_ms": FRAME_MS,
        "pauses_ms": PAUSES_MS,
        "silence_duration_ms": SILENCE_MS,
        "runs": options.runs,
    }
    write_result("long_turns", {"load": load, "levels": [asdict(level) for level in levels]})


if __name__ == "__main__":
    main()
