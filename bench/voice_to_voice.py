"""From the true end of a person's speech to the first sound of the answer, at the client.

Real clips at real-time pace in 40 ms frames, an utterance every 13 s in each conversation, against the whole
program in a process of its own and a scripted chat model in another; the load shares the machine. Run it
with `python -m bench.voice_to_voice`.
"""

import argparse
import asyncio
import base64
import json
import time
from dataclasses import asdict, dataclass, field
from functools import cache

import numpy as np
import psutil
import uvloop
from websockets.asyncio.client import ClientConnection, connect

from bench.clips import RATE_HZ, sentences, speech
from bench.machine import cpu_s, percentile, serving, write_result
from tests.model_script import LAKE
from tests.scripted_model import scripted_model

LEVELS = (1, 8, 32)
UTTERANCE_EVERY_S = 13.0
FRAME_MS = 40
WORDS_PER_S = 80.0
"""How fast the model writes: as fast models do."""
_FRAME = RATE_HZ * FRAME_MS // 1000
_SILENCE = json.dumps(
    {"type": "input_audio_buffer.append", "audio": base64.b64encode(bytes(2 * _FRAME)).decode()}
)
_SESSION = {
    "type": "session.update",
    "session": {
        "turn_detection": {"type": "server_vad", "silence_duration_ms": 500},
        "input_audio_transcription": {"model": "azure-speech"},
    },
}


@dataclass
class Heard:
    """What the clients of one level measured."""

    latencies_ms: list[float] = field(default_factory=list)
    unanswered: int = 0
    gaps: int = 0
    """Times at which an answer's sound came too late to be played without a break."""


@dataclass(frozen=True)
class Level:
    """What was measured with so many conversations at once."""

    conversations: int
    turns: int
    p50_ms: float
    p95_ms: float
    unanswered: int
    gaps: int
    core_percent_per_conversation: float
    memory_mib: float


class Conversation:
    """One person, who speaks every 13 s and listens in between."""

    def __init__(self, socket: ClientConnection, heard: Heard, number: int) -> None:
        self._socket = socket
        self._heard = heard
        self._number = number
        self._speech_ended_s: float | None = None
        self._played_until_s = 0.0

    async def hold(self, starts_s: float, utterances: int) -> None:
        """Speak so many utterances, the first at a time of the loop's clock."""
        await self._socket.send(json.dumps(_SESSION))
        listening = asyncio.create_task(self._listen())
        clock = asyncio.get_running_loop().time
        at_s = starts_s
        names = sentences()
        for turn in range(utterances):
            frames = frames_of(names[(self._number + turn) % len(names)])
            for index in range(int(UTTERANCE_EVERY_S * 1000 / FRAME_MS)):
                await asyncio.sleep(at_s - clock())
                await self._socket.send(frames[index] if index < len(frames) else _SILENCE)
                at_s += FRAME_MS / 1000
                if index == len(frames) - 1:
                    # A microphone hands a frame over when its last sample has sounded: that is now.
                    self._speech_ended_s = time.monotonic()
            if self._speech_ended_s is not None:
                self._heard.unanswered += 1
                self._speech_ended_s = None
        listening.cancel()

    async def _listen(self) -> None:
        async for message in self._socket:
            if '"response.audio.delta"' not in str(message[:40]):
                continue
            now_s = time.monotonic()
            if self._speech_ended_s is not None:
                self._heard.latencies_ms.append(1000 * (now_s - self._speech_ended_s))
                self._speech_ended_s = None
                self._played_until_s = now_s
            elif now_s > self._played_until_s:
                self._heard.gaps += 1
                self._played_until_s = now_s
            audio = json.loads(message)["delta"]
            self._played_until_s += len(audio) * 3 / 4 / 2 / RATE_HZ


@cache
def frames_of(name: str) -> list[str]:
    """Return a clip as messages; the last frame ends where the speech does."""
    samples = speech(name)
    padded = np.concatenate((np.zeros(-len(samples) % _FRAME, np.int16), samples))
    return [
        json.dumps({"type": "input_audio_buffer.append", "audio": base64.b64encode(frame.tobytes()).decode()})
        for frame in padded.reshape(-1, _FRAME)
    ]


def prepare_frames() -> None:
    """Make all messages before they are sent: the first time takes long, and conversations would wait."""
    for name in sentences():
        frames_of(name)


async def measure_level(port: int, server: psutil.Process, conversations: int, utterances: int) -> Level:
    """Hold so many conversations at once, spread evenly over the 13 s."""
    prepare_frames()
    heard = Heard()
    url = f"ws://127.0.0.1:{port}/voice-live/realtime?api-version=2026-07-15&model=gpt-4o"
    sockets = [await connect(url, compression=None) for _ in range(conversations)]
    used_s, began_s = cpu_s(server), time.monotonic()
    starts_s = asyncio.get_running_loop().time() + 0.5
    async with asyncio.TaskGroup() as tasks:
        for number, socket in enumerate(sockets):
            offset_s = number * UTTERANCE_EVERY_S / conversations
            tasks.create_task(Conversation(socket, heard, number).hold(starts_s + offset_s, utterances))
    used_s, elapsed_s = cpu_s(server) - used_s, time.monotonic() - began_s
    memory_bytes = server.memory_info().rss
    for socket in sockets:
        await socket.close()
    return Level(
        conversations=conversations,
        turns=len(heard.latencies_ms),
        p50_ms=percentile(heard.latencies_ms, 50),
        p95_ms=percentile(heard.latencies_ms, 95),
        unanswered=heard.unanswered,
        gaps=heard.gaps,
        core_percent_per_conversation=round(100 * used_s / elapsed_s / conversations, 1),
        memory_mib=round(memory_bytes / 2**20, 1),
    )


def main() -> None:
    """Measure, print a table and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--levels", type=int, nargs="+", default=LEVELS)
    parser.add_argument("--turns", type=int, default=20, help="the least number of turns at each level")
    options = parser.parse_args()
    with (
        scripted_model(words_per_second=WORDS_PER_S, answer=LAKE) as chat_url,
        serving({"VOICE_LIVE_CHAT_URL": chat_url}) as (port, server, _),
    ):
        levels = [
            uvloop.run(measure_level(port, server, count, max(2, -(-options.turns // count))))
            for count in options.levels
        ]
    print("conver-  turns  speech's end to first sound   unans-  gaps  core %      memory")
    print("sations         p50 ms    p95 ms              wered         per conv.   MiB")
    for level in levels:
        print(
            f"{level.conversations:7}  {level.turns:5}  {level.p50_ms:6.0f}  {level.p95_ms:8.0f}"
            f"  {level.unanswered:18}  {level.gaps:4}  {level.core_percent_per_conversation:6.1f}"
            f"  {level.memory_mib:10.0f}"
        )
    load = {
        "clips": sentences(),
        "frame_ms": FRAME_MS,
        "utterance_every_s": UTTERANCE_EVERY_S,
        "silence_duration_ms": 500,
        "model_words_per_s": WORDS_PER_S,
        "runs": 1,
    }
    write_result("voice_to_voice", {"load": load, "levels": [asdict(level) for level in levels]})


if __name__ == "__main__":
    main()
