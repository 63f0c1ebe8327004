"""Long turns: recordings of people and sentences of synthetic voices, joined with pauses that end no turn."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle

import numpy as np

from bench.clips import RATE_HZ, sentences, transcripts, utterance
from openvoicelive.audio.pcm import Int16Samples, int16_from_float
from openvoicelive.audio.resampling import Resampler
from openvoicelive.synthesis.espeak import EspeakSynthesizer
from openvoicelive.synthesis.flite import FliteSynthesizer
from openvoicelive.synthesis.interface import Synthesizer, VoiceRequest

LONGEST_CLIP_S = 13.0
PAUSES_MS = (300, 450)
LEAST_S = 45
STORY = (
    "Yesterday my brother and I took the early train to the coast, because the weather was finally warm.",
    "We had packed some bread, a piece of cheese and two bottles of water.",
    "The train was late, so we waited on the platform and talked to an old teacher.",
    "She told us that she had worked in the same school for forty years.",
    "When we arrived, the beach was almost empty, and the sea was very calm.",
    "We walked along the sand until we found a small boat with a broken mast.",
    "A fisherman wanted to repair it, but he needed somebody to hold the ladder.",
    "My brother helped him for an hour while I looked for shells between the rocks.",
    "Afterwards the man invited us to his house and cooked fresh fish with potatoes.",
    "His daughter studies music in the city and plays the violin in an orchestra.",
    "In the evening we went home by bus, and I slept the whole way.",
)
# Below a hundredth of full scale there is no speech in what a synthetic voice says.
_AUDIBLE = 327


@dataclass(frozen=True, eq=False)
class Monologue:
    """One turn; it ends where its speech ends."""

    name: str
    samples: Int16Samples
    said: str


def monologues() -> list[Monologue]:
    """Return two of people and one of each voice, each of 45 to 60 s."""
    return [
        *(_of_people(seed) for seed in (1, 2)),
        _of_a_voice("flite", FliteSynthesizer()),
        _of_a_voice("espeak-ng", EspeakSynthesizer()),
    ]


def _of_people(seed: int) -> Monologue:
    names = list(sentences(LONGEST_CLIP_S))
    np.random.default_rng(seed).shuffle(names)
    pieces: list[Int16Samples] = []
    said = []
    for name in cycle(names):
        if sum(map(len, pieces)) >= LEAST_S * RATE_HZ:
            break
        pieces.append(utterance(name))
        said.append(transcripts()[name])
    return Monologue(f"people, {seed}", _joined(pieces, seed), " ".join(said))


def _of_a_voice(name: str, synthesizer: Synthesizer) -> Monologue:
    pieces = [_spoken(synthesizer, sentence) for sentence in STORY]
    synthesizer.close()
    return Monologue(name, _joined(pieces, 0), " ".join(STORY))


def _spoken(synthesizer: Synthesizer, sentence: str) -> Int16Samples:
    stretches = list(synthesizer.speak(sentence, VoiceRequest()))
    resampler = Resampler(stretches[0].rate_hz, RATE_HZ)
    spoken = np.concatenate([stretch.samples for stretch in stretches])
    samples = int16_from_float(resampler.process(spoken, last=True))
    audible = np.flatnonzero(np.abs(samples) > _AUDIBLE)
    return samples[audible[0] : audible[-1] + 1]


def _joined(pieces: list[Int16Samples], seed: int) -> Int16Samples:
    return np.concatenate(list(_with_pauses(pieces, seed))[:-1])


def _with_pauses(pieces: list[Int16Samples], seed: int) -> Iterator[Int16Samples]:
    random = np.random.default_rng(seed)
    for piece in pieces:
        yield piece
        pause = RATE_HZ * int(random.integers(*PAUSES_MS)) // 1000
        # A room is never quite silent.
        yield random.normal(0, 10, pause).astype(np.int16)
