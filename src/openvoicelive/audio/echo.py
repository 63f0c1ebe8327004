"""Takes the assistant's own voice out of what the microphone hears.

Everything is at 16 kHz. There is no clock here: the microphone's samples are the time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from openvoicelive.audio.echo_delay import LAGS, EchoDelay
from openvoicelive.audio.echo_filter import (
    BINS,
    BLOCK_SAMPLES,
    PARTITIONS,
    ComplexSpectra,
    EchoFilter,
    FilteredBlock,
    spectrum_of,
)
from openvoicelive.audio.echo_gate import EchoGate
from openvoicelive.audio.pcm import FloatSamples

RATE_HZ = 16_000
MAX_AHEAD_SAMPLES = 8 * RATE_HZ
"""A client is sent sound this far ahead at most; what goes beyond is not known here, and not cancelled."""

# An echo may come so long after what was played.
_ECHO_BLOCKS = LAGS + PARTITIONS
# Before the room is known, so much is withheld at most, with the pauses of the answer.
_MAX_WITHHELD_BLOCKS = 64
_HISTORY_BLOCKS = _ECHO_BLOCKS + _MAX_WITHHELD_BLOCKS
# The first sound of the echo should lie so far into the filter: a little may come before the peak, and the
# more is left for the room after it.
_PEAK_PLACES = range(256, 1_600)
_LEAST_LEAD_SAMPLES = 512
# -56 dBFS: below, nothing is played that could be heard.
_AUDIBLE_POWER = np.float32(BLOCK_SAMPLES * 2.5e-6)
# The room may answer a second late. So what is heard while an answer begins is withheld until the filter is
# heard to help, or so much was played (1.4 s) that there is no echo; then it is judged.
_SEARCH_BLOCKS = 45
# After so much silence an answer is a new one, and its player may have a buffer of another length.
_NEW_ANSWER_BLOCKS = 16
# About a third of a second counts for whether the filter helps.
_HELP_MEMORY = 0.9
_CERTAIN_HELP = 0.4
# It must help for 0.45 s: in loud reverberation it seems to from the first blocks on, and leaves much.
_CERTAIN_BLOCKS = 14
_HARM = -0.3


@dataclass(frozen=True)
class CancelledEcho:
    """The microphone's sound without the echo, twice: equally long, and in time with what went in."""

    heard: FloatSamples
    """For recognition: all that the microphone heard but the echo."""

    for_turns: FloatSamples
    """For the detection of turns: silent where a rest of the echo would be taken for a voice."""

    @classmethod
    def joined(cls, pieces: "Sequence[CancelledEcho]") -> "CancelledEcho":
        """Return successive pieces as one."""
        if not pieces:
            return cls(np.zeros(0, np.float32), np.zeros(0, np.float32))
        return cls(
            np.concatenate([piece.heard for piece in pieces]),
            np.concatenate([piece.for_turns for piece in pieces]),
        )


_NOTHING = CancelledEcho.joined(())


