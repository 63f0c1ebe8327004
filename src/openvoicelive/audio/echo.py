"""Removes the echo of the assistant's voice from the microphone's sound.

Everything is at 16 kHz. There is no clock: the microphone's samples measure the time.
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
"""The reference kept of sound that a client was sent and has not played. Sound beyond it is not cancelled."""

# The longest delay of an echo after the sound that was played.
_ECHO_BLOCKS = LAGS + PARTITIONS
# The most that is withheld before the room is known, pauses of the answer included.
_MAX_WITHHELD_BLOCKS = 64
_HISTORY_BLOCKS = _ECHO_BLOCKS + _MAX_WITHHELD_BLOCKS
# The peak of the echo path should be at one of these samples of the filter: a little of the echo may come
# before the peak, and the rest of the filter is for the room's response after it.
_PEAK_PLACES = range(256, 1_600)
_LEAST_LEAD_SAMPLES = 512
# -56 dBFS: quieter sound is inaudible.
_AUDIBLE_POWER = np.float32(BLOCK_SAMPLES * 2.5e-6)
# An echo may be a second late. So the microphone's sound is withheld while an answer begins, until the filter
# helps, or until enough was played (1.4 s) to conclude that there is no echo. Then it is judged.
_SEARCH_BLOCKS = 45
# After this much silence, sound is a new answer, and the player's buffer may have another length.
_NEW_ANSWER_BLOCKS = 16
# Whether the filter helps is averaged over about a third of a second.
_HELP_MEMORY = 0.9
_CERTAIN_HELP = 0.4
# It must help for 0.45 s, because in loud reverberation it seems to help from the first blocks on.
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
    """Cancels one session's echo. Needs at most 1.3 MB.

    It works in blocks of 512 samples (32 ms). `process` returns the whole blocks that are complete. While an
    answer begins and the room is not known, it returns none; they follow at most 2 s later, or when `release`
    is called.
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
        """The delay of the echo; None while it is unknown or there is no echo."""
        return None if self._delay_samples is None else self._delay_samples * 1000 / RATE_HZ

    def play(self, samples: FloatSamples) -> None:
        """Take sound that is sent to the client, which plays it after the sound that it was sent before."""
        late = max(self._microphone.size - self._ahead.size, 0)
        room = MAX_AHEAD_SAMPLES - self._ahead.size - late
        self._ahead = np.concatenate((self._ahead, np.zeros(late, np.float32), samples[: max(room, 0)]))

    def stop_playing(self) -> None:
        """Forget sound that the client was sent and has not played, because it was interrupted."""
        self._ahead = self._ahead[: self._microphone.size].copy()

    def process(self, microphone: FloatSamples, reference: FloatSamples | None = None) -> CancelledEcho:
        """Do all the steps of `process_in_steps`, and return their results joined."""
        return CancelledEcho.joined(list(self.process_in_steps(microphone, reference)))

    def process_in_steps(
        self, microphone: FloatSamples, reference: FloatSamples | None = None
    ) -> Iterator[CancelledEcho]:
        """Take the microphone's next sound; yield the blocks that are complete.

        Each step is the work on one block, so the caller may do something else in between. A step without a
        result yields an empty piece. Finish all steps before the next call.

        `reference` is the sound that was played at the same time, from clients that send it as a second
        channel. Do not call `play` for those.

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
        """Return what is withheld, judged by what is known now."""
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
        """Judge what was withheld by what is known now. Its newest block is `age` blocks old.

        The filter processes it a second time, and learns more from it.
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
        """Return the spectra of `count` blocks; the newest of them is `first` blocks old."""
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
        """Expect a known echo at another delay, because players buffer each answer anew."""
        if self._delay_samples is None:
            return
        self._blocks_played = self._blocks_withheld = 0
        self._help = _Help()
        self._delay.forget()
        self._gate.distrust()

    def _align(self, delay_samples: int) -> None:
        """Move the filter to the delay of the echo, and keep what it has learned."""
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
        """Check whether the filter helps; if not, search for the delay again."""
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
    # The quieter of the two, because a wrong filter would add an echo.
    softer = block.rest if block.rest @ block.rest <= microphone @ microphone else microphone
    return CancelledEcho(softer, softer if near else np.zeros_like(softer))


class _Help:
    """How much quieter the filter makes the sound, relative to what it subtracts: 1.0 if that was all echo.

    A person who speaks at the same time does not change it: the voice is in the sound before the filter and
    after it. A filter at the wrong delay adds as much as it should remove: -1.0.
    """

    def __init__(self) -> None:
        self.certain_blocks = 0
        """For how many blocks it has been certain, without interruption."""
        self._softer = 0.0
        self._subtracted = 0.0
        self._heard = 0.0

    @property
    def certain(self) -> bool:
        """Whether the filter is certainly at the right delay."""
        return self._softer > _CERTAIN_HELP * self._subtracted and self._subtracted > 0.02 * self._heard

    @property
    def harmful(self) -> bool:
        """Whether the filter makes the echo louder."""
        return self._softer < _HARM * self._subtracted and self._subtracted > 0.02 * self._heard

    def follow(self, microphone: FloatSamples, rest: FloatSamples) -> None:
        """Take the microphone's next block, before and after the filter."""
        echo = microphone - rest
        heard = float(microphone @ microphone)
        self._softer = _HELP_MEMORY * self._softer + heard - float(rest @ rest)
        self._subtracted = _HELP_MEMORY * self._subtracted + float(echo @ echo)
        self._heard = _HELP_MEMORY * self._heard + heard
        self.certain_blocks = self.certain_blocks + 1 if self.certain else 0
