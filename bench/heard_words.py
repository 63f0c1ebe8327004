"""After an interruption: the words that the model is given as said, against the words that were played.

Sessions in a real Chromium, as in `bench.interruption`. The words that were played come from the recording of
the page's playback: how many samples of the answer were rendered, and the synthesizer's own times of its
words; a word was heard if more than half of it sounded. The recording must follow the answer's sound up to
the cut, without a gap. The words that are kept are the answer in the model's next request. As a check without
any times, the recording is also recognised; that has the recogniser's errors in it. Run it with
`python -m bench.heard_words`.
"""

import argparse
import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import soxr

from bench.clips import RATE_HZ
from bench.interrupted_answers import STORY, Interruption, Round, interrupt_answers, lag, story_teller
from bench.machine import percentile, write_result
from openvoicelive.audio.pcm import Int16Samples, float_from_int16
from openvoicelive.recognition.engines import load_recognizer
from openvoicelive.recognition.interface import Recognizer
from tests.end_to_end.sdk_client import sdk_client
from tests.model_script import Message
from tests.word_error import word_errors

P95_TARGET = 1
# The voice has some chance in it, so the same words never sound the same, but they take the same time.
_LAST = RATE_HZ
_SAME_PLACE = RATE_HZ // 100


@dataclass(frozen=True)
class SpokenStory:
    """The whole answer: its sound, and when more than half of each word has sounded."""

    sound: Int16Samples
    halves_ms: tuple[float, ...]

    def words_until(self, samples: int) -> int:
        """Return how many words were heard when so much of the sound was played."""
        return sum(half_ms <= samples * 1000 / RATE_HZ for half_ms in self.halves_ms)

    def samples_in(self, played: Int16Samples) -> int | None:
        """Return how much of the sound was played, or None if that is not what was played."""
        begin = int(np.flatnonzero(self.sound)[0])
        last = slice(max(0, len(played) - _LAST), len(played))
        moved = lag(played[last], self.sound[begin:][last])
        return begin + len(played) if abs(moved) <= _SAME_PLACE else None


@dataclass(frozen=True)
class Figures:
    """Errors in words, one for each interruption."""

    errors: tuple[int, ...]
    by_recognition: tuple[int, ...]
    not_comparable: int
    """Recordings with a gap in them."""


async def tell_story() -> SpokenStory:
    """Have the story told to its end, with the times of its words, by the official SDK."""
    async with story_teller() as (link, _), sdk_client(link) as client:
        await client.configure(output_audio_timestamp_types=["word"])
        await client.write("Tell me a story.")
        await client.until("response.done")
        words = [event for event in client.events if event["type"] == "response.audio_timestamp.delta"]
        assert len(words) == len(STORY.split())
        return SpokenStory(
            client.sound(),
            tuple(word["audio_offset_ms"] + word["audio_duration_ms"] / 2 for word in words),
        )


def compare(story: SpokenStory, rounds: list[Round], recognizer: Recognizer) -> Figures:
    """Compare what was kept with what was played, for each interruption."""
    errors, by_recognition, not_comparable = [], [], 0
    for interruption, kept in _with_kept_words(rounds):
        samples = story.samples_in(interruption.played)
        if samples is None:
            not_comparable += 1
            continue
        played = " ".join(STORY.split()[: story.words_until(samples)])
        errors.append(word_errors(played, kept).errors)
        by_recognition.append(word_errors(_recognised(interruption.played, recognizer), kept).errors)
    return Figures(tuple(errors), tuple(by_recognition), not_comparable)


def _with_kept_words(rounds: list[Round]) -> Iterator[tuple[Interruption, str]]:
    for held in rounds:
        for interruption in held.interruptions:
            yield interruption, _kept(held.requests, interruption.answer)


def _kept(requests: tuple[tuple[Message, ...], ...], answer: int) -> str:
    """Return an answer as the model was given it when it was asked for the next one."""
    said = [[one for one in messages if one["role"] == "assistant"] for messages in requests]
    content = next(answers[answer]["content"] for answers in reversed(said) if len(answers) == answer + 1)
    return content if isinstance(content, str) else " ".join(part["text"] for part in content)


def _recognised(sound: Int16Samples, recognizer: Recognizer) -> str:
    utterance = recognizer.start(language="en-US")
    utterance.hear(float_from_int16(soxr.resample(sound, RATE_HZ, 16_000)))
    return utterance.transcript()


def main() -> None:
    """Measure, print a table and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="sessions, each with nine interruptions")
    options = parser.parse_args()
    story = asyncio.run(tell_story())
    rounds = asyncio.run(interrupt_answers(options.rounds))
    recognizer = load_recognizer().recognizer
    found = compare(story, rounds, recognizer)
    recognizer.close()
    figures = {
        "interruptions": len(found.errors),
        "not_comparable": found.not_comparable,
        "median": percentile(list(found.errors), 50),
        "p95": percentile(list(found.errors), 95),
        "by_recognition_median": percentile(list(found.by_recognition), 50),
        "by_recognition_p95": percentile(list(found.by_recognition), 95),
    }
    print("inter-     words kept against words played   against words recognised")
    print("ruptions   median     p95                    median     p95")
    print(
        f"{figures['interruptions']:8}   {figures['median']:6}  {figures['p95']:6}"
        f"  {figures['by_recognition_median']:24}  {figures['by_recognition_p95']:6}"
    )
    print(f"target: median 0, p95 at most {P95_TARGET}; recordings with a gap: {found.not_comparable}")
    load = {"rounds": options.rounds, "words_in_answer": len(STORY.split())}
    write_result("heard_words", {"load": load, "p95_target": P95_TARGET, **figures, "errors": found.errors})


if __name__ == "__main__":
    main()