class EchoCanceller:
    """One session's echo; about 1.3 MB at most.

    It works in blocks of 512 samples (32 ms): `process` returns as many whole blocks as there are by now, and
    none while an answer begins and the room is not known; they follow, at most 2 s later. `release` does not
    wait for that.
    """

    def __init__(self) -> None:
        self._microphone: FloatSamples = np.zeros(0, np.float32)
        self._ahead: FloatSamples = np.zeros(0, np.float32)
        self._last_played: FloatSamples = np.zeros(BLOCK_SAMPLES, np.float32)
        self._history = np.zeros((_HISTORY_BLOCKS, BINS), np.complex64)
        self._newest = 0
        self._padded = np.zeros(2 * BLOCK_SAMPLES, np.float32)
        self._filter = EchoFilter()
        self._delay = EchoDelay()
        self._gate = EchoGate()
        self._delay_samples: int | None = None
        self._first_block = 0
        self._blocks_played = 0
        self._blocks_withheld = 0
        """In this answer."""
        self._withheld: list[FloatSamples] = []
        self._quiet_blocks = _ECHO_BLOCKS
        self._help = _Help()

    @property
    def delay_ms(self) -> float | None:
        """How late the echo was found to be; None while it is not known, or there is no echo."""
        return None if self._delay_samples is None else self._delay_samples * 1000 / RATE_HZ

    def play(self, samples: FloatSamples) -> None:
        """Take sound when it is sent to the client, which plays it now, or after what it was sent before."""
        late = max(self._microphone.size - self._ahead.size, 0)
        room = MAX_AHEAD_SAMPLES - self._ahead.size - late
        self._ahead = np.concatenate((self._ahead, np.zeros(late, np.float32), samples[: max(room, 0)]))

    def stop_playing(self) -> None:
        """Forget what the client was sent and has not played: it was interrupted."""
        self._ahead = self._ahead[: self._microphone.size].copy()

    def process(self, microphone: FloatSamples, reference: FloatSamples | None = None) -> CancelledEcho:
        """Do all the work of `process_in_steps`, and return what it yields as one."""
        return CancelledEcho.joined(list(self.process_in_steps(microphone, reference)))

    def process_in_steps(
        self, microphone: FloatSamples, reference: FloatSamples | None = None
    ) -> Iterator[CancelledEcho]:
        """Take the next of the microphone; yield the blocks that are complete by now.

        Each step is the work on one block, so the caller may do something else in between; a step without a
        result yields an empty piece. All steps must be done before the next call.

        `reference` is what was played while the microphone heard that, for clients that send it as a second
        channel; then `play` is not called.

        Raises:
            ValueError: If the two are not equally long.

        """
        if reference is not None:
            if reference.size != microphone.size:
                raise ValueError(f"{microphone.size} samples, but a reference of {reference.size}")
            self.play(reference)
        joined = np.concatenate((self._microphone, microphone))
        whole = joined.size // BLOCK_SAMPLES * BLOCK_SAMPLES
        self._microphone = joined[whole:].copy()
        played = self._take_played(whole)
        for start in range(0, whole, BLOCK_SAMPLES):
            block = slice(start, start + BLOCK_SAMPLES)
            yield from self._process_block(joined[block], played[block])

    def release(self) -> CancelledEcho:
        """Return what is withheld, as well as it can be judged by now."""
        return CancelledEcho.joined(list(self.release_in_steps()))

    def release_in_steps(self) -> Iterator[CancelledEcho]:
        """Yield what is withheld, in the same steps as `process_in_steps`."""
        return self._release()

    def _take_played(self, samples: int) -> FloatSamples:
        taken = self._ahead[:samples]
        self._ahead = self._ahead[samples:].copy()
        return np.pad(taken, (0, samples - taken.size)) if taken.size < samples else taken

    def _process_block(self, microphone: FloatSamples, played: FloatSamples) -> Iterator[CancelledEcho]:
        self._remember(played)
        if self._quiet_blocks >= _ECHO_BLOCKS:
            self._withheld.append(microphone)
            yield from self._release()
            return
        spectrum = self._spectrum(microphone)
        if self._quiet_blocks < LAGS and (self._delay_samples is None or not self._help.certain):
            found = self._delay.process(spectrum, self._played(0, LAGS))
            if found is not None:
                self._align(found)
        block = self._filter.process(microphone, spectrum, self._played(self._first_block, PARTITIONS))
        self._follow(microphone, block)
        near = self._gate.somebody_is_near(block)
        if self._is_searching():
            self._withheld.append(microphone)
            self._blocks_withheld += 1
            yield _NOTHING
            return
        yield from self._release(age=1)
        yield _cancelled(microphone, block, near=near)

    def _is_searching(self) -> bool:
        return (
            self._help.certain_blocks < _CERTAIN_BLOCKS
            and self._blocks_played < _SEARCH_BLOCKS
            and self._blocks_withheld < _MAX_WITHHELD_BLOCKS
        )

    def _release(self, age: int = 0) -> Iterator[CancelledEcho]:
        """Judge what was withheld by what is known now; the newest of it is so many blocks old.

        The filter goes through it a second time, and learns more from it.
        """
        withheld, self._withheld = self._withheld, []
        if self._quiet_blocks >= _ECHO_BLOCKS + len(withheld):
            yield from (CancelledEcho(microphone, microphone) for microphone in withheld)
            return
        oldest = age + len(withheld) - 1
        blocks: list[FilteredBlock] = []
        for place, microphone in enumerate(withheld):
            played = self._played(self._first_block + oldest - place, PARTITIONS)
            blocks.append(self._filter.process(microphone, self._spectrum(microphone), played))
            yield _NOTHING
        judgements = self._gate.somebody_was_near(blocks)
        for microphone, block, near in zip(withheld, blocks, judgements, strict=True):
            yield _cancelled(microphone, block, near=near)

    def _spectrum(self, microphone: FloatSamples) -> ComplexSpectra:
        self._padded[BLOCK_SAMPLES:] = microphone
        return spectrum_of(self._padded)

    def _played(self, first: int, count: int) -> ComplexSpectra:
        """Return the spectra of so many blocks, from the one that is `first` blocks old on."""
        return self._history[(self._newest + first + np.arange(count)) % _HISTORY_BLOCKS]

    def _remember(self, played: FloatSamples) -> None:
        self._newest = (self._newest - 1) % _HISTORY_BLOCKS
        self._history[self._newest] = spectrum_of(np.concatenate((self._last_played, played)))
        self._last_played = played
        if played @ played >= _AUDIBLE_POWER:
            if self._quiet_blocks >= _NEW_ANSWER_BLOCKS:
                self._begin_answer()
            self._blocks_played += 1
            self._quiet_blocks = 0
        else:
            self._quiet_blocks += 1

    def _begin_answer(self) -> None:
        """Expect a known echo at another time: players buffer each answer anew."""
        if self._delay_samples is None:
            return
        self._blocks_played = self._blocks_withheld = 0
        self._help = _Help()
        self._delay.forget()
        self._gate.distrust()

    def _align(self, delay_samples: int) -> None:
        """Put the filter where the echo is, with what it has learned."""
        known, first = self._delay_samples, self._first_block
        self._delay_samples = delay_samples
        if delay_samples - first * BLOCK_SAMPLES not in _PEAK_PLACES:
            self._first_block = max(delay_samples - _LEAST_LEAD_SAMPLES, 0) // BLOCK_SAMPLES
        if known is not None:
            self._filter.shift(delay_samples - known - (self._first_block - first) * BLOCK_SAMPLES)
        elif self._first_block != first:
            self._filter.forget()
        self._gate.distrust()
        self._help = _Help()
        self._delay.forget()

    def _follow(self, microphone: FloatSamples, block: FilteredBlock) -> None:
        """Watch whether the filter helps; if not, look for the delay anew."""
        was_certain = self._help.certain
        self._help.follow(microphone, block.rest)
        if self._help.harmful:
            self._help = _Help()
            self._filter.doubt()
            self._gate.distrust()
        if self._delay_samples is not None and was_certain and not self._help.certain:
            self._delay.forget()
            self._gate.distrust()


def _cancelled(microphone: FloatSamples, block: FilteredBlock, *, near: bool) -> CancelledEcho:
    # What is softer, with the echo taken out or without: a wrong filter must not add one.
    softer = block.rest if block.rest @ block.rest <= microphone @ microphone else microphone
    return CancelledEcho(softer, softer if near else np.zeros_like(softer))


class _Help:
    """How much softer the filter makes the microphone, against what it subtracts: 1.0 if that was all echo.

    Independent of a person who speaks at the same time, whose voice is in the sound before and after. A
    filter in the wrong place adds as much as it should take away: -1.0.
    """

    def __init__(self) -> None:
        self.certain_blocks = 0
        """For how long it has been certain, without a break."""
        self._softer = 0.0
        self._subtracted = 0.0
        self._heard = 0.0

    @property
    def certain(self) -> bool:
        """Whether the filter is surely in the right place."""
        return self._softer > _CERTAIN_HELP * self._subtracted and self._subtracted > 0.02 * self._heard

    @property
    def harmful(self) -> bool:
        """Whether the filter makes the echo louder."""
        return self._softer < _HARM * self._subtracted and self._subtracted > 0.02 * self._heard

    def follow(self, microphone: FloatSamples, rest: FloatSamples) -> None:
        """Take the next block of the microphone, before and after."""
        echo = microphone - rest
        heard = float(microphone @ microphone)
        self._softer = _HELP_MEMORY * self._softer + heard - float(rest @ rest)
        self._subtracted = _HELP_MEMORY * self._subtracted + float(echo @ echo)
        self._heard = _HELP_MEMORY * self._heard + heard
        self.certain_blocks = self.certain_blocks + 1 if self.certain else 0
